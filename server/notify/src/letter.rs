//! Letters: what a mail says, before it is written, and its text in each language.
//!
//! A letter is facts, sealed in the outbox; its text is made when it is sent, in the reader's language. A subject names
//! nobody and nothing of the tenant's: it is read on locked screens, and relays log it.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use words::{Language, Sentence, counted_en, counted_pl, sentence};

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What it is about.
    pub about: About,
    /// Where the server is reached.
    pub public_url: String,
    /// Whom to ask about privacy, where somebody is named.
    pub privacy_contact: Option<String>,
}

/// What a letter is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum About {
    /// Somebody else will process data for the operator.
    SubProcessor {
        /// The company.
        company: String,
        /// Which data it gets.
        data: String,
        /// What it does with them.
        operations: String,
        /// Where.
        locations: Vec<String>,
        /// How many days lie between the last tenant's being told and its taking effect.
        notice_days: u16,
    },
    /// A breach affected the tenant's data.
    Breach {
        /// By which the case is found on the Trust page.
        case: String,
        /// Since when the operator knows of it.
        known_since: Option<Timestamp>,
    },
    /// The policy on how data are treated changes.
    Policy {
        /// The new version.
        version: String,
        /// From when on it holds.
        effective_at: Option<Timestamp>,
    },
    /// The operator tries whether mail arrives.
    Trial,
}

/// A letter in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// The text, its lines ended by a line feed.
    pub body: String,
}

impl Letter {
    /// It in one language.
    #[must_use]
    pub fn write(&self, language: Language) -> Written {
        let (subject, text) = match &self.about {
            About::SubProcessor { company, data, operations, locations, notice_days } => {
                sub_processor(company, data, operations, &locations.join(", "), *notice_days)
            }
            About::Breach { case, known_since } => breach(case, *known_since),
            About::Policy { version, effective_at } => policy(version, *effective_at),
            About::Trial => trial(),
        };
        let body = text.then("\n\n", &self.footer());
        Written { subject: subject.text(language).to_owned(), body: format!("{}\n", body.text(language)) }
    }

    fn footer(&self) -> Sentence {
        let url = &self.public_url;
        let sent = sentence!("-- \nSent by Purser at {url} to the owners there.", "-- \nWysłane przez serwer Purser {url} do właścicieli.");
        match &self.privacy_contact {
            Some(contact) => sent.then("\n", &sentence!("Questions about privacy: {contact}", "Pytania o prywatność: {contact}")),
            None => sent,
        }
    }
}

fn sub_processor(company: &str, data: &str, operations: &str, locations: &str, days: u16) -> (Sentence, Sentence) {
    let subject = sentence!("Another company will process data for your server", "Dane serwera będzie przetwarzać kolejna firma");
    let (en, pl) = (counted_en(days.into(), "day", "days"), counted_pl(days.into(), "dzień", "dni", "dni"));
    let text = sentence!(
        "In {en} at the earliest, another company will begin to process data for the operator of your server.\n\n\
         Company: {company}\nData: {data}\nWhat for: {operations}\nWhere: {locations}\n\n\
         The whole entry stands on the server's Trust page, under sub-processors, with the date once every customer was told. If you \
         object, answer the operator before that date.",
        "Najwcześniej za {pl} dane dla operatora serwera zacznie przetwarzać kolejna firma.\n\n\
         Firma: {company}\nDane: {data}\nCel: {operations}\nGdzie: {locations}\n\n\
         Cały wpis jest na stronie zaufania serwera, wśród podmiotów przetwarzających, a data pojawi się tam, gdy powiadomieni będą wszyscy \
         klienci. Sprzeciw można zgłosić operatorowi przed tą datą."
    );
    (subject, text)
}

