//! Telling tenants. An announced version is entered in the ledger of every tenant, where its owners see it, and announced to them
//! by mail ([`crate::announcements`]), some tenants a step. When the last one has it and every mail lies in an outbox (or there is
//! nobody to mail, or no mail is sent at all), the notice begins, and when the notice is over the version takes effect. So
//! whatever holds the telling up puts the effect off, and never the other way round.

use std::time::Duration;

use kernel::{KeyRef, SystemWork, TenantId};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::sub_processor::Version;
use super::{RegisterError, Registers, versions};
use crate::announcements::{Announcement, AnnouncementKind, Reference, announce_to, not_announced_to, reach};
use crate::ledger::{LeafEntry, LeafKind, record_once};
use crate::store as sql;

/// How many days pass between the last tenant's being told and the effect, where nobody says otherwise.
pub const NOTICE_DAYS_DEFAULT: u16 = 30;
/// The fewest days.
pub const NOTICE_DAYS_MIN: u16 = 1;
/// The most days.
pub const NOTICE_DAYS_MAX: u16 = 365;
/// Tenants that one step tells.
pub const TOLD_AT_ONCE: usize = 100;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeStep {
    /// So many tenants were told.
    Told(usize),
    /// Every tenant was told of a version: its notice begins.
    Begun,
    /// Every tenant was told, and so many announcements are not handed over yet.
    Waiting(u64),
    /// Nobody is to be told of anything.
    Idle,
}

impl Registers {
    /// Tells some tenants of what was announced and they have not been told of, or begins a notice. May run twice: a tenant is told
    /// once.
    ///
    /// # Errors
    /// The stores': a tenant that cannot be told keeps the version from taking effect, and holds up no other.
    pub async fn notice_step(&self) -> Result<NoticeStep, RegisterError> {
        let versions = self.0.stores.system().read(versions).await?;
        let untold = |version: &&Version| version.announced_at.is_some() && version.effective_at.is_none() && version.ended_at.is_none();
        let (mut waiting, mut failed) = (0, None);
        for version in versions.iter().filter(untold) {
            match self.notice_of(version).await {
                // The others need not wait for it.
                Ok(NoticeStep::Waiting(open)) => waiting += open,
                Err(error) => failed = Some(error),
                step => return step,
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(if waiting > 0 { NoticeStep::Waiting(waiting) } else { NoticeStep::Idle }),
        }
    }

    async fn notice_of(&self, version: &Version) -> Result<NoticeStep, RegisterError> {
        let announcement = announcement(version)?;
        let untold = not_announced_to(&self.0.stores, announcement.kind, announcement.reference.clone()).await?;
        if untold.is_empty() {
            return self.begin_notice(version).await;
        }
        let (mut told, mut failed) = (Vec::new(), None);
        for tenant in untold {
            match self.tell(tenant, version).await {
                Ok(()) => told.push(tenant),
                Err(error) => {
                    tracing::error!(tenant.id = %tenant, error = %error, "a tenant cannot be told of a sub-processor");
                    failed = Some(error);
                }
            }
            if told.len() == TOLD_AT_ONCE {
                break;
            }
        }
        if let Some(error) = failed.filter(|_| told.is_empty()) {
            return Err(error.into());
        }
        let count = told.len();
        self.0.stores.system().write(move |tx| announce_to(tx, &told, &announcement).map(|_| ())).await?;
        Ok(NoticeStep::Told(count))
    }

    /// The notice begins where every announcement is settled.
    async fn begin_notice(&self, version: &Version) -> Result<NoticeStep, RegisterError> {
        let (key, number) = (version.key.clone(), version.version);
        let (days, reference) = (version.notice_days.unwrap_or(NOTICE_DAYS_DEFAULT), reference(version)?);
        let write = move |tx: &mut Tx<'_>| {
            let reach = reach(tx, AnnouncementKind::SubProcessorAnnounced, &reference)?;
            if reach.settled < reach.tenants {
                return Ok(NoticeStep::Waiting(reach.tenants - reach.settled));
            }
            let effective_at = tx.now().plus(DAY * u32::from(days));
            tx.execute(&sql::TOLD_OF_SUB_PROCESSOR, &params![key.as_text(), number, effective_at])?;
            Ok::<_, RegisterError>(NoticeStep::Begun)
        };
        self.0.stores.system().write(write).await
    }

    async fn tell(&self, tenant: TenantId, version: &Version) -> Result<(), StoreError> {
        let scope = self.0.mint.system(tenant, SystemWork::Reconciler);
        let payload = json!({
            "sub_processor": version.key.as_text(),
            "version": version.version,
            "name": version.facts.name,
            "operations": version.facts.operations,
            "notice_days": version.notice_days,
        });
        let (keys, entry) = (self.0.trust.keyring(), LeafEntry { kind: LeafKind::SubProcessorAnnounced, subject: None, payload });
        let store = self.0.stores.tenant(&scope);
        // A step that was cut off tells the same tenants again: each has one entry of a version.
        let act = format!("{} {}", version.key.as_text(), version.version);
        let tell = move |tx: &mut Tx<'_>| {
            // Erased meanwhile: there is nobody left to be told.
            if keys.was_destroyed(KeyRef::Tenant(tenant))? {
                return Ok(());
            }
            record_once(tx, &*keys, &scope, entry.clone(), act.as_bytes()).map(|_| ())
        };
        store.write(tell).await
    }
}

/// By what the announcement of a version is known: the entry and the version, as in `example-mail.2`.
pub(super) fn reference(version: &Version) -> Result<Reference, StoreError> {
    let text = format!("{}.{}", version.key.as_text(), version.version);
    text.parse().map_err(|error: crate::announcements::NoReference| StoreError::Misuse(error.to_string()))
}

fn announcement(version: &Version) -> Result<Announcement, StoreError> {
    let days = version.notice_days.unwrap_or(NOTICE_DAYS_DEFAULT);
    let facts = [("notice_days".to_owned(), i64::from(days)), ("version".to_owned(), version.version)].into();
    Ok(Announcement { kind: AnnouncementKind::SubProcessorAnnounced, reference: reference(version)?, facts })
}
