//! What the owners of a tenant are to be told: of a sub-processor, a breach, a changed policy.
//!
//! Whoever does what is to be told of *announces* it, in the transaction that does it (of the system store; an act of a tenant's
//! store is announced by the reconciler that its mark wakes). From then on nothing loses it: a worker of `app` takes what is open,
//! asks who the owners are, and hands a mail for each of them to the tenant's outbox; then the announcement is settled (that of a
//! breach when the mails have gone), and its row stays as the record of it.
//!
//! An announcement is known by tenant, kind and reference: announced twice it is one, so that steps that are cut off may run again.
//! It has no text and names nobody: numbers and times, from which each mail is written in its reader's language.
//!
//! Something that concerns ten thousand tenants is announced to some of them a step: [`announce_to`] takes at most
//! [`ANNOUNCED_AT_ONCE`]. Who is left follows from what was announced, so that a tenant that cannot be told is passed over and found
//! again, as [`crate::registers::notice`] does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use kernel::{TenantId, Timestamp};
use store::{Db, Row, StoreError, Stores, Tx, params};

use crate::store::announcements as sql;

/// Most characters of a reference.
pub const REFERENCE_CHARS_MAX: usize = 96;
/// Most facts of an announcement.
pub const FACTS_MAX: usize = 16;
/// Most tenants that one transaction announces something to.
pub const ANNOUNCED_AT_ONCE: usize = 1_000;

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$member_doc])* $member,)* }

        impl $name {
            /// Every one, in the order of the texts.
            pub const ALL: &'static [Self] = &[$(Self::$member,)*];

            /// The stored name.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$member => $text,)* }
            }

            /// The one of this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.text() == text)
            }
        }
    };
}

kinds! {
    /// What an announcement is about.
    AnnouncementKind {
        /// The tenant's data were affected by a breach; the reference is the case.
        BreachNotice = "breach-notice";
        /// The policy on how data are treated changed, or will; the reference is its version.
        DataPolicyChanged = "data-policy-changed";
        /// Somebody else will process data for the operator; the reference is the entry and its version.
        SubProcessorAnnounced = "sub-processor-announced";
    }
}

kinds! {
    /// What became of an announcement.
    Settled {
        /// Every mail that tells of a breach was given up: nobody was reached.
        GivenUp = "given-up";
        /// A mail for each owner lies in the tenant's outbox.
        Handed = "handed";
        /// This installation sends no mail. What is announced with a date or a version would be stale by the time it sends some, and
        /// stands on the Trust page; a breach is never settled so, and waits.
        NoMail = "no-mail";
        /// There is nobody to be told: no owner has an account yet, or the tenant was erased.
        Nobody = "nobody";
        /// The mails that tell of a breach have gone, one at least, and none waits.
        Sent = "sent";
    }
}

/// Which of a kind: a version, a case. Lower-case letters, digits, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

impl Reference {
    /// Its text.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that refers to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reference is 1 to {REFERENCE_CHARS_MAX} lower-case letters, digits, hyphens, underscores and dots")]
pub struct NoReference;

impl FromStr for Reference {
    type Err = NoReference;

    fn from_str(text: &str) -> Result<Self, NoReference> {
        let is_plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
        let is_reference = is_plain && !text.is_empty() && text.len() <= REFERENCE_CHARS_MAX;
        if is_reference { Ok(Self(text.to_owned())) } else { Err(NoReference) }
    }
}

/// What a tenant is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What it is about.
    pub kind: AnnouncementKind,
    /// Which of the kind.
    pub reference: Reference,
    /// The facts by name: whole numbers, so that nobody's name can be among them; times in microseconds since 1970.
    pub facts: BTreeMap<String, i64>,
}

/// An announcement that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Whose owners are to be told.
    pub tenant: TenantId,
    /// What.
    pub announcement: Announcement,
    /// Since when.
    pub announced_at: Timestamp,
    /// How often it could not be handed over.
    pub attempts: u32,
}

/// How far something is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// To how many tenants it was announced.
    pub tenants: u64,
    /// Of how many of these that is settled.
    pub settled: u64,
    /// In how many mails.
    pub mails: u64,
    /// Of how many of these tenants every mail was given up.
    pub given_up: u64,
}

/// What waits to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// How many announcements.
    pub announcements: u64,
    /// Since when the oldest waits.
    pub since: Option<Timestamp>,
}

/// Announces something to a tenant, in the transaction that gives the reason; whether it was not announced before.
///
/// # Errors
/// [`StoreError::TooLarge`] past [`FACTS_MAX`]; the store's. The caller rolls back: what cannot be told is not done.
pub fn announce(tx: &mut Tx<'_>, tenant: TenantId, announcement: &Announcement) -> Result<bool, StoreError> {
    Ok(announce_to(tx, &[tenant], announcement)? == 1)
}

/// As [`announce`], to some tenants at once: how many had not heard of it.
///
/// # Errors
/// As [`announce`]; [`StoreError::TooLarge`] past [`ANNOUNCED_AT_ONCE`].
pub fn announce_to(tx: &mut Tx<'_>, tenants: &[TenantId], announcement: &Announcement) -> Result<u64, StoreError> {
    if tenants.len() > ANNOUNCED_AT_ONCE {
        return Err(StoreError::TooLarge { what: "the tenants of one announcement's step", limit: ANNOUNCED_AT_ONCE as u64 });
    }
    if announcement.facts.len() > FACTS_MAX {
        return Err(StoreError::TooLarge { what: "the facts of an announcement", limit: FACTS_MAX as u64 });
    }
    let (kind, reference, now) = (announcement.kind.text(), announcement.reference.as_text(), tx.now());
    let facts = serde_json::to_string(&announcement.facts).map_err(|error| StoreError::Misuse(error.to_string()))?;
    let rows = tenants.iter().map(|tenant| params![*tenant, kind, reference, facts.as_str(), now]);
    tx.execute_many(&sql::INSERT_ANNOUNCEMENT, rows)
}

