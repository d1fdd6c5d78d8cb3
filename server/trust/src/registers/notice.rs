//! Telling tenants. An announced version is entered in the ledger of every tenant, where its owners see it, some tenants a
//! step; when the last one has it, the notice begins, and when the notice is over the version takes effect. So whatever holds
//! the telling up puts the effect off, and never the other way round.

use std::time::Duration;

use kernel::{KeyRef, SystemWork, TenantId};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::sub_processor::Version;
use super::{RegisterError, Registers, versions};
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
    /// Nobody is to be told of anything.
    Idle,
}

impl Registers {
    /// Tells some tenants of what was announced and they have not been told of. May run twice: a tenant is told once.
    ///
    /// # Errors
    /// The stores': a tenant that cannot be told keeps the version from taking effect.
    pub async fn notice_step(&self) -> Result<NoticeStep, RegisterError> {
        let versions = self.0.stores.system().read(versions).await?;
        let untold = |version: &&Version| version.announced_at.is_some() && version.effective_at.is_none() && version.ended_at.is_none();
        let Some(version) = versions.iter().find(untold) else { return Ok(NoticeStep::Idle) };
        let mut tenants = self.0.stores.tenants().await?;
        tenants.retain(|tenant| tenant.number() > version.told_up_to);
        tenants.sort_unstable();
        let is_last = tenants.len() <= TOLD_AT_ONCE;
        tenants.truncate(TOLD_AT_ONCE);
        for tenant in &tenants {
            if let Err(error) = self.tell(*tenant, version).await {
                tracing::error!(tenant.id = %tenant, error = %error, "a tenant cannot be told of a sub-processor");
                return Err(error.into());
            }
        }
        let told_up_to = tenants.last().map_or(version.told_up_to, |tenant| tenant.number());
        let (key, number, notice_days) = (version.key.clone(), version.version, version.notice_days.unwrap_or(NOTICE_DAYS_DEFAULT));
        let write = move |tx: &mut Tx<'_>| {
            let effective_at = is_last.then(|| tx.now().plus(DAY * u32::from(notice_days)));
            tx.execute(&sql::TOLD_OF_SUB_PROCESSOR, &params![key.as_text(), number, told_up_to, effective_at])?;
            Ok::<_, RegisterError>(())
        };
        self.0.stores.system().write(write).await?;
        Ok(NoticeStep::Told(tenants.len()))
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
