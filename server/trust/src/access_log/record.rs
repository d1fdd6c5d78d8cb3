//! What is kept of a request.

use std::borrow::Cow;
use std::net::IpAddr;

use kernel::{Actor, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use store::StoreError;
use web::{Accessed, PeerInfo};

use crate::day_keys::{DayKey, Named, Pseudonym};

/// Largest segment, unpacked, in bytes.
const SEGMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// By which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Over the network.
    Network,
    /// Over the Unix socket, from this host.
    Socket,
    /// Within the server.
    Process,
}

/// A request as the access log has it. Pseudonyms are of its day: they are alike for the same address, actor or client on
/// the same day, and tell nothing without that day's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRecord {
    /// When it came.
    pub at: Timestamp,
    /// Its method, or `other`.
    pub method: Cow<'static, str>,
    /// The template of its route, or `none`.
    pub route: String,
    /// The answer's status.
    pub status: u16,
    /// Bytes of the answer's body, where they were known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How long it took until the answer began, in microseconds.
    pub duration_us: u64,
    /// The tenant whose credential was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Which kind of actor that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_kind: Option<Cow<'static, str>>,
    /// The actor's pseudonym.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Pseudonym>,
    /// By which way it came.
    pub way: Way,
    /// The pseudonym of the address that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Pseudonym>,
    /// The pseudonym of what the client said that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Pseudonym>,
}

impl AccessRecord {
    /// Of a request, with the pseudonyms of its day.
    pub(super) fn of(accessed: &Accessed<'_>, key: &DayKey) -> Self {
        let (way, peer) = match accessed.peer {
            PeerInfo::Network(address) => (Way::Network, Some(peer_pseudonym(key, address.ip()))),
            PeerInfo::Local => (Way::Socket, None),
            PeerInfo::Unknown => (Way::Process, None),
        };
        Self {
            at: accessed.at,
            method: Cow::Borrowed(accessed.method),
            route: accessed.route.to_owned(),
            status: accessed.status,
            bytes: accessed.bytes,
            duration_us: u64::try_from(accessed.duration.as_micros()).unwrap_or(u64::MAX),
            tenant: accessed.tenant,
            actor_kind: accessed.actor.map(|actor| Cow::Borrowed(actor_columns(actor).0)),
            actor: accessed.actor.map(|actor| actor_pseudonym(key, actor)),
            way,
            peer,
            user_agent: accessed.user_agent.map(|text| key.pseudonym(Named::UserAgent, text)),
        }
    }
}

/// An address has one pseudonym, whether it comes as itself or within IPv6.
pub(super) fn peer_pseudonym(key: &DayKey, address: IpAddr) -> Pseudonym {
    key.pseudonym(Named::Peer, address.to_canonical().to_string().as_bytes())
}

pub(super) fn user_pseudonym(key: &DayKey, user: UserId) -> Pseudonym {
    actor_pseudonym(key, Actor::User(user))
}

fn actor_pseudonym(key: &DayKey, actor: Actor) -> Pseudonym {
    let (kind, number) = actor_columns(actor);
    key.pseudonym(Named::Actor, format!("{kind} {number}").as_bytes())
}

fn actor_columns(actor: Actor) -> (&'static str, i64) {
    match actor {
        Actor::User(user) => ("user", user.number()),
        Actor::ApiToken(token) => ("api-token", token.number()),
        Actor::TelemetryToken(token) => ("telemetry-token", token.number()),
        Actor::Device(device) => ("device", device.number()),
        Actor::Operator(operator) => ("operator", operator.number()),
        Actor::System(_) => ("system", 0),
    }
}

/// Records as a segment holds them before it is sealed: JSON, packed.
pub(super) fn pack(records: &[AccessRecord], level: i32) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(records).map_err(|error| StoreError::Misuse(error.to_string()))?;
    zstd::bulk::compress(&json, level).map_err(|error| StoreError::Misuse(error.to_string()))
}

/// The records of an opened segment.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<AccessRecord>, StoreError> {
    let corrupt = |error: String| StoreError::Corrupt(format!("a segment of the access log is not what it should be: {error}"));
    let json = zstd::bulk::decompress(packed, SEGMENT_BYTES_MAX).map_err(|error| corrupt(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| corrupt(error.to_string()))
}
