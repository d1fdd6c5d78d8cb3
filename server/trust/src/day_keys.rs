//! The keys of days: one for each day in UTC, made when the day needs it and destroyed at the end of the access log's
//! retention.
//!
//! Under a day's key lie its records, and by it are made its pseudonyms: the same address on the same day has one
//! pseudonym, on the next day another. Without the key neither a record opens nor can it be asked whether an address was
//! there, since guessing needs the key too. A destroyed key's row stays, so that the day gets no second one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::KeyError;
use seal::{hash, xaes};
use serde::{Deserialize, Serialize};
use store::{Db, StoreError, Tx, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::day::Day;
use crate::keyring::{WrapPlace, commitment};
use crate::store as sql;

/// Bytes of a pseudonym: 80 bits, so that two of the millions that a day may have are hardly ever alike.
const PSEUDONYM_BYTES: usize = 10;
/// Days whose keys are kept in memory: yesterday's late answers, today, tomorrow, and one that somebody reads.
const IN_MEMORY_MAX: usize = 4;
/// Days whose keys are destroyed at once.
const DESTROYED_AT_ONCE: i64 = 1_000;

const SEAL_CONTEXT: &[u8] = b"purser access log v1";
const PSEUDONYM_CONTEXT: &[u8] = b"purser access log pseudonym v1";

/// In whose stead a pseudonym stands. The texts are part of what is hashed, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A network address, without its port.
    Peer,
    /// Whoever acted.
    Actor,
    /// What a client says that it is.
    UserAgent,
}

impl Named {
    const fn text(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Actor => "actor",
            Self::UserAgent => "user-agent",
        }
    }
}

/// What stands for a name, an address or a description on one day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// Its text: hexadecimal.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of a day, taken apart: one half seals, the other makes pseudonyms.
pub(crate) struct DayKey {
    seal: xaes::Key,
    pseudonyms: Zeroizing<[u8; hash::DIGEST_BYTES]>,
}

impl DayKey {
    fn new(key: &[u8; xaes::KEY_BYTES]) -> Self {
        let seal = Zeroizing::new(hash::hkdf(key, SEAL_CONTEXT, b"seal"));
        Self { seal: xaes::Key::from_bytes(*seal), pseudonyms: Zeroizing::new(hash::hkdf(key, PSEUDONYM_CONTEXT, b"pseudonyms")) }
    }

    /// The pseudonym of this day.
    pub(crate) fn pseudonym(&self, named: Named, value: &[u8]) -> Pseudonym {
        let mac = hash::hmac_sha256(self.pseudonyms.as_slice(), &[named.text().as_bytes(), b"\0", value]);
        Pseudonym(seal::hex::encode(&mac[..PSEUDONYM_BYTES]))
    }

    pub(crate) fn seal(&self, nonce: [u8; xaes::NONCE_BYTES], place: SegmentPlace, plaintext: &[u8]) -> Vec<u8> {
        xaes::seal(&self.seal, nonce, &place.associated_data(), plaintext)
    }

    pub(crate) fn open(&self, place: SegmentPlace, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let altered = KeyError::Altered { table: place::ACCESS_LOG_SEGMENT, row: place.segment, column: place::SEGMENT_SEALED };
        xaes::open(&self.seal, &place.associated_data(), sealed).map_err(|_| altered)
    }
}

/// Where a sealed segment lies: bound to it, so that it opens nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct SegmentPlace {
    pub(crate) day: Day,
    pub(crate) segment: i64,
}

impl SegmentPlace {
    fn associated_data(self) -> Vec<u8> {
        let (table, column) = (place::ACCESS_LOG_SEGMENT.to_be_bytes(), place::SEGMENT_SEALED.to_be_bytes());
        [SEAL_CONTEXT, &table, &column, &self.day.number().to_be_bytes(), &self.segment.to_be_bytes()].concat()
    }
}

/// A day's key was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DestroyedDay {
    pub(crate) day: Day,
    pub(crate) commitment: [u8; hash::DIGEST_BYTES],
}

/// How a day's key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayKeyState {
    Usable,
    Destroyed,
}

/// The keys of days, by the day.
pub(crate) struct DayKeys {
    db: Db,
    root: Arc<xaes::Key>,
    held: Mutex<Held>,
}

/// What is in memory.
#[derive(Default)]
struct Held {
    keys: BTreeMap<Day, Arc<DayKey>>,
    /// Days before this one have no key any more: whoever read one just before it was destroyed must not put it back.
    destroyed_before: Option<Day>,
}

impl DayKeys {
    pub(crate) fn new(db: Db, root: Arc<xaes::Key>) -> Self {
        Self { db, root, held: Mutex::default() }
    }

    /// The day's key where it is in memory: for whoever may not wait.
    pub(crate) fn held(&self, day: Day) -> Option<Arc<DayKey>> {
        self.lock().keys.get(&day).cloned()
    }

    /// The day's key; made where there is none yet, and durable then.
    pub(crate) async fn ensure(&self, day: Day) -> Result<Arc<DayKey>, StoreError> {
        if let Some(key) = self.held(day) {
            return Ok(key);
        }
        let root = Arc::clone(&self.root);
        self.db.write(move |tx| insert(tx, &root, day)).await?;
        self.open(day).await
    }

