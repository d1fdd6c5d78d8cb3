//! What a tenant demands of credentials: how long API tokens live, and from which networks each kind works.
//!
//! The list is held against where a request comes from before anything else is asked of a credential that was found: from
//! elsewhere the answer is the same whether it works, has expired or may not do this. A credential that does not exist has no
//! tenant, so there is no list, and it gets the answer that it gets everywhere; at sign-in, where that would tell who has an
//! account, everything from elsewhere gets the answer of a wrong password.
//!
//! Every request needs the policy, so it is kept for [`POLICY_FRESH_FOR`]: a change holds at once on the node that makes it, and
//! within that time on the others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::{Actor, KeyRef, KeyRing, Scope, Source, SystemWork, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::network::Networks;
use crate::store::keys as sql;
use crate::{Identity, IdentityError};

/// Longest life of an API token where the tenant says nothing else, in days.
pub const TOKEN_DAYS_MAX_DEFAULT: u16 = 365;
/// Longest life that a tenant can allow.
pub const TOKEN_DAYS_MAX_MAX: u16 = 1_096;
/// How far the clock of whoever asks for "a year" may go ahead of the server's.
pub const EXPIRY_SLACK: Duration = Duration::from_secs(3_600);
/// For how long a policy that was read is taken as it was.
pub const POLICY_FRESH_FOR: Duration = Duration::from_secs(2);
/// Policies that are kept at once (2 MiB without lists); where there would be more, all are read anew.
const POLICIES_MAX: usize = 10_000;

/// Which credentials a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// Sessions and sign-ins of people.
    People,
    /// API tokens.
    Api,
    /// Devices, scripts that report, and joining.
    Agents,
}

/// The networks from which each kind is let in; where a list is empty, from all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowLists {
    /// For people.
    pub people: Networks,
    /// For API tokens.
    pub api: Networks,
    /// For devices and scripts.
    pub agents: Networks,
}

/// What a tenant demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPolicy {
    /// Longest life of an API token, in days.
    pub token_days_max: u16,
    /// From where.
    pub networks: AllowLists,
}

/// Who asks for a change, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// From where the request comes.
    pub source: Source,
    /// Whether it is known to shut out whoever asks.
    pub lock_me_out: bool,
}

impl Default for AccessPolicy {
    fn default() -> Self {
        Self { token_days_max: TOKEN_DAYS_MAX_DEFAULT, networks: AllowLists::default() }
    }
}

impl AllowLists {
    /// The list for a kind.
    #[must_use]
    pub const fn of(&self, kind: CredentialKind) -> &Networks {
        match kind {
            CredentialKind::People => &self.people,
            CredentialKind::Api => &self.api,
            CredentialKind::Agents => &self.agents,
        }
    }
}

impl AccessPolicy {
    /// Until when an API token lives at the longest that is made now.
    #[must_use]
    pub fn latest_expiry(&self, now: Timestamp) -> Timestamp {
        now.plus(Duration::from_secs(u64::from(self.token_days_max) * 86_400)).plus(EXPIRY_SLACK)
    }
}

/// The policies that were read last, each with when, by the monotonic clock.
#[derive(Default)]
pub(crate) struct Policies(Mutex<HashMap<TenantId, (Duration, AccessPolicy)>>);

impl Policies {
    fn fresh(&self, tenant: TenantId, now: Duration) -> Option<AccessPolicy> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&tenant).filter(|(at, _)| now.saturating_sub(*at) < POLICY_FRESH_FOR).map(|(_, policy)| policy.clone())
    }

    fn keep(&self, tenant: TenantId, now: Duration, policy: AccessPolicy) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= POLICIES_MAX {
            known.clear();
        }
        known.insert(tenant, (now, policy));
    }
}

