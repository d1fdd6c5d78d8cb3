//! Tenants: their numbers, names and settings.

use std::sync::PoisonError;
use std::time::Duration;

use kernel::{KeyRef, KeyRing, Page, PageRequest, Scope, SystemWork, TenantId, Timestamp};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::link::{OneTimeLink, Purpose};
use crate::preset::Preset;
use crate::store as sql;
use crate::{Identity, IdentityError, Name};

/// Silence after which a device is stale unless the tenant says otherwise: three missed hourly reports.
pub const STALE_AFTER_DEFAULT: Duration = Duration::from_secs(3 * 3_600);
/// Silence after which a device is lost unless the tenant says otherwise.
pub const LOST_AFTER_DEFAULT: Duration = Duration::from_secs(7 * 86_400);
/// Shortest silence that may count as stale: below it a late report would be an alarm.
pub const STALE_AFTER_MIN: Duration = Duration::from_secs(10 * 60);
/// Longest silence before a device is lost.
pub const LOST_AFTER_MAX: Duration = Duration::from_secs(366 * 86_400);

/// A tenant's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The organisation's name.
    pub name: Name,
    /// Silence after which a device is stale; at least [`STALE_AFTER_MIN`], shorter than `lost_after`.
    pub stale_after: Duration,
    /// Silence after which a device is lost; at most [`LOST_AFTER_MAX`].
    pub lost_after: Duration,
    /// What passwords and sessions are held to.
    pub preset: Preset,
}

/// A change of settings: what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// The organisation's name.
    pub name: Option<Name>,
    /// Silence after which a device is stale.
    pub stale_after: Option<Duration>,
    /// Silence after which a device is lost.
    pub lost_after: Option<Duration>,
    /// What passwords and sessions are held to.
    pub preset: Option<Preset>,
}

/// A tenant that was just made.
#[derive(Clone, Debug)]
pub struct CreatedTenant {
    /// Its number.
    pub tenant: TenantId,
    /// By which its owner sets the account up.
    pub link: OneTimeLink,
}

