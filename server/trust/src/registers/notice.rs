//! Telling tenants. An announced version is entered in the ledger of every tenant, where its owners see it, and announced to them
//! by mail ([`crate::announcements`]), some tenants a step. When the last one has it and every mail lies in an outbox (or there is
//! nobody to mail, or no mail is sent at all), the notice begins, and when the notice is over the version takes effect. So
//! whatever holds the telling up puts the effect off, and never the other way round.

use std::time::Duration;

use kernel::{KeyRef, SystemWork, TenantId, Timestamp};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::sub_processor::Version;
use super::{RegisterError, Registers, versions};
use crate::announcements::{Announcement, AnnouncementKind, Reference, announce_to, reach};
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
    /// The stores': a tenant that cannot be told keeps the version from taking effect.
    pub async fn notice_step(&self) -> Result<NoticeStep, RegisterError> {
        let versions = self.0.stores.system().read(versions).await?;
        let untold = |version: &&Version| version.announced_at.is_some() && version.effective_at.is_none() && version.ended_at.is_none();
        let mut waiting = 0;
        for version in versions.iter().filter(untold) {
            match self.notice_of(version).await? {
                // The others need not wait for it.
                NoticeStep::Waiting(open) => waiting += open,
                step => return Ok(step),
            }
        }
        Ok(if waiting > 0 { NoticeStep::Waiting(waiting) } else { NoticeStep::Idle })
    }

    async fn notice_of(&self, version: &Version) -> Result<NoticeStep, RegisterError> {
        let mut tenants = self.0.stores.tenants().await?;
        tenants.retain(|tenant| tenant.number() > version.told_up_to);
        tenants.sort_unstable();
        tenants.truncate(TOLD_AT_ONCE);
        let Some(last) = tenants.last().copied() else { return self.begin_notice(version).await };
        for tenant in &tenants {
            if let Err(error) = self.tell(*tenant, version).await {
                tracing::error!(tenant.id = %tenant, error = %error, "a tenant cannot be told of a sub-processor");
                return Err(error.into());
            }
        }
        let told = tenants.len();
        let (key, number, announcement) = (version.key.clone(), version.version, announcement(version)?);
        let write = move |tx: &mut Tx<'_>| {
            announce_to(tx, &tenants, &announcement)?;
            tx.execute(&sql::TOLD_OF_SUB_PROCESSOR, &params![key.as_text(), number, last.number(), None::<Timestamp>])?;
            Ok::<_, RegisterError>(())
        };
        self.0.stores.system().write(write).await?;
        Ok(NoticeStep::Told(told))
    }

    /// The notice begins where every announcement is settled.
    async fn begin_notice(&self, version: &Version) -> Result<NoticeStep, RegisterError> {
        let (key, number, told_up_to) = (version.key.clone(), version.version, version.told_up_to);
        let (days, reference) = (version.notice_days.unwrap_or(NOTICE_DAYS_DEFAULT), reference(version)?);
        let write = move |tx: &mut Tx<'_>| {
            let reach = reach(tx, AnnouncementKind::SubProcessorAnnounced, &reference)?;
            if reach.settled < reach.tenants {
                return Ok(NoticeStep::Waiting(reach.tenants - reach.settled));
            }
            let effective_at = tx.now().plus(DAY * u32::from(days));
            tx.execute(&sql::TOLD_OF_SUB_PROCESSOR, &params![key.as_text(), number, told_up_to, effective_at])?;
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
