//! The record of processing activities (GDPR, Art. 30): generated, never written.
//!
//! What is processed and for how long is read from the data maps, why from their purposes in both languages, who else gets data from the
//! register of sub-processors, the measures are the promises with their live results, and whom to ask is the privacy contact. So a table,
//! a column, a retention, an entry or a promise that changes changes the record. Only tables that hold something identifying, personal or
//! secret are in it: the rest is numbers, times and states.

use std::collections::BTreeSet;

use kernel::Timestamp;
use kernel::data_map::{Choice, DataClass, Days, Erasure, Retention, Table};
use serde::Serialize;
use words::{Language, Sentence, sentence};

use super::sub_processor::{ListedVersion, State, class_text};
use super::{RegisterError, Registers};
use crate::doctor::{Doctor, Standing};
use crate::page::{self, Contacts, TrustPage};
use crate::promises::{Promise, promises};

/// The record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProcessingRecord {
    /// When it was made.
    pub made_at: Timestamp,
    /// The digest of what is promised and stored, as the Trust page has it.
    pub policy_digest: String,
    /// Whom to ask about privacy; absent where nobody is named.
    pub privacy_contact: Option<String>,
    /// What is processed.
    pub activities: Vec<Activity>,
    /// Who else gets data.
    pub recipients: Vec<Recipient>,
    /// By what it is kept safe.
    pub measures: Vec<Measure>,
}

/// Both languages of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Both {
    /// In English.
    pub en: String,
    /// In Polish.
    pub pl: String,
}

/// A table that holds something about people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The store.
    pub store: &'static str,
    /// The table.
    pub table: &'static str,
    /// What it is for.
    pub purpose: Both,
    /// Whose data.
    pub subjects: Both,
    /// Which classes of data: `identifying`, `personal`, `secret`.
    pub classes: Vec<&'static str>,
    /// Which data, as the data map says.
    pub data: Vec<&'static str>,
    /// How they are stored: each way once.
    pub storage: Vec<&'static str>,
    /// For how long.
    pub retention: Both,
    /// With what they are erased.
    pub erasure: Both,
}

/// A sub-processor that gets data, or will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// Its entry.
    pub entry: String,
    /// The company.
    pub name: String,
    /// Whether it gets data now; else when it was only announced.
    pub is_effective: bool,
    /// Which classes of data.
    pub classes: Vec<&'static str>,
    /// Which data.
    pub data: String,
    /// In which countries or regions: where one is a third country, its safeguards stand in `compliance`.
    pub locations: Vec<String>,
    /// What it does with them.
    pub operations: String,
    /// What it is held to.
    pub compliance: String,
}

/// A measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// The promise's code.
    pub code: String,
    /// What is promised.
    pub sentence: Both,
    /// How it stands: `ok`, `warning`, `failed`, `unknown`, or `proven-by-tests`.
    pub standing: &'static str,
}

impl From<&Sentence> for Both {
    fn from(sentence: &Sentence) -> Self {
        Self { en: sentence.text(Language::English).to_owned(), pl: sentence.text(Language::Polish).to_owned() }
    }
}

impl Both {
    fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Polish => &self.pl,
        }
    }
}

impl Registers {
    /// The record as of now.
    ///
    /// # Errors
    /// The store's.
    pub async fn processing_record(&self, page: &TrustPage) -> Result<ProcessingRecord, RegisterError> {
        let doctor: &Doctor = page.doctor();
        let results = doctor.results().await?;
        let standing = |promise: &Promise| match doctor.standing(promise, &results) {
            Standing::Checked(examined) => examined.observation.outcome.text(),
            Standing::NotYet(_) => "unknown",
            Standing::ProvenByTests => "proven-by-tests",
        };
        let measures = promises().iter().map(|promise| measure(promise, standing(promise))).collect();
        let (policy_digest, listed) = (page::digest_text(page.digest()), self.list().await?);
        Ok(compose(Parts {
            now: self.now(),
            policy_digest,
            contacts: page.contacts(),
            tables: page.tables(),
            instance_days: page.instance_days(),
            listed,
            measures,
        }))
    }
}

/// What the record is made of.
struct Parts<'a> {
    now: Timestamp,
    policy_digest: String,
    contacts: &'a Contacts,
    tables: &'a [&'static Table],
    /// How many days what the installation's settings set is kept.
    instance_days: u16,
    listed: Vec<ListedVersion>,
    measures: Vec<Measure>,
}

fn compose(parts: Parts<'_>) -> ProcessingRecord {
    let mut activities: Vec<Activity> = parts.tables.iter().filter_map(|table| activity(table, parts.instance_days)).collect();
    activities.sort_by_key(|activity| (activity.store, activity.table));
    ProcessingRecord {
        made_at: parts.now,
        policy_digest: parts.policy_digest,
        privacy_contact: parts.contacts.privacy.clone(),
        activities,
        recipients: parts.listed.into_iter().filter_map(recipient).collect(),
        measures: parts.measures,
    }
}