/// A tenant in the host's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSummary {
    /// Its number.
    pub tenant: TenantId,
    /// The organisation's name.
    pub name: Name,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Identity {
    /// Makes a tenant: a random number, its keys and store, and the link for its owner. Host-side.
    ///
    /// Nothing is visible before the last step, so a failure in between leaves a number without a name and no more.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the name; keys and store.
    pub async fn create_tenant(&self, name: &str) -> Result<CreatedTenant, IdentityError> {
        let name: Name = name.parse().map_err(|error| IdentityError::invalid("name", &error))?;
        self.make_tenant(TenantId::from_random(self.rng().bits()), name).await
    }

    /// As [`Identity::create_tenant`], of an organisation that tells no name: it goes by the tenant's number.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn create_unnamed_tenant(&self) -> Result<CreatedTenant, IdentityError> {
        let tenant = TenantId::from_random(self.rng().bits());
        let number = tenant.to_string().parse().map_err(|error| IdentityError::invalid("name", &error))?;
        self.make_tenant(tenant, number).await
    }

    async fn make_tenant(&self, tenant: TenantId, name: Name) -> Result<CreatedTenant, IdentityError> {
        self.0.trust.create_tenant(tenant).await?;
        self.0.stores.create_tenant(tenant).await?;
        let scope = self.mint().system(tenant, SystemWork::HostAdministration);
        let told = self.record(&scope, LeafKind::TenantCreated, Some(tenant.number()), json!({})).await?;
        let keys = self.keys();
        self.db()
            .write(move |tx| {
                let name = seal_name(keys.as_ref(), tenant, &name)?;
                let (stale, lost) = (seconds(STALE_AFTER_DEFAULT), seconds(LOST_AFTER_DEFAULT));
                let now = tx.now();
                tx.execute(&sql::INSERT_TENANT, &params![tenant, name, stale, lost, now])
            })
            .await?;
        let link = self.make_link(&told, &scope, Purpose::Setup, None).await?;
        Ok(CreatedTenant { tenant, link })
    }

    /// A page of all tenants, by number. Host-side.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the cursor; keys and store.
    pub async fn list_tenants(&self, page: PageRequest) -> Result<Page<TenantSummary>, IdentityError> {
        let after =
            page.cursor.map(|cursor| cursor.parse::<TenantId>()).transpose().map_err(|error| IdentityError::invalid("cursor", &error))?;
        let (keys, limit) = (self.keys(), page.limit);
        let rows = self
            .db()
            .read(move |tx| {
                let rows = tx.query(&sql::TENANTS_AFTER, &params![after.map_or(0, TenantId::number), i64::from(limit) + 1])?;
                let summary = |row: &Row| {
                    let tenant = row.get(0)?;
                    Ok(TenantSummary { tenant, name: open_name(keys.as_ref(), tenant, &row.get(1)?)?, created_at: row.get(2)? })
                };
                rows.iter().map(summary).collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        Ok(Page::of_one_more(rows, limit, |row| row.tenant.to_string()))
    }

    /// A tenant's settings.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; keys and store.
    pub async fn settings(&self, tenant: TenantId) -> Result<Settings, IdentityError> {
        if let Some(known) = self.0.settings.read().unwrap_or_else(PoisonError::into_inner).get(&tenant) {
            return Ok(known.clone());
        }
        let keys = self.keys();
        let read = self.db().read(move |tx| read_settings(tx, keys.as_ref(), tenant)).await?;
        let (settings, _) = read.ok_or(IdentityError::NotFound)?;
        self.remember(tenant, settings.clone());
        Ok(settings)
    }

    /// Whether there is such a tenant.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn tenant_exists(&self, tenant: TenantId) -> Result<bool, IdentityError> {
        match self.settings(tenant).await {
            Ok(_) => Ok(true),
            Err(IdentityError::NotFound) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Changes the settings of the scope's tenant and gives the new ones.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::ChangedMeanwhile`]; keys and store.
    pub async fn change_settings(&self, scope: &Scope, change: SettingsChange) -> Result<Settings, IdentityError> {
        let tenant = scope.tenant();
        let keys = self.keys();
        let read = self.db().read(move |tx| read_settings(tx, keys.as_ref(), tenant)).await?;
        let (settings, version) = read.ok_or(IdentityError::NotFound)?;
        let settings = changed(settings, change)?;
        let payload = json!({
            "stale_after_seconds": seconds(settings.stale_after),
            "lost_after_seconds": seconds(settings.lost_after),
            "preset": settings.preset.text(),
        });
        let told = self.record(scope, LeafKind::SettingsChanged, None, payload).await?;
        let (keys, stored) = (self.keys(), settings.clone());
        let rows = self.db().write(move |tx| update(tx, &told, keys.as_ref(), (tenant, version), &stored)).await?;
        if rows != 1 {
            return Err(IdentityError::ChangedMeanwhile);
        }
        self.remember(tenant, settings.clone());
        Ok(settings)
    }

    /// Forgets a tenant whose rows are gone.
    pub fn forget_tenant(&self, tenant: TenantId) {
        self.0.settings.write().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    fn remember(&self, tenant: TenantId, settings: Settings) {
        self.0.settings.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, settings);
    }
}

/// Writes settings where nobody else did since they were read: how many rows.
fn update(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, version): (TenantId, i64),
    settings: &Settings,
) -> Result<u64, StoreError> {
    let name = seal_name(keys, tenant, &settings.name)?;
    let (stale, lost) = (seconds(settings.stale_after), seconds(settings.lost_after));
    tx.execute(&sql::UPDATE_TENANT, &params![tenant, version, name, stale, lost, settings.preset.text()])
}

fn changed(old: Settings, change: SettingsChange) -> Result<Settings, IdentityError> {
    let new = Settings {
        name: change.name.unwrap_or(old.name),
        stale_after: change.stale_after.unwrap_or(old.stale_after),
        lost_after: change.lost_after.unwrap_or(old.lost_after),
        preset: change.preset.unwrap_or(old.preset),
    };
    if new.stale_after < STALE_AFTER_MIN {
        let detail = format!("a device is stale after {} seconds at the earliest", STALE_AFTER_MIN.as_secs());
        return Err(IdentityError::Invalid { field: "stale_after_seconds", detail });
    }
    if new.lost_after <= new.stale_after || new.lost_after > LOST_AFTER_MAX {
        let detail = format!("a device is lost later than it is stale, and after {} seconds at the latest", LOST_AFTER_MAX.as_secs());
        return Err(IdentityError::Invalid { field: "lost_after_seconds", detail });
    }
    Ok(new)
}

fn read_settings(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId) -> Result<Option<(Settings, i64)>, StoreError> {
    let Some(row) = tx.query_optional(&sql::TENANT_BY_ID, &params![tenant])? else {
        return Ok(None);
    };
    let settings = Settings {
        name: open_name(keys, tenant, &row.get(0)?)?,
        stale_after: Duration::from_secs(row.get(1)?),
        lost_after: Duration::from_secs(row.get(2)?),
        preset: Preset::from_text(&row.get::<String>(5)?).ok_or_else(|| StoreError::Corrupt(format!("the preset of {tenant}")))?,
    };
    Ok(Some((settings, row.get(4)?)))
}

fn seal_name(keys: &dyn KeyRing, tenant: TenantId, name: &Name) -> Result<Sealed<String>, StoreError> {
    Sealed::seal(keys, KeyRef::Tenant(tenant), place::tenant_name(tenant.number()), &name.as_text().to_owned())
}

fn open_name(keys: &dyn KeyRing, tenant: TenantId, sealed: &Sealed<String>) -> Result<Name, StoreError> {
    let text = sealed.open(keys, KeyRef::Tenant(tenant), place::tenant_name(tenant.number()))?;
    text.parse().map_err(|_| StoreError::Corrupt(format!("the name of {tenant} is no name")))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