fn breach(case: &str, known_since: Option<Timestamp>) -> (Sentence, Sentence) {
    let subject = sentence!("Important: a breach of security affects your data", "Ważne: naruszenie bezpieczeństwa dotyczy Twoich danych");
    let since = since(known_since);
    let text = sentence!(
        "A breach of security affected data of your organisation.",
        "Doszło do naruszenia bezpieczeństwa, które dotyczy danych Twojej organizacji."
    );
    let text = text.then("", &since).then(
        "\n\n",
        &sentence!(
            "What the operator says of it stands on the console's Trust page, under breaches, as the case {case}. Sign in there by the address \
             that you always use, not by a link in a mail.",
            "Co operator ma o tym do powiedzenia, jest w konsoli na stronie zaufania, w części o naruszeniach, jako sprawa {case}. Zaloguj się \
             tam pod adresem, którego zawsze używasz, a nie przez odnośnik z poczty."
        ),
    );
    (subject, text)
}

fn since(known_since: Option<Timestamp>) -> Sentence {
    known_since.map_or_else(|| Sentence::same(""), |at| sentence!(" The operator knows of it since {at}.", " Operator wie o tym od {at}."))
}

fn policy(version: &str, effective_at: Option<Timestamp>) -> (Sentence, Sentence) {
    let subject = sentence!("How your data are treated changes", "Zmienia się sposób postępowania z Twoimi danymi");
    let from = effective_at.map_or_else(|| Sentence::same(""), |at| sentence!(" It holds from {at} on.", " Obowiązuje od {at}."));
    let text = sentence!(
        "There is a new version of the policy on how data are treated on your server: version {version}.",
        "Jest nowa wersja zasad postępowania z danymi na Twoim serwerze: wersja {version}."
    );
    let after = sentence!(
        "The server's Trust page says what changed and has every version before.",
        "Strona zaufania serwera mówi, co się zmieniło, i zawiera wszystkie poprzednie wersje."
    );
    (subject, text.then("", &from).then("\n\n", &after))
}

fn trial() -> (Sentence, Sentence) {
    let subject = sentence!("Mail from this server arrives", "Poczta z tego serwera dociera");
    let text = sentence!(
        "This is a trial: whoever administers the server wanted to know whether its mail arrives. It does.",
        "To próba: administrator serwera sprawdza, czy poczta dociera. Dociera."
    );
    (subject, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Vec<Letter> {
        let about = [
            About::SubProcessor {
                company: "Żółw i Syn".into(),
                data: "canary-data".into(),
                operations: "canary-operations".into(),
                locations: vec!["canary-place".into(), "PL".into()],
                notice_days: 30,
            },
            About::Breach { case: "canary-case".into(), known_since: Some(Timestamp::from_seconds(0)) },
            About::Policy { version: "canary-version".into(), effective_at: Some(Timestamp::from_seconds(0)) },
            About::Trial,
        ];
        let letter = |about| Letter {
            about,
            public_url: "https://canary-host.example".into(),
            privacy_contact: Some("canary-contact@example.org".into()),
        };
        about.into_iter().map(letter).collect()
    }

    #[test]
    fn a_subject_names_nobody_and_is_another_in_each_language() {
        for letter in letters() {
            let subjects = Language::ALL.map(|language| letter.write(language).subject);
            assert_ne!(subjects[0], subjects[1]);
            for subject in subjects {
                assert!(!subject.contains("canary") && !subject.contains("Żółw"), "{subject}");
                assert!(!subject.chars().any(|c| c.is_control() || c.is_ascii_digit()), "{subject}");
            }
        }
    }

    #[test]
    fn every_fact_stands_in_the_text_of_both_languages() {
        for letter in letters() {
            let facts: Vec<&str> = match &letter.about {
                About::SubProcessor { .. } => vec!["Żółw i Syn", "canary-data", "canary-operations", "canary-place, PL", "30"],
                About::Breach { .. } => vec!["canary-case", "1970-01-01T00:00:00Z"],
                About::Policy { .. } => vec!["canary-version", "1970-01-01T00:00:00Z"],
                About::Trial => vec![],
            };
            for language in Language::ALL {
                let body = letter.write(language).body;
                for fact in facts.iter().chain(&["https://canary-host.example", "canary-contact@example.org"]) {
                    assert!(body.contains(fact), "{fact} in {body}");
                }
                assert!(body.ends_with('\n') && !body.contains("  "), "{body}");
            }
        }
    }
}