/// What a table holds of people; nothing where it holds numbers, times and states only.
fn activity(table: &'static Table, instance_days: u16) -> Option<Activity> {
    let is_of_people = |class| matches!(class, DataClass::Identifying | DataClass::Personal | DataClass::Secret);
    let columns: Vec<_> = table.columns.iter().filter(|column| is_of_people(column.class)).collect();
    if columns.is_empty() {
        return None;
    }
    let classes: BTreeSet<DataClass> = columns.iter().map(|column| column.class).collect();
    let storage: BTreeSet<&str> = columns.iter().map(|column| page::storage(column.storage)).collect();
    Some(Activity {
        store: page::store_name(table.store),
        table: table.name,
        purpose: Both::from(&page::purpose(table)),
        subjects: Both::from(&subjects(table.erasure)),
        classes: classes.into_iter().map(class_text).collect(),
        data: columns.iter().map(|column| column.meaning).collect(),
        storage: storage.into_iter().collect(),
        retention: Both::from(&retention(table.retention, instance_days)),
        erasure: Both::from(&erasure(table.erasure)),
    })
}

fn subjects(erasure: Erasure) -> Sentence {
    match erasure {
        Erasure::Device => sentence!("Whoever uses a device", "Użytkownicy urządzeń"),
        Erasure::User => sentence!("People who sign in", "Osoby, które się logują"),
        Erasure::Tenant => {
            sentence!("People of the organisation, and who uses its devices", "Osoby z organizacji i użytkownicy jej urządzeń")
        }
        Erasure::Never => sentence!("Whoever runs or uses the installation", "Osoby prowadzące instalację lub z niej korzystające"),
    }
}

fn retention(retention: Retention, instance_days: u16) -> Sentence {
    match retention {
        Retention::WithSubject => sentence!("As long as whom it is about is there", "Dopóki istnieje ten, kogo dotyczy"),
        Retention::Days(Days { days, choice: Choice::Owner { min, max }, .. }) => sentence!(
            "{days} days, where the organisation's owner does not choose another number from {min} to {max}",
            "{days} dni, jeśli właściciel organizacji nie wybierze innej liczby od {min} do {max}"
        ),
        Retention::Days(Days { days, choice, .. }) => {
            let days = if choice == Choice::Instance { instance_days } else { days };
            sentence!("{days} days", "{days} dni")
        }
        Retention::Transient => sentence!("Until it is replaced, or its work is done", "Do zastąpienia albo zakończenia pracy"),
        Retention::Instance => sentence!("As long as the installation", "Tak długo jak instalacja"),
    }
}

fn erasure(erasure: Erasure) -> Sentence {
    match erasure {
        Erasure::Device => sentence!("With the device, and with the organisation", "Z urządzeniem i z organizacją"),
        Erasure::User => sentence!("With the user, and with the organisation", "Z użytkownikiem i z organizacją"),
        Erasure::Tenant => sentence!("With the organisation", "Z organizacją"),
        Erasure::Never => sentence!("Not with anybody: by its retention", "Z nikim: po okresie przechowywania"),
    }
}

fn recipient(ListedVersion { state, version }: ListedVersion) -> Option<Recipient> {
    let is_effective = match state {
        State::Effective => true,
        State::Announced => false,
        State::Proposed | State::Superseded | State::Ended => return None,
    };
    let facts = version.facts;
    Some(Recipient {
        entry: version.key.as_text().to_owned(),
        name: facts.name,
        is_effective,
        classes: facts.data_classes.into_iter().map(class_text).collect(),
        data: facts.data,
        locations: facts.locations,
        operations: facts.operations,
        compliance: facts.compliance,
    })
}

fn measure(promise: &Promise, standing: &'static str) -> Measure {
    Measure { code: promise.code.clone(), sentence: Both::from(&promise.sentence()), standing }
}

impl ProcessingRecord {
    /// The record for people, as Markdown. What operators wrote stands in it as they wrote it, on one line each.
    #[must_use]
    pub fn markdown(&self, language: Language) -> String {
        let title = sentence!("Record of processing activities (GDPR, Art. 30)", "Rejestr czynności przetwarzania (RODO, art. 30)");
        let processed = sentence!("What is processed", "Co jest przetwarzane");
        let recipients = sentence!("Who else gets data, and in which countries", "Kto jeszcze otrzymuje dane i w jakich krajach");
        let measures = sentence!("Measures, and how they stand", "Środki i ich stan");
        let parts = [
            format!("# {}", title.text(language)),
            self.origin().text(language).to_owned(),
            self.contact().text(language).to_owned(),
            format!("## {}", processed.text(language)),
            self.activities.iter().map(|one| one.markdown(language)).collect::<Vec<_>>().join("\n\n"),
            format!("## {}", recipients.text(language)),
            self.recipients_markdown(language),
            format!("## {}", measures.text(language)),
            self.measures.iter().map(|one| one.markdown(language)).collect::<Vec<_>>().join("\n"),
        ];
        parts.join("\n\n") + "\n"
    }

    fn origin(&self) -> Sentence {
        let (at, digest) = (self.made_at, &self.policy_digest);
        sentence!(
            "Made on {at}, of what is promised and stored under the digest {digest}.",
            "Sporządzony {at} z tego, co obiecano i co jest przechowywane, o skrócie {digest}."
        )
    }