/// How far something is told, within a transaction.
///
/// # Errors
/// The store's.
pub fn reach(tx: &mut Tx<'_>, kind: AnnouncementKind, reference: &Reference) -> Result<Reach, StoreError> {
    let row = tx.query_one(&sql::ANNOUNCED_TO, &params![kind.text(), reference.as_text()])?;
    Ok(Reach { tenants: row.get(0)?, settled: row.get(1)?, mails: row.get(2)?, given_up: row.get(3)? })
}

/// Those of the tenants to whom something was not announced yet, in the order of their numbers.
///
/// # Errors
/// The store's.
pub(crate) async fn not_announced_to(stores: &Stores, kind: AnnouncementKind, reference: Reference) -> Result<Vec<TenantId>, StoreError> {
    let read = move |tx: &mut Tx<'_>| {
        let rows = tx.query(&sql::ANNOUNCED_TENANTS, &params![kind.text(), reference.as_text()])?;
        rows.iter().map(|row| row.get(0)).collect::<Result<BTreeSet<TenantId>, StoreError>>()
    };
    let announced = stores.system().read(read).await?;
    let mut tenants = stores.tenants().await?;
    tenants.retain(|tenant| !announced.contains(tenant));
    tenants.sort_unstable();
    Ok(tenants)
}

/// What is announced, for the worker that hands it over. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Announcements(Db);

impl Announcements {
    /// The announcements of these stores.
    #[must_use]
    pub fn new(stores: &Stores) -> Self {
        Self(stores.system().clone())
    }

    /// What is to be handed over now, the longest due first.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a row that is none of ours; the store's.
    pub async fn due(&self, max: usize) -> Result<Vec<Open>, StoreError> {
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let due = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.query(&sql::ANNOUNCEMENTS_DUE, &params![now, limit])?.iter().map(open).collect()
        };
        self.0.read(due).await
    }

    /// It is settled: in so many mails. A second time changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self, open: &Open, settled: Settled, mails: usize) -> Result<(), StoreError> {
        let (tenant, kind, reference) = known_by(open);
        let mails = i64::try_from(mails).unwrap_or(i64::MAX);
        let settle = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::SETTLE_ANNOUNCEMENT, &params![tenant, kind, reference.as_text(), settled.text(), mails, now]).map(|_| ())
        };
        self.0.write(settle).await
    }

    /// It could not be handed over, and is due again then: others come first.
    ///
    /// # Errors
    /// The store's.
    pub async fn postpone(&self, open: &Open, until: Timestamp) -> Result<(), StoreError> {
        let (tenant, kind, reference) = known_by(open);
        let postpone =
            move |tx: &mut Tx<'_>| tx.execute(&sql::POSTPONE_ANNOUNCEMENT, &params![tenant, kind, reference.as_text(), until]).map(|_| ());
        self.0.write(postpone).await
    }

    /// How far something is told.
    ///
    /// # Errors
    /// The store's.
    pub async fn reach(&self, kind: AnnouncementKind, reference: Reference) -> Result<Reach, StoreError> {
        self.0.read(move |tx| reach(tx, kind, &reference)).await
    }

    /// What waits to be handed over.
    ///
    /// # Errors
    /// The store's.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        let row = self.0.read(|tx| tx.query_one(&sql::OPEN_ANNOUNCEMENTS, &[])).await?;
        Ok(Backlog { announcements: row.get(0)?, since: row.get(1)? })
    }
}

fn known_by(open: &Open) -> (TenantId, &'static str, Reference) {
    (open.tenant, open.announcement.kind.text(), open.announcement.reference.clone())
}

fn open(row: &Row) -> Result<Open, StoreError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("an announcement has {what} that is none"));
    Ok(Open {
        tenant: row.get(0)?,
        announcement: Announcement {
            kind: AnnouncementKind::from_text(&row.get::<String>(1)?).ok_or_else(|| corrupt("a kind"))?,
            reference: row.get::<String>(2)?.parse().map_err(|_none| corrupt("a reference"))?,
            facts: serde_json::from_str(&row.get::<String>(3)?).map_err(|_none| corrupt("facts"))?,
        },
        announced_at: row.get(4)?,
        attempts: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_plain() {
        assert!("example-mail.2".parse::<Reference>().is_ok());
        assert!("cas_0123".parse::<Reference>().is_ok());
        assert!("x".repeat(REFERENCE_CHARS_MAX).parse::<Reference>().is_ok());
        for wrong in ["", "Anna", "a b", "ż", "a@b", &"x".repeat(REFERENCE_CHARS_MAX + 1)] {
            assert_eq!(wrong.parse::<Reference>(), Err(NoReference), "{wrong}");
        }
    }

    #[test]
    fn kinds_and_outcomes_stand_in_order_and_are_found_by_text() {
        assert!(AnnouncementKind::ALL.is_sorted_by_key(|kind| kind.text()));
        assert!(AnnouncementKind::ALL.iter().all(|kind| AnnouncementKind::from_text(kind.text()) == Some(*kind)));
        assert!(Settled::ALL.iter().all(|settled| Settled::from_text(settled.text()) == Some(*settled)));
    }
}
