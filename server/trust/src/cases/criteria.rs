//! What the ledgers are asked: a closed set of questions, so that an answer can be computed again and compared.

use std::fmt;
use std::str::FromStr;

use kernel::{Actor, DeviceId, SystemWork, Timestamp, TokenId, UserId};
use serde::{Deserialize, Serialize};

use super::clocks::texts;
use crate::LeafKind;
use crate::ledger::search::Intended;
use crate::ledger::stored::Clear;
use crate::ledger::{EffectKind, actor_columns};

texts! {
    /// Which acts are looked for.
    Acts {
        /// Ways in: sign-ins, links and tokens that were made, and sign-ins that were refused.
        Access = "access";
        /// Every kind.
        Any = "any";
        /// Acts on keys.
        Keys = "keys";
        /// Readings of data, and exports.
        Reads = "reads";
    }
}

impl Acts {
    fn has(self, kind: LeafKind, intended: Option<Intended>) -> bool {
        use {EffectKind as Effect, LeafKind as Kind};
        let effect = intended.map(|intended| intended.effect);
        match self {
            Self::Any => true,
            // What is done outside of a transaction was begun, whether or not anybody could tell how it ended.
            Self::Reads => {
                let is_intended = matches!(effect, Some(Effect::Export | Effect::KeyringCopy));
                is_intended || matches!(kind, Kind::ReadOnHost | Kind::DataExported | Kind::AccessLogRead)
            }
            Self::Keys => {
                matches!(effect, Some(Effect::EpochRoll | Effect::KeyDestruction | Effect::KeyringCopy | Effect::KeyringDrill))
                    || matches!(kind, Kind::EpochRolled | Kind::Erased | Kind::ErasureBegun | Kind::KeyringRestored | Kind::RootKeyChange)
            }
            Self::Access => matches!(
                kind,
                Kind::CertificateIssued
                    | Kind::CertificateRevoked
                    | Kind::DirectoryUserChanged
                    | Kind::PeopleGroupChanged
                    | Kind::RecoveryCreated
                    | Kind::SetupFinished
                    | Kind::SetupLinkCreated
                    | Kind::SignInFailed
                    | Kind::SignOnChanged
                    | Kind::SignOnRefused
                    | Kind::SignedIn
                    | Kind::TokenCreated
                    | Kind::TokenRevoked
                    | Kind::TokenRotated
                    | Kind::TokenShared
            ),
        }
    }
}

/// Whether an entry of the instance's ledger tells of the data of every tenant at once, or of the one that it names.
fn concerns_tenants(kind: LeafKind, intended: Option<Intended>) -> bool {
    use {EffectKind as Effect, LeafKind as Kind};
    match intended {
        Some(Intended { effect: Effect::KeyringCopy | Effect::KeyringDrill, .. }) => true,
        Some(Intended { tenant, .. }) => tenant.is_some(),
        None => matches!(kind, Kind::ReadOnHost | Kind::AccessLogRead | Kind::KeyringRestored | Kind::RootKeyChange),
    }
}

/// Whose acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever administers the host: anybody who could read the data folder.
    Host,
    /// A person's account.
    User(UserId),
    /// An API or telemetry token.
    Token(TokenId),
    /// A device's key.
    Device(DeviceId),
}

/// It is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("whose acts is host, or the id of a user (usr_...), a token (tok_...) or a device (dev_...)")]
pub struct NobodyError;

impl FromStr for Who {
    type Err = NobodyError;

    fn from_str(text: &str) -> Result<Self, NobodyError> {
        let user = || text.parse().map(Self::User).ok();
        let token = || text.parse().map(Self::Token).ok();
        let device = || text.parse().map(Self::Device).ok();
        if text == "host" { Some(Self::Host) } else { user().or_else(token).or_else(device) }.ok_or(NobodyError)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::User(user) => user.fmt(f),
            Self::Token(token) => token.fmt(f),
            Self::Device(device) => device.fmt(f),
        }
    }
}

impl Who {
    /// The number of a credential; nothing for the host, who has none.
    const fn credential(self) -> Option<i64> {
        match self {
            Self::Host => None,
            Self::User(user) => Some(user.number()),
            Self::Token(token) => Some(token.number()),
            Self::Device(device) => Some(device.number()),
        }
    }