    fn contact(&self) -> Sentence {
        match &self.privacy_contact {
            Some(contact) => sentence!("Privacy contact: {contact}", "Kontakt w sprawach prywatności: {contact}"),
            None => sentence!("Privacy contact: nobody is named", "Kontakt w sprawach prywatności: nikogo nie wskazano"),
        }
    }

    fn recipients_markdown(&self, language: Language) -> String {
        if self.recipients.is_empty() {
            return sentence!("Nobody.", "Nikt.").text(language).to_owned();
        }
        self.recipients.iter().map(|one| one.markdown(language)).collect::<Vec<_>>().join("\n")
    }
}

impl Activity {
    fn markdown(&self, language: Language) -> String {
        let facts = [
            (sentence!("Purpose", "Cel"), self.purpose.text(language).to_owned()),
            (sentence!("Whose data", "Czyje dane"), self.subjects.text(language).to_owned()),
            (sentence!("Classes of data", "Klasy danych"), self.classes.join(", ")),
            (sentence!("Data", "Dane"), self.data.join(" ")),
            (sentence!("Stored", "Jak przechowywane"), self.storage.join(", ")),
            (sentence!("How long", "Jak długo"), self.retention.text(language).to_owned()),
            (sentence!("Erased", "Usuwane"), self.erasure.text(language).to_owned()),
        ];
        let facts: Vec<String> = facts.iter().map(|(name, fact)| format!("- {}: {fact}", name.text(language))).collect();
        format!("### {}.{}\n\n{}", self.store, self.table, facts.join("\n"))
    }
}

impl Recipient {
    fn markdown(&self, language: Language) -> String {
        let announced = sentence!(" (announced, not in effect yet)", " (zapowiedziany, jeszcze nie obowiązuje)");
        let state = if self.is_effective { "" } else { announced.text(language) };
        let (classes, places) = (self.classes.join(", "), self.locations.join(", "));
        format!("- **{}**{state}: {} ({classes}); {}; {places}; {}", self.name, self.data, self.operations, self.compliance)
    }
}

impl Measure {
    fn markdown(&self, language: Language) -> String {
        format!("- {} [{}]: {}", self.code, self.standing, self.sentence.text(language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::data_map::{Column, Storage, StoreKind};

    const COLUMNS: &[Column] = &[
        Column { name: "id", number: 1, class: DataClass::Configuration, storage: Storage::Clear, meaning: "A number." },
        Column { name: "mail", number: 2, class: DataClass::Personal, storage: Storage::SealedUser, meaning: "The address." },
    ];
    static PEOPLE: Table = Table {
        name: "people",
        number: 1,
        store: StoreKind::Identity,
        purpose: "Who signs in.",
        retention: Retention::Days(Days::after("made_at", 400)),
        erasure: Erasure::User,
        bound_to: None,
        columns: COLUMNS,
    };
    static NUMBERS: Table = Table { name: "numbers", columns: COLUMNS.split_at(1).0, ..PEOPLE };

    fn record(tables: &[&'static Table]) -> ProcessingRecord {
        let contacts = Contacts { privacy: Some("mailto:privacy@example.org".into()), security: None };
        let (now, policy_digest) = (Timestamp::from_seconds(1_767_225_600), "ab".to_owned());
        compose(Parts { now, policy_digest, contacts: &contacts, tables, instance_days: 30, listed: Vec::new(), measures: Vec::new() })
    }

    #[test]
    fn the_record_follows_the_data_maps() {
        static LONGER: Table = Table { retention: Retention::Days(Days::after("made_at", 401)), ..PEOPLE };
        static SET_UP: Table = Table { retention: Retention::Days(Days::after("made_at", 90).or_as_set_up()), ..PEOPLE };
        assert_eq!(record(&[&SET_UP]).activities[0].retention.en, "30 days", "as the settings say, not the program");
        static OTHER: Table = Table { name: "other", ..PEOPLE };
        let before = record(&[&PEOPLE]);
        assert_eq!(before.activities[0].retention.en, "400 days");
        assert_eq!((before.activities[0].data.clone(), before.activities[0].classes.clone()), (vec!["The address."], vec!["personal"]));
        assert_eq!(record(&[&LONGER]).activities[0].retention.pl, "401 dni");
        assert_ne!(record(&[&LONGER]).markdown(Language::English), before.markdown(Language::English));
        assert_eq!(record(&[&OTHER, &PEOPLE]).activities.iter().map(|one| one.table).collect::<Vec<_>>(), ["other", "people"]);
        assert_eq!(record(&[&PEOPLE, &NUMBERS]), before, "numbers alone are about nobody");
    }

    #[test]
    fn it_is_read_in_both_languages() {
        let record = record(&[&PEOPLE]);
        let (english, polish) = (record.markdown(Language::English), record.markdown(Language::Polish));
        assert!(english.contains("Privacy contact: mailto:privacy@example.org") && english.contains("- How long: 400 days"), "{english}");
        assert!(polish.contains("- Jak długo: 400 dni") && polish.contains("Nikt."), "{polish}");
    }
}
