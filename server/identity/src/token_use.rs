//! What happens when a token is shown: whether it works, here, now, and what is noted of it.
//!
//! Nothing of a token is kept in memory between requests but from where it was seen: what was revoked, rotated or taken from its
//! owner holds in the next request, on every node. Of an address a keyed hash of its network stays for a day, of its own for
//! each token, so that two of them cannot be joined.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{ClientCertificate, KeyRef, KeyRing, Permission, Source, SystemWork, TenantId, Timestamp, TokenId, UserId};
use seal::hash::sha256;
use seal::token::TokenKind as SealKind;
use serde_json::json;
use store::{Row, Sealed, StoreError, params};
use trust::LeafKind;

use crate::certificate;
use crate::data_map::place;
use crate::network::{Networks, first_of};
use crate::store::keys as sql;
use crate::token::{TokenKind, permissions_from_text};
use crate::{Identity, IdentityError};

/// Use is noted at most this often.
pub const TOKEN_NOTED_EVERY: Duration = Duration::from_secs(3_600);
/// From where a token is used is noted at most this often, so that what follows is exact to this.
pub const NETWORK_NOTED_EVERY: Duration = Duration::from_secs(600);
/// An API token that is used from more networks than this within [`SHARING_TIME`] counts as shared.
pub const TOKEN_NETWORKS_MAX: i64 = 5;
/// For how long a network counts.
pub const SHARING_TIME: Duration = Duration::from_secs(3_600);
/// How many bits of an address make its network: what one site usually has. IPv4, then IPv6.
pub const NETWORK_BITS: (u8, u8) = (24, 48);
/// Networks that are remembered as noted (640 KiB); when there would be more, all are noted anew.
const SIGHTINGS_MAX: usize = 10_000;
/// For which purpose networks are hashed.
const PURPOSE: &str = "token-network";

/// A token as found by its secret.
#[derive(Clone, Debug)]
pub(crate) struct FoundToken {
    pub(crate) token: TokenId,
    pub(crate) tenant: TenantId,
    pub(crate) kind: TokenKind,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) owner: Option<UserId>,
    pub(crate) devices: Option<Vec<Arc<str>>>,
    pub(crate) networks: Networks,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) requires_certificate: bool,
    /// The digest of its present secret; that of one that retires is another.
    pub(crate) digest: [u8; 32],
    last_used_at: Option<Timestamp>,
    shared_at: Option<Timestamp>,
}

/// On which devices and from where a token works.
pub(crate) struct Limits {
    /// Selectors; absent for all devices.
    pub(crate) devices: Option<Vec<Arc<str>>>,
    pub(crate) networks: Networks,
}

/// When networks were noted last, by their hashes.
#[derive(Default)]
pub(crate) struct Sightings(Mutex<HashMap<[u8; 32], Duration>>);

