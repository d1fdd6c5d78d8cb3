//! Mail to the owners of tenants: the wiring between what is announced, the accounts, the outbox, the relay and the ledgers.
//!
//! - [`settings`]: how the relay is reached. `handing`: from an announcement to a mail for each owner.
//!
//! **Who may get it.** A relay sees addresses and texts. So mail goes out only with a leave ([`MayMail`]), asked for anew at each
//! step: of an entry of the register of sub-processors that is in effect, or because the relay is the operator's own. Without
//! one nothing is sent, everything waits, and the doctor and the log say so.

mod handing;
pub(crate) mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use identity::Identity;
use kernel::data_map::DataClass;
use kernel::{KeyRing, ScopeMint, SecretText};
use notify::{Addressee, Delivery, Leave, Outbox, Parties, Relay, SendError};
use serde_json::json;
use store::{StoreError, Stores, Tx};
use trust::announcements::Announcements;
use trust::registers::{Effective, SubProcessorKey};
use trust::{LeafEntry, LeafKind, RegisterError, Registers, Trust, ledger};
use words::{Language, Sentence, Speaks, sentence};

pub(crate) use self::handing::hand_over;
use self::settings::MailSettings;
use crate::config::Config;
use crate::opened::Opened;

/// Mail, as an installation has it. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Mail {
    settings: Option<MailSettings>,
    /// The relay, or why there is none in spite of the settings.
    relay: Option<Result<Relay, Sentence>>,
    pub(crate) outbox: Outbox,
    pub(crate) announcements: Announcements,
    pub(crate) parties: Parties,
    registers: Registers,
}

/// That mail may go to the relay, as of now.
#[derive(Debug)]
pub(crate) struct MayMail(Whose);

/// Whose the relay is.
#[derive(Debug)]
pub(crate) enum Whose {
    /// The operator's own.
    Own,
    /// Somebody else's, who is in effect.
    SubProcessor(Effective),
}

impl Leave for MayMail {}

impl MayMail {
    pub(crate) const fn whose(&self) -> &Whose {
        &self.0
    }
}

/// Why mail does not go out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoMail {
    /// The settings name no relay.
    #[error("{}", self.sentence())]
    NotConfigured,
    /// The settings are wrong.
    #[error("{0}")]
    Settings(Sentence),
    /// Nobody says whose the relay is.
    #[error("{}", self.sentence())]
    Unregistered,
    /// Whoever runs the relay is not in effect.
    #[error("{}", self.sentence())]
    NotEffective(String),
    /// What tenants were told of whoever runs the relay says nothing of addresses.
    #[error("{}", self.sentence())]
    NotCovered(String),
    /// The relay, the outbox, the accounts.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The register cannot be read.
    #[error(transparent)]
    Register(RegisterError),
}

impl Speaks for NoMail {
    fn sentence(&self) -> Sentence {
        match self {
            Self::NotConfigured => sentence!(
                "no mail is sent: settings.toml has no table [mail]",
                "poczta nie jest wysyłana: w settings.toml nie ma tabeli [mail]"
            ),
            Self::Settings(sentence) => sentence.clone(),
            Self::Unregistered => sentence!(
                "nothing is sent: [mail] does not say who runs the relay. If somebody else does, enter and announce them \
                 (`purser registers sub-processor add`) and name the entry as sub_processor; if it is your own machine, set own = true",
                "niczego się nie wysyła: [mail] nie mówi, kto prowadzi serwer poczty. Jeśli ktoś inny, wpisz go do rejestru i zapowiedz \
                 (`purser registers sub-processor add`), a nazwę wpisu podaj jako sub_processor; jeśli to własna maszyna, ustaw own = true"
            ),
            Self::NotEffective(key) => sentence!(
                "nothing is sent: {key}, who runs the relay, is not in effect in the register of sub-processors; \
                 `purser registers sub-processor list` shows how the entry stands",
                "niczego się nie wysyła: wpis {key}, czyli podmiotu, który prowadzi serwer poczty, nie obowiązuje w rejestrze podmiotów \
                 przetwarzających; stan wpisu pokazuje `purser registers sub-processor list`"
            ),
            Self::NotCovered(key) => sentence!(
                "nothing is sent: the entry of {key}, who runs the relay, does not name personal data, and mail carries addresses; propose a \
                 version that does (`purser registers sub-processor add`) and announce it",
                "niczego się nie wysyła: wpis {key}, czyli podmiotu, który prowadzi serwer poczty, nie wymienia danych osobowych (personal), a \
                 poczta zawiera adresy; dodaj wersję, która je wymienia (`purser registers sub-processor add`), i ją zapowiedz"
            ),
            Self::Send(SendError::Relay(failure)) => failure.sentence(),
            Self::Send(error) => Sentence::same(error.to_string()),
            Self::Register(error) => Sentence::same(error.to_string()),
        }
    }
}

