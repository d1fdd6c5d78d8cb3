//! The advisory master in memory: what the fleet is compared with.
//!
//! The truth lies in the master's store. Memory holds what a comparison needs: of the advisories only those about
//! distributions, without their texts; every known exploited vulnerability; every score. It is loaded as a whole and
//! replaced as a whole, so that a reader always sees one state.

use std::collections::HashMap;
use std::sync::Arc;

use ::store::{StoreError, Tx, params};

use crate::advisory::Advisory;
use crate::cve::Cve;
use crate::error::VulnerabilitiesError;
use crate::kev::KnownExploited;
use crate::matcher::AdvisorySet;
use crate::profile::is_distribution;
use crate::scores::Scores;
use crate::store as sql;

/// Most bytes that a stored advisory unpacks to: a record's limit, and room for our own form of it.
const BODY_BYTES_MAX: usize = 2 * crate::document::RECORD_BYTES_MAX;
const BODY_PACK_LEVEL: i32 = 3;
/// Advisories that one statement reads. PostgreSQL ends a statement after a minute, and its time goes on while we unpack.
const ADVISORIES_AT_A_TIME: i64 = 1_000;

/// One state of the master.
#[derive(Debug, Default)]
pub struct Master {
    /// Counts the changes of the master.
    pub generation: i64,
    /// The advisories about distributions.
    pub advisories: AdvisorySet,
    /// The catalogue of known exploited vulnerabilities.
    pub known_exploited: HashMap<Cve, KnownExploited>,
    /// EPSS scores.
    pub scores: Scores,
}

impl Master {
    /// Reads the whole master.
    pub(crate) fn load(tx: &mut Tx<'_>) -> Result<Self, VulnerabilitiesError> {
        let mut master = Self { generation: sql::generation(tx)?, ..Self::default() };
        let mut feeds: HashMap<String, Arc<str>> = HashMap::new();
        let mut after = String::new();
        loop {
            let page = tx.query(&sql::ADVISORIES_AFTER, &params![&after, ADVISORIES_AT_A_TIME])?;
            if page.is_empty() {
                break;
            }
            for row in page {
                after = row.get(0)?;
                let body: Vec<u8> = row.get(1)?;
                let feed: String = row.get(2)?;
                let mut advisory = unpack_advisory(&after, &body)?;
                advisory.affected.retain(|affected| is_distribution(&affected.ecosystem));
                if !advisory.affected.is_empty() {
                    let shared = feeds.entry(feed).or_insert_with_key(|feed| feed.as_str().into());
                    master.advisories.insert_of(&advisory, shared);
                }
            }
        }
        master.known_exploited = sql::known_exploited(tx)?.into_iter().map(|entry| (entry.cve, entry)).collect();
        master.scores = scores(tx)?;
        Ok(master)
    }
}

pub(crate) fn scores(tx: &mut Tx<'_>) -> Result<Scores, StoreError> {
    let Some(row) = tx.query_optional(&sql::SCORES, &[])? else { return Ok(Scores::default()) };
    let packed: Vec<u8> = row.get(0)?;
    Scores::unpack(&packed).map_err(|error| StoreError::Corrupt(format!("exploit_scores: {error}")))
}

/// An advisory's stored form, and the digest that tells whether it changed.
pub(crate) fn pack_advisory(advisory: &Advisory) -> Result<(Vec<u8>, [u8; 32]), VulnerabilitiesError> {
    let broken = |reason: String| VulnerabilitiesError::Stored { id: advisory.id.clone(), reason };
    let json = serde_json::to_vec(advisory).map_err(|error| broken(error.to_string()))?;
    let packed = zstd::bulk::compress(&json, BODY_PACK_LEVEL).map_err(|error| broken(error.to_string()))?;
    Ok((packed, seal::hash::sha256(&json)))
}

pub(crate) fn unpack_advisory(id: &str, body: &[u8]) -> Result<Advisory, VulnerabilitiesError> {
    let broken = |reason: String| VulnerabilitiesError::Stored { id: id.to_owned(), reason };
    let json = zstd::bulk::decompress(body, BODY_BYTES_MAX).map_err(|error| broken(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| broken(error.to_string()))
}