impl Sightings {
    /// Whether a network is to be noted at a moment of the monotonic clock.
    fn is_due(&self, network: [u8; 32], now: Duration) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&network).is_some_and(|at| now.saturating_sub(*at) < NETWORK_NOTED_EVERY) {
            return false;
        }
        if noted.len() >= SIGHTINGS_MAX {
            noted.clear();
        }
        noted.insert(network, now);
        true
    }

    /// Forgets all of them: somebody's marks were taken away.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Identity {
    /// The token of a secret's digest, whether or not it works here and now, and whether it works with what was shown with it.
    pub(crate) async fn token_of(
        &self,
        (digest, kind): ([u8; 32], SealKind),
        shown: Option<ClientCertificate>,
    ) -> Result<Option<(FoundToken, bool)>, IdentityError> {
        let (keys, now) = (self.keys(), self.clock().now());
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::TOKEN_BY_DIGEST, &params![digest, now])?;
            let Some(found) = row.map(|row| found_of(keys.as_ref(), &row)).transpose()? else { return Ok(None) };
            let fits = certificate::fits(tx, &found, shown)?;
            Ok::<_, StoreError>(Some((found, fits)))
        });
        Ok(read.await?.filter(|(found, _)| found.kind.seal_kind() == kind))
    }

    /// Notes that a token was used, and from where.
    pub(crate) async fn note_use(&self, found: &FoundToken, source: Source) -> Result<(), IdentityError> {
        let (token, now) = (found.token, self.clock().now());
        if found.last_used_at.is_none_or(|used| now.since(used) >= TOKEN_NOTED_EVERY) {
            self.db().write(move |tx| tx.execute(&sql::TOUCH_TOKEN, &params![token, now])).await?;
        }
        match source {
            // A script that reports runs on many machines; a program that reads runs somewhere.
            Source::Network(address) if found.kind == TokenKind::Api && found.shared_at.is_none() => self.see(found, address).await,
            _ => Ok(()),
        }
    }

    async fn see(&self, found: &FoundToken, address: IpAddr) -> Result<(), IdentityError> {
        let (keys, tenant, token, now) = (self.keys(), found.tenant, found.token, self.clock().now());
        let network = network_of(token, address);
        if !self.0.sightings.is_due(sha256(&network), self.clock().monotonic()) {
            return Ok(());
        }
        let since = now.minus(SHARING_TIME);
        let write = self.db().write(move |tx| {
            let index = keys.blind_index(KeyRef::Tenant(tenant), PURPOSE, &network)?;
            tx.execute(&sql::SEE_NETWORK, &params![token, index, tenant, now])?;
            tx.query_one(&sql::COUNT_NETWORKS, &params![token, since])?.get::<i64>(0)
        });
        let networks = write.await?;
        if networks <= TOKEN_NETWORKS_MAX {
            return Ok(());
        }
        let scope = self.mint().system(tenant, SystemWork::SignIn);
        self.record(&scope, LeafKind::TokenShared, Some(token.number()), json!({ "networks": networks })).await?;
        self.db().write(move |tx| tx.execute(&sql::MARK_SHARED, &params![tenant, token, now])).await?;
        Ok(())
    }
}

/// What is hashed: the network behind the token's number, so that what is noted of two tokens cannot be joined.
fn network_of(token: TokenId, address: IpAddr) -> Vec<u8> {
    let bits = if address.is_ipv4() { NETWORK_BITS.0 } else { NETWORK_BITS.1 };
    let mut bytes = token.number().to_be_bytes().to_vec();
    match first_of(address, bits) {
        IpAddr::V4(first) => bytes.extend(first.octets()),
        IpAddr::V6(first) => bytes.extend(first.octets()),
    }
    bytes
}

/// A row of [`sql::TOKEN_BY_DIGEST`] or [`sql::TOKEN_BY_ID`].
pub(crate) fn found_of(keys: &dyn KeyRing, row: &Row) -> Result<FoundToken, StoreError> {
    let (token, tenant): (TokenId, TenantId) = (row.get(0)?, row.get(1)?);
    let Limits { devices, networks } = limits_of(keys, tenant, token, (row.get(7)?, row.get(8)?))?;
    Ok(FoundToken {
        token,
        tenant,
        kind: TokenKind::from_text(&row.get::<String>(2)?)?,
        permissions: permissions_from_text(&row.get::<String>(3)?),
        owner: row.get(6)?,
        devices,
        networks,
        expires_at: row.get(4)?,
        last_used_at: row.get(5)?,
        shared_at: row.get(9)?,
        requires_certificate: row.get(10)?,
        digest: row.get(11)?,
    })
}

/// On which devices and from where a token works, opened.
pub(crate) fn limits_of(
    keys: &dyn KeyRing,
    tenant: TenantId,
    token: TokenId,
    (devices, networks): (Option<Sealed<Vec<String>>>, Option<Sealed<Networks>>),
) -> Result<Limits, StoreError> {
    let (key, row) = (KeyRef::Tenant(tenant), token.number());
    let devices = devices.map(|sealed| sealed.open(keys, key, place::token_devices(row))).transpose()?;
    let devices = devices.map(|texts| texts.into_iter().map(Arc::from).collect());
    let networks = networks.map(|sealed| sealed.open(keys, key, place::token_networks(row))).transpose()?;
    Ok(Limits { devices, networks: networks.unwrap_or_default() })
}
