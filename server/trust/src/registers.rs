//! Registers that the operator must keep, and that the product enforces.
//!
//! - [`sub_processor`]: an entry of the register of sub-processors, and its states.
//! - [`processing`]: the record of processing activities, generated.
//! - [`notice`]: telling every tenant before an entry takes effect.
//!
//! An entry is proposed, announced, takes effect and ends; nothing of it is ever overwritten: what is to change is a new
//! version that goes the same way, while the one before stays in effect. An installation begins with none. What sends data
//! out to somebody else must hold an [`Effective`], and only [`Registers::require_effective`] makes one. Feeds of advisories
//! need none: they are fetched, and nothing of a tenant goes to whoever publishes them.

pub mod notice;
pub mod processing;
pub mod sub_processor;

use std::sync::Arc;

use kernel::data_map::DataClass;
use kernel::{Actor, ScopeMint, Timestamp};
use serde_json::json;
use store::{Row, StoreError, Stores, Tx, params};

pub use self::notice::{NOTICE_DAYS_DEFAULT, NOTICE_DAYS_MAX, NOTICE_DAYS_MIN};
pub use self::sub_processor::{Facts, FactsError, ListedVersion, State, SubProcessorKey};
use self::sub_processor::{class_text, classes_from_text, classes_text, locations_from_text, locations_text};
use crate::announcements::Reference;
use crate::ledger::{LeafEntry, LeafKind, record_instance};
use crate::{Trust, store as sql};

/// Most versions that the register holds, of all entries together: they are listed at once.
pub const VERSIONS_MAX: usize = 200;

/// Why the register was not changed, or does not let something happen.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no such entry, or it has ended.
    #[error("there is no sub-processor {0} in the register")]
    Unknown(SubProcessorKey),
    /// The newest version was announced already.
    #[error("the newest version of {0} was announced already: propose what is to change as a new version first")]
    Announced(SubProcessorKey),
    /// It does not require a second factor of its people.
    #[error("{0} does not require a second factor of the people who reach the data: it cannot be announced, and never takes effect")]
    NoSecondFactor(SubProcessorKey),
    /// The notice is shorter or longer than it may be.
    #[error("the notice is from {NOTICE_DAYS_MIN} to {NOTICE_DAYS_MAX} days")]
    Notice,
    /// The register is full.
    #[error("the register holds {VERSIONS_MAX} versions, and takes no more")]
    Full,
    /// No version of it is in effect.
    #[error("{0} is not in effect: nothing may be sent there")]
    NotEffective(SubProcessorKey),
    /// The version that is in effect says nothing of such data.
    #[error("the entry of {key} that is in effect does not name {} data: none may be sent there", class_text(*.class))]
    NotCovered {
        /// Which sub-processor.
        key: SubProcessorKey,
        /// Which data.
        class: DataClass,
    },
    /// The store or the keys.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// That a sub-processor is in effect: the value that whoever sends data out must hold. Not kept for later, since an entry ends.
#[derive(Debug)]
pub struct Effective {
    key: SubProcessorKey,
    version: i64,
}

impl Effective {
    /// Which sub-processor.
    #[must_use]
    pub const fn sub_processor(&self) -> &SubProcessorKey {
        &self.key
    }

    /// The version that is in effect.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }
}

/// What tenants are told of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// What it says.
    pub facts: Facts,
    /// How many days lie between the last tenant's being told and its taking effect.
    pub notice_days: u16,
}

/// The registers. Cloning shares them.
#[derive(Clone)]
pub struct Registers(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    mint: ScopeMint,
}

