//! Why mail cannot be sent.

use std::fmt;
use std::path::PathBuf;

use store::StoreError;
use words::{Sentence, Speaks, sentence};

/// Why a relay cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// Mail would cross a network in clear.
    #[error("{}", self.sentence())]
    InClear(String),
    /// The sender's address is none.
    #[error("{}", self.sentence())]
    Sender,
    /// There are no certificates to trust.
    #[error("{}", self.sentence())]
    Authorities(PathBuf),
    /// A TLS library's own words.
    #[error("{}", self.sentence())]
    Tls(String),
}

impl Speaks for RelayError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::InClear(host) => sentence!(
                "mail would go to {host} in clear: only a relay on this very host (localhost) may be reached without TLS; set security to \
                 \"tls\" or \"starttls\"",
                "poczta szłaby do {host} jawnie: bez TLS wolno łączyć się tylko z tym samym hostem (localhost); ustaw security na \"tls\" \
                 albo \"starttls\""
            ),
            Self::Sender => sentence!(
                "the sender is no address that every mail server takes, as in purser@example.org or Purser <purser@example.org>",
                "nadawca nie jest adresem, który przyjmie każdy serwer poczty, takim jak purser@example.org albo Purser <purser@example.org>"
            ),
            Self::Authorities(path) => sentence!(
                "{path} holds no certificate (PEM) by which the relay could be trusted",
                "{path} nie zawiera certyfikatu (PEM), według którego można zaufać serwerowi poczty",
                path = path.display()
            ),
            Self::Tls(reason) => sentence!("TLS to the relay cannot be set up: {reason}", "nie można przygotować TLS: {reason}"),
        }
    }
}

/// Why a relay takes no mail at present, whatever mail it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayFailure {
    /// It does not answer, or hangs up.
    #[error("{}", self.sentence())]
    Unreachable(String),
    /// It offers no TLS, or a certificate that is not trusted.
    #[error("{}", self.sentence())]
    Untrusted(String),
    /// It does not take user and password.
    #[error("{}", self.sentence())]
    Login(Option<u16>),
    /// It greets with a refusal.
    #[error("{}", self.sentence())]
    Refused(u16),
}

impl Speaks for RelayFailure {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Unreachable(reason) => sentence!("the relay does not answer: {reason}", "serwer poczty nie odpowiada: {reason}"),
            Self::Untrusted(reason) => sentence!(
                "the relay cannot be trusted, and nothing was sent: {reason}",
                "serwerowi poczty nie można zaufać i niczego nie wysłano: {reason}"
            ),
            Self::Login(code) => sentence!(
                "the relay does not take the user and password of the settings (it answered {code})",
                "serwer poczty nie przyjmuje użytkownika i hasła z ustawień (odpowiedział {code})",
                code = code.map_or_else(|| "-".to_owned(), |code| code.to_string())
            ),
            Self::Refused(code) => sentence!("the relay refuses us: it answered {code}", "serwer poczty odmawia: odpowiedział {code}"),
        }
    }
}

/// Why one mail was not taken. Of the relay's words only the number is kept: they may repeat the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFailure {
    /// The relay refuses it, this time or for good.
    Refused(u16),
    /// The person has no address any more, or one that no mail can be sent to.
    NoAddress,
    /// The part of the address before the `@` has letters that this relay cannot write down (RFC 6531).
    NeedsUtf8,
    /// The accounts cannot be read at present.
    Accounts,
    /// The connection broke, and nobody knows whether it was taken.
    Broken,
}

impl MailFailure {
    /// What the relay answered.
    #[must_use]
    pub const fn code(self) -> Option<u16> {
        match self {
            Self::Refused(code) => Some(code),
            Self::NoAddress | Self::NeedsUtf8 | Self::Accounts | Self::Broken => None,
        }
    }

    /// Whether it says that the mail will never be taken (RFC 5321 section 4.2.1).
    #[must_use]
    pub const fn is_for_good(self) -> bool {
        matches!(self, Self::Refused(500..=599) | Self::NoAddress | Self::NeedsUtf8)
    }

    /// What it is called in the ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::NoAddress => "no-address",
            Self::NeedsUtf8 => "needs-smtputf8",
            Self::Accounts => "accounts",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for MailFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().to_string())
    }
}

impl Speaks for MailFailure {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Refused(code) => sentence!("the relay refused it: it answered {code}", "serwer poczty odmówił: odpowiedział {code}"),
            Self::NoAddress => sentence!("there is no address that it could go to", "nie ma adresu, na który można by to wysłać"),
            Self::NeedsUtf8 => sentence!(
                "the address has letters other than ASCII before its @, and the relay offers no SMTPUTF8: it needs another address, or \
                 another relay",
                "adres ma przed znakiem @ litery spoza ASCII, a serwer poczty nie oferuje SMTPUTF8: potrzebny jest inny adres albo inny \
                 serwer poczty"
            ),
            Self::Accounts => sentence!("the account cannot be read at present", "konta nie można teraz odczytać"),
            Self::Broken => sentence!("the connection broke", "połączenie się zerwało"),
        }
    }
}

/// Why a step of sending did not get on.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The relay.
    #[error(transparent)]
    Relay(#[from] RelayFailure),
    /// The outbox or the keys.
    #[error(transparent)]
    Store(#[from] StoreError),
}