    fn did(self, leaf: &Clear) -> bool {
        let is = |actor| actor_columns(actor) == (leaf.actor_kind.as_str(), leaf.actor_id);
        match self {
            Self::Host => is(Actor::System(SystemWork::HostAdministration)),
            Self::User(user) => is(Actor::User(user)),
            Self::Token(token) => is(Actor::ApiToken(token)) || is(Actor::TelemetryToken(token)),
            Self::Device(device) => is(Actor::Device(device)),
        }
    }
}

/// The question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// What is looked for.
    pub question: Question,
    /// From when on.
    pub from: Timestamp,
    /// Until when, both ends with it.
    pub until: Timestamp,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Acts of one of these kinds by somebody; by anybody where nobody is named.
    Acts {
        /// Who.
        by: Option<Who>,
        /// Which acts.
        acts: Acts,
    },
    /// The whole machine was taken: every tenant that there was by the window's end.
    Everything,
}

/// Why it is no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CriteriaError {
    /// It begins after its end.
    #[error("the window begins after its end")]
    Window,
    /// It ends in the future, and would have another answer tomorrow.
    #[error("the window ends in the future: its answer could not be computed again")]
    Future,
}

/// As it is stored, and committed to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acts: Option<String>,
    from: i64,
    until: i64,
}

impl Criteria {
    /// The question, where its answer stays the same.
    ///
    /// # Errors
    /// [`CriteriaError`].
    pub fn checked(self, now: Timestamp) -> Result<Self, CriteriaError> {
        match self {
            _ if self.from > self.until => Err(CriteriaError::Window),
            _ if self.until > now => Err(CriteriaError::Future),
            _ => Ok(self),
        }
    }

    /// Whether a leaf of a tenant's log says that its data were affected.
    pub(crate) fn is_met_by(&self, leaf: &Clear, intended: Option<Intended>) -> bool {
        let Question::Acts { by, acts } = self.question else { return false };
        if let Some(credential) = by.and_then(Who::credential) {
            // What a tenant's own credential reads is not entered in the ledger; but whose it is, the ledger knows. So it is affected where
            // the credential was known to it by then, whatever it was used for.
            let is_known = by.is_some_and(|who| who.did(leaf)) || leaf.subject == Some(credential);
            return is_known && leaf.at <= self.until;
        }
        self.has_in_window(leaf.at) && acts.has(leaf.kind, intended) && by.is_none_or(|who| who.did(leaf))
    }

    /// Whether a leaf of the instance's log says that data were affected: of every tenant that there was by then, or of the one it names.
    pub(crate) fn is_met_for_all_by(&self, leaf: &Clear, intended: Option<Intended>) -> bool {
        let Question::Acts { by, acts } = self.question else { return false };
        let by_them = by.is_none_or(|who| who.did(leaf));
        concerns_tenants(leaf.kind, intended) && self.has_in_window(leaf.at) && acts.has(leaf.kind, intended) && by_them
    }

    /// Whether a tenant is affected because it was there.
    pub(crate) fn is_met_by_being(&self, began_at: Timestamp) -> bool {
        self.question == Question::Everything && began_at <= self.until
    }

    /// Whether it is asked about one credential, which is one tenant's.
    pub(crate) fn is_about_a_credential(&self) -> bool {
        matches!(self.question, Question::Acts { by: Some(who), .. } if who.credential().is_some())
    }

    /// Whether entries that were lost by then could have met it. Whose a credential is may have been entered at any time before.
    pub(crate) fn is_open_about_what_was_lost_by(&self, lost_at: Timestamp) -> bool {
        self.is_about_a_credential() || lost_at >= self.from
    }

    fn has_in_window(&self, at: Timestamp) -> bool {
        (self.from..=self.until).contains(&at)
    }

    pub(super) fn written(&self) -> Written {
        let (by, acts) = match self.question {
            Question::Everything => (None, None),
            Question::Acts { by, acts } => (by.map(|who| who.to_string()), Some(acts.text().to_owned())),
        };
        Written { by, acts, from: self.from.micros(), until: self.until.micros() }
    }
}

impl Written {
    pub(super) fn read(self) -> Option<Criteria> {
        let question = match (self.by, self.acts) {
            (None, None) => Question::Everything,
            (by, Some(acts)) => {
                let by = by.map(|who| who.parse().ok()).map_or(Some(None), |who: Option<Who>| who.map(Some))?;
                Question::Acts { by, acts: Acts::from_text(&acts)? }
            }
            (Some(_), None) => return None,
        };
        Some(Criteria { question, from: Timestamp::from_micros(self.from), until: Timestamp::from_micros(self.until) })
    }
}