impl Registers {
    /// The registers of these stores.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, mint: ScopeMint) -> Self {
        Self(Arc::new(Inner { stores: stores.clone(), trust: trust.clone(), mint }))
    }

    /// Proposes an entry, or what is to change of one: the number of the new version.
    ///
    /// # Errors
    /// [`RegisterError::Full`]; the store's.
    pub async fn propose(&self, actor: Actor, key: SubProcessorKey, facts: Facts) -> Result<i64, RegisterError> {
        self.change(actor, "proposed", key, move |tx, key| {
            let versions = versions(tx)?;
            if versions.len() >= VERSIONS_MAX {
                return Err(RegisterError::Full);
            }
            let version = newest(&versions, key).map_or(1, |newest| newest.version + 1);
            let now = tx.now();
            let (classes, locations) = (classes_text(&facts.data_classes), locations_text(&facts.locations));
            let facts = facts.clone();
            tx.execute(
                &sql::INSERT_SUB_PROCESSOR,
                &params![
                    key.as_text(),
                    version,
                    facts.name,
                    classes,
                    facts.data,
                    facts.people,
                    locations,
                    facts.operations,
                    facts.compliance,
                    facts.requires_second_factor,
                    now
                ],
            )?;
            Ok(version)
        })
        .await
    }

    /// Announces the newest version of an entry: it takes effect so many days after the last tenant was told of it.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`], [`RegisterError::Announced`], [`RegisterError::NoSecondFactor`], [`RegisterError::Notice`];
    /// the store's.
    pub async fn announce(&self, actor: Actor, key: SubProcessorKey, notice_days: u16) -> Result<i64, RegisterError> {
        if !(NOTICE_DAYS_MIN..=NOTICE_DAYS_MAX).contains(&notice_days) {
            return Err(RegisterError::Notice);
        }
        self.change(actor, "announced", key, move |tx, key| {
            let versions = versions(tx)?;
            let newest = newest(&versions, key).filter(|newest| newest.ended_at.is_none());
            let newest = newest.ok_or_else(|| RegisterError::Unknown(key.clone()))?;
            if newest.announced_at.is_some() {
                return Err(RegisterError::Announced(key.clone()));
            }
            if !newest.facts.requires_second_factor {
                return Err(RegisterError::NoSecondFactor(key.clone()));
            }
            let now = tx.now();
            tx.execute(&sql::ANNOUNCE_SUB_PROCESSOR, &params![key.as_text(), newest.version, now, notice_days])?;
            Ok(newest.version)
        })
        .await
    }

    /// Ends an entry, with every version of it, now: the number of its newest version.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`]; the store's.
    pub async fn end(&self, actor: Actor, key: SubProcessorKey) -> Result<i64, RegisterError> {
        self.change(actor, "ended", key, |tx, key| {
            let versions = versions(tx)?;
            let newest = newest(&versions, key).filter(|newest| newest.ended_at.is_none());
            let version = newest.ok_or_else(|| RegisterError::Unknown(key.clone()))?.version;
            let now = tx.now();
            tx.execute(&sql::END_SUB_PROCESSOR, &params![key.as_text(), now])?;
            Ok(version)
        })
        .await
    }

    /// Every version of every entry with its state, by entry and version.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<ListedVersion>, RegisterError> {
        let now = self.now();
        let versions = self.0.stores.system().read(versions).await?;
        let mut listed = Vec::with_capacity(versions.len());
        for version in &versions {
            let is_superseded = effective(&versions, &version.key, now).is_some_and(|effective| effective.version > version.version);
            listed.push(ListedVersion { state: version.state(now, is_superseded), version: version.clone() });
        }
        Ok(listed)
    }

    /// The leave to send data of a class to a sub-processor, where a version of its entry is in effect now and names that class: what
    /// tenants were told that it gets.
    ///
    /// # Errors
    /// [`RegisterError::NotEffective`], [`RegisterError::NotCovered`]; the store's.
    pub async fn require_effective(&self, key: &SubProcessorKey, class: DataClass) -> Result<Effective, RegisterError> {
        let now = self.now();
        let versions = self.0.stores.system().read(versions).await?;
        let effective = effective(&versions, key, now).filter(|version| version.facts.requires_second_factor);
        let effective = effective.ok_or_else(|| RegisterError::NotEffective(key.clone()))?;
        if !effective.facts.data_classes.contains(&class) {
            return Err(RegisterError::NotCovered { key: key.clone(), class });
        }
        Ok(Effective { key: key.clone(), version: effective.version })
    }

    /// What the version of an announcement says; nothing where it refers to none.
    ///
    /// # Errors
    /// The store's.
    pub async fn announced(&self, reference: &Reference) -> Result<Option<Announced>, RegisterError> {
        let versions = self.0.stores.system().read(versions).await?;
        let referred = |version: &sub_processor::Version| notice::reference(version).is_ok_and(|found| found == *reference);
        let found = versions.into_iter().find(referred);
        Ok(found.map(|version| Announced { facts: version.facts, notice_days: version.notice_days.unwrap_or(NOTICE_DAYS_DEFAULT) }))
    }

    fn now(&self) -> Timestamp {
        self.0.stores.clock().now()
    }

    /// Changes the register and says so in the instance's ledger, both or neither.
    async fn change(
        &self,
        actor: Actor,
        act: &'static str,
        key: SubProcessorKey,
        change: impl Fn(&mut Tx<'_>, &SubProcessorKey) -> Result<i64, RegisterError> + Send + 'static,
    ) -> Result<i64, RegisterError> {
        let keys = self.0.trust.keyring();
        let write = move |tx: &mut Tx<'_>| {
            let version = change(tx, &key)?;
            let payload = json!({ "act": act, "sub_processor": key.as_text(), "version": version });
            record_instance(tx, &*keys, actor, LeafEntry { kind: LeafKind::SubProcessorChanged, subject: None, payload })?;
            Ok::<_, RegisterError>(version)
        };
        self.0.stores.system().write(write).await
    }
}

fn versions(tx: &mut Tx<'_>) -> Result<Vec<sub_processor::Version>, RegisterError> {
    let rows = tx.query(&sql::SUB_PROCESSORS, &params![VERSIONS_MAX as i64])?;
    rows.iter().map(version).collect()
}

fn version(row: &Row) -> Result<sub_processor::Version, RegisterError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("the register of sub-processors has {what} that is none"));
    Ok(sub_processor::Version {
        key: row.get::<String>(0)?.parse().map_err(|_not_a_key| corrupt("a key"))?,
        version: row.get(1)?,
        facts: Facts {
            name: row.get(2)?,
            data_classes: classes_from_text(&row.get::<String>(3)?).ok_or_else(|| corrupt("a class of data"))?,
            data: row.get(4)?,
            people: row.get(5)?,
            locations: locations_from_text(&row.get::<String>(6)?),
            operations: row.get(7)?,
            compliance: row.get(8)?,
            requires_second_factor: row.get(9)?,
        },
        proposed_at: row.get(10)?,
        announced_at: row.get(11)?,
        notice_days: row.get(12)?,
        effective_at: row.get(13)?,
        ended_at: row.get(14)?,
    })
}

fn newest<'a>(versions: &'a [sub_processor::Version], key: &SubProcessorKey) -> Option<&'a sub_processor::Version> {
    versions.iter().filter(|version| version.key == *key).max_by_key(|version| version.version)
}

/// The version of an entry that is in effect.
fn effective<'a>(versions: &'a [sub_processor::Version], key: &SubProcessorKey, now: Timestamp) -> Option<&'a sub_processor::Version> {
    let in_effect = versions.iter().filter(|version| version.key == *key && version.state(now, false) == State::Effective);
    in_effect.max_by_key(|version| version.version)
}

impl std::fmt::Debug for Registers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registers")
    }
}