    /// The day's key, where there is one.
    ///
    /// [`KeyError::Missing`] where it was destroyed or never made.
    pub(crate) async fn open(&self, day: Day) -> Result<Arc<DayKey>, StoreError> {
        if let Some(key) = self.held(day) {
            return Ok(key);
        }
        let root = Arc::clone(&self.root);
        let load = move |tx: &mut Tx<'_>| {
            let row = tx.query_optional(&sql::DAY_KEY, &params![day.number()])?.ok_or(KeyError::Missing)?;
            let wrapped: Vec<u8> = row.get::<Option<Vec<u8>>>(0)?.ok_or(KeyError::Missing)?;
            Ok::<_, StoreError>(DayKey::new(&*wrap_place(day).unwrap(&root, &wrapped)?))
        };
        let key = Arc::new(self.db.read(load).await?);
        let mut held = self.lock();
        if held.destroyed_before.is_none_or(|first_kept| day >= first_kept) {
            held.keys.insert(day, Arc::clone(&key));
        }
        while held.keys.len() > IN_MEMORY_MAX {
            held.keys.pop_first();
        }
        Ok(key)
    }

    /// Destroys the keys of days before this one: which.
    pub(crate) async fn destroy_before(&self, first_kept: Day) -> Result<Vec<DestroyedDay>, StoreError> {
        let destroyed = destroy_before(&self.db, first_kept).await?;
        let mut held = self.lock();
        held.destroyed_before = held.destroyed_before.max(Some(first_kept));
        held.keys.retain(|day, _| *day >= first_kept);
        drop(held);
        Ok(destroyed)
    }

    /// How a day's key stands; nothing where the day never had one.
    pub(crate) async fn state(&self, day: Day) -> Result<Option<DayKeyState>, StoreError> {
        let look = move |tx: &mut Tx<'_>| {
            let row = tx.query_optional(&sql::DAY_KEY, &params![day.number()])?;
            row.map(|row| row.get::<Option<Vec<u8>>>(0)).transpose()
        };
        let row: Option<Option<Vec<u8>>> = self.db.read(look).await?;
        Ok(row.map(|wrapped| if wrapped.is_some() { DayKeyState::Usable } else { DayKeyState::Destroyed }))
    }

    /// The commitment to a day's key, by which its destruction is told of.
    pub(crate) async fn commitment(&self, day: Day) -> Result<Option<[u8; hash::DIGEST_BYTES]>, StoreError> {
        let look = move |tx: &mut Tx<'_>| {
            let row = tx.query_optional(&sql::DAY_KEY, &params![day.number()])?;
            row.map(|row| row.get(1)).transpose()
        };
        self.db.read(look).await
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Destroys the keys of days before one, as far as they are in the keyring: which, [`DESTROYED_AT_ONCE`] at a time.
pub(crate) async fn destroy_before(keyring: &Db, first_kept: Day) -> Result<Vec<DestroyedDay>, StoreError> {
    let destroy = move |tx: &mut Tx<'_>| {
        let now = tx.now();
        let rows = tx.query(&sql::DAY_KEYS_BEFORE, &params![first_kept.number(), DESTROYED_AT_ONCE])?;
        let mut destroyed = Vec::with_capacity(rows.len());
        for row in rows {
            let day: i64 = row.get(0)?;
            tx.execute(&sql::DESTROY_DAY_KEY, &params![day, now])?;
            destroyed.push(DestroyedDay { day: Day::from_number(day), commitment: row.get(1)? });
        }
        Ok::<_, StoreError>(destroyed)
    };
    keyring.write(destroy).await
}

fn insert(tx: &mut Tx<'_>, root: &xaes::Key, day: Day) -> Result<(), StoreError> {
    let key = Zeroizing::new(tx.rng().bytes());
    let (wrapped, now) = (wrap_place(day).wrap(root, tx.rng(), &key), tx.now());
    tx.execute(&sql::INSERT_DAY_KEY, &params![day.number(), wrapped, now, commitment(&key)])?;
    Ok(())
}

fn wrap_place(day: Day) -> WrapPlace {
    wrap_place_of(day.number())
}

const fn wrap_place_of(day: i64) -> WrapPlace {
    WrapPlace { table: place::KEYRING_DAY_KEY, tenant: 0, kind: "day", subject: day, version: 1 }
}

/// Wraps every day's key anew, under another root key.
pub(crate) fn wrap_all(tx: &mut Tx<'_>, old: &xaes::Key, new: &xaes::Key) -> Result<(), StoreError> {
    for row in tx.query(&sql::DAY_KEYS, &[])? {
        let day: i64 = row.get(0)?;
        let key = wrap_place_of(day).unwrap(old, &row.get::<Vec<u8>>(1)?)?;
        let wrapped = wrap_place_of(day).wrap(new, tx.rng(), &key);
        tx.execute(&sql::SET_DAY_KEY, &params![day, wrapped])?;
    }
    Ok(())
}