impl Mail {
    pub(crate) fn new(
        config: &Config,
        stores: &Stores,
        trust: &Trust,
        identity: &Identity,
        registers: &Registers,
        mint: ScopeMint,
    ) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let relay = config.mail.as_ref().map(|mail| mail.relay(credentials.as_deref()).map_err(|error| error.sentence()));
        if let Some(Err(reason)) = &relay {
            tracing::error!(reason = %reason, "no mail is sent");
        }
        let announcements = Announcements::new(stores);
        let parties = Parties { addresses: addresses(identity), telling: telling(trust.keyring()), mint };
        let outbox = Outbox::new(stores, trust.keyring());
        Self { settings: config.mail.clone(), relay, outbox, announcements, parties, registers: registers.clone() }
    }

    /// Whether the settings ask for mail.
    pub(crate) const fn is_configured(&self) -> bool {
        self.settings.is_some()
    }

    pub(crate) const fn settings(&self) -> Option<&MailSettings> {
        self.settings.as_ref()
    }

    /// The relay.
    ///
    /// # Errors
    /// [`NoMail::NotConfigured`] and [`NoMail::Settings`].
    pub(crate) fn relay(&self) -> Result<&Relay, NoMail> {
        match &self.relay {
            None => Err(NoMail::NotConfigured),
            Some(Err(reason)) => Err(NoMail::Settings(reason.clone())),
            Some(Ok(relay)) => Ok(relay),
        }
    }

    /// The leave to send, as of now.
    ///
    /// # Errors
    /// [`NoMail`], but for what only sending finds.
    pub(crate) async fn leave(&self) -> Result<MayMail, NoMail> {
        let settings = self.settings.as_ref().ok_or(NoMail::NotConfigured)?;
        if settings.is_own() {
            return Ok(MayMail(Whose::Own));
        }
        let name = settings.sub_processor.as_ref().ok_or(NoMail::Unregistered)?;
        let key: SubProcessorKey = name.parse().map_err(|_no_key| NoMail::NotEffective(name.clone()))?;
        // Addresses.
        match self.registers.require_effective(&key, DataClass::Personal).await {
            Ok(effective) => Ok(MayMail(Whose::SubProcessor(effective))),
            Err(RegisterError::NotEffective(_)) => Err(NoMail::NotEffective(name.clone())),
            Err(RegisterError::NotCovered { .. }) => Err(NoMail::NotCovered(name.clone())),
            Err(other) => Err(NoMail::Register(other)),
        }
    }

    /// Sends some of what is due: whether there may be more.
    ///
    /// # Errors
    /// [`NoMail`]: everything waits.
    pub(crate) async fn send(&self) -> Result<bool, NoMail> {
        let (relay, leave) = (self.relay()?, self.leave().await?);
        Ok(self.outbox.send_step(relay, &leave, &self.parties).await?.has_more)
    }
}

impl Opened {
    /// Takes one step of handing over what was announced to tenants, as the server does by itself.
    ///
    /// # Errors
    /// What it met, as a sentence.
    pub async fn hand_announcements_over(&self) -> Result<(), String> {
        hand_over(self.clone()).await.map(|_| ())
    }

    /// Takes one step of sending mail that is due, as the server does by itself.
    ///
    /// # Errors
    /// Why mail does not go out, as a sentence.
    pub async fn send_mail(&self) -> Result<(), String> {
        self.mail.send().await.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// The accounts say by which address and in which language somebody is told.
fn addresses(identity: &Identity) -> notify::Addresses {
    let identity = identity.clone();
    Arc::new(move |tenant, user| {
        let identity = identity.clone();
        Box::pin(async move {
            match identity.profile(tenant, user).await {
                Ok(profile) => {
                    let address = SecretText::new(profile.email.as_text().to_owned());
                    Ok(Some(Addressee { address, language: Language::from_name(&profile.language).unwrap_or_default() }))
                }
                Err(identity::IdentityError::NotFound) => Ok(None),
                Err(other) => Err(other.to_string()),
            }
        })
    })
}

/// The tenant's ledger is told of every mail that was sent or given up.
fn telling(keys: Arc<dyn KeyRing>) -> notify::Telling {
    Arc::new(move |tx: &mut Tx<'_>, scope, delivery: &Delivery| {
        let Delivery { mail, user, kind, message_id, attempts, outcome } = delivery;
        let (leaf, answer, reason) = match outcome {
            Ok(code) => (LeafKind::MailSent, Some(*code), None),
            Err(failure) => (LeafKind::MailGivenUp, failure.code(), Some(failure.word())),
        };
        // Whose account is gone has no key that a leaf could lie under.
        let subject = (*outcome != Err(notify::MailFailure::NoAddress)).then(|| user.number());
        let payload = json!({
            "mail": mail.to_string(), "about": kind, "message_id": message_id, "attempts": attempts, "answer": answer,
            "reason": reason,
        });
        ledger::record(tx, &*keys, scope, LeafEntry { kind: leaf, subject, payload }).map(|_| ())?;
        Ok::<_, StoreError>(())
    })
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail")
    }
}