impl Identity {
    /// What the scope's tenant demands of credentials.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn access_policy(&self, scope: &Scope) -> Result<AccessPolicy, IdentityError> {
        Ok(self.read_policy(scope.tenant()).await?.0)
    }

    /// Whether a tenant lets a kind of credential in from there.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn lets_in(&self, tenant: TenantId, kind: CredentialKind, source: Source) -> Result<bool, IdentityError> {
        let now = self.clock().monotonic();
        if let Some(policy) = self.0.policies.fresh(tenant, now) {
            return Ok(policy.networks.of(kind).admit(source));
        }
        let (policy, _) = self.read_policy(tenant).await?;
        let is_let_in = policy.networks.of(kind).admit(source);
        self.0.policies.keep(tenant, now, policy);
        Ok(is_let_in)
    }

    /// Demands something else of credentials from now on.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::WouldLockOut`] where whoever asks would be shut out and does not
    /// say that this is meant; [`IdentityError::ChangedMeanwhile`]; keys and store.
    pub async fn change_access_policy(&self, scope: &Scope, policy: AccessPolicy, asking: Asking) -> Result<AccessPolicy, IdentityError> {
        self.check_access_policy(scope, &policy, asking)?;
        let tenant = scope.tenant();
        let (_, version) = self.read_policy(tenant).await?;
        let told = self.record(scope, LeafKind::AccessPolicyChanged, Some(tenant.number()), told_of(&policy)).await?;
        let (keys, stored) = (self.keys(), policy.clone());
        if self.db().write(move |tx| put(tx, &told, keys.as_ref(), (tenant, version), &stored)).await? != 1 {
            return Err(IdentityError::ChangedMeanwhile);
        }
        self.0.policies.keep(tenant, self.clock().monotonic(), policy.clone());
        Ok(policy)
    }

    /// Refuses what may not be demanded.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] and [`IdentityError::WouldLockOut`].
    pub(crate) fn check_access_policy(&self, scope: &Scope, policy: &AccessPolicy, asking: Asking) -> Result<(), IdentityError> {
        if !(1..=TOKEN_DAYS_MAX_MAX).contains(&policy.token_days_max) {
            let detail = format!("an API token lives from 1 to {TOKEN_DAYS_MAX_MAX} days at the longest");
            return Err(IdentityError::Invalid { field: "token_days_max", detail });
        }
        let kind = if matches!(scope.actor(), Actor::ApiToken(_)) { CredentialKind::Api } else { CredentialKind::People };
        if !asking.lock_me_out && !policy.networks.of(kind).admit(asking.source) {
            return Err(IdentityError::WouldLockOut);
        }
        Ok(())
    }

    /// Takes every allow-list of a tenant away: the way back in for whoever shut everybody out. Host-side.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown tenant; as [`Identity::change_access_policy`].
    pub async fn clear_allow_lists(&self, tenant: TenantId) -> Result<(), IdentityError> {
        self.settings(tenant).await?;
        let scope = self.mint().system(tenant, SystemWork::HostAdministration);
        let policy = AccessPolicy { networks: AllowLists::default(), ..self.access_policy(&scope).await? };
        self.change_access_policy(&scope, policy, Asking { source: Source::Host, lock_me_out: false }).await.map(|_policy| ())
    }

    async fn read_policy(&self, tenant: TenantId) -> Result<(AccessPolicy, i64), IdentityError> {
        let keys = self.keys();
        Ok(self.db().read(move |tx| read(tx, keys.as_ref(), tenant)).await?)
    }
}

/// What the ledger is told: how many networks each list has. Which stays out: they tell where somebody sits.
fn told_of(policy: &AccessPolicy) -> serde_json::Value {
    let AllowLists { people, api, agents } = &policy.networks;
    let count = |networks: &Networks| networks.texts().len();
    json!({ "token_days_max": policy.token_days_max, "networks": { "people": count(people), "api": count(api), "agents": count(agents) } })
}

fn put(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, version): (TenantId, i64),
    policy: &AccessPolicy,
) -> Result<u64, StoreError> {
    let networks = Sealed::seal(keys, KeyRef::Tenant(tenant), place::policy_networks(tenant.number()), &policy.networks)?;
    tx.execute(&sql::PUT_ACCESS_POLICY, &params![tenant, i64::from(policy.token_days_max), networks, version])
}

/// A tenant's policy and its version; 0 where it never said anything.
fn read(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId) -> Result<(AccessPolicy, i64), StoreError> {
    let Some(row) = tx.query_optional(&sql::ACCESS_POLICY, &params![tenant])? else {
        return Ok((AccessPolicy::default(), 0));
    };
    let days: i64 = row.get(0)?;
    let sealed: Sealed<AllowLists> = row.get(1)?;
    let policy = AccessPolicy {
        token_days_max: u16::try_from(days).map_err(|_| StoreError::Corrupt("the longest life of a token".into()))?,
        networks: sealed.open(keys, KeyRef::Tenant(tenant), place::policy_networks(tenant.number()))?,
    };
    Ok((policy, row.get(2)?))
}
