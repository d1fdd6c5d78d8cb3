//! The keyring's second copy.
//!
//! The keyring is in no backup of the data, since a key in a backup cannot be destroyed. So it has a copy of its own, in a folder on
//! another disk or machine, which is kept in step: where the keyring has changed, the copy is written anew, takes the older one's place,
//! and the older one is wiped. It says what it was made of, so that anyone can see whether it is in step, and it is opened by the
//! root key's provider alone.
//!
//! [`Trust::drill`] tries the copy out: it opens every key of every tenant, as a restore would have to, and compares them with the
//! keyring. [`restore`] puts it back where the keyring is lost, and destroys at once what was destroyed since it was made.

mod file;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Rng, TenantId, Timestamp};
use seal::hash::{self, DIGEST_BYTES};
use seal::xaes;
use serde::{Deserialize, Serialize};
use store::{Row, StoreError, Stores, Tx, Value, params};
use zeroize::Zeroizing;

pub use self::file::LINE_BYTES_MAX;
use self::file::{Reader, TABLES};
pub use self::told::CopyKeyring;
use crate::error::TrustError;
use crate::keyring::{Subject, commitment, epoch_place};
use crate::root::{self, RootRecord};
use crate::root_key::RootKey;
use crate::{Day, Trust, day_keys, store as sql, tombstones};

/// Rows that one transaction puts back or compares.
const ROWS_AT_ONCE: usize = 1_000;
/// Bytes of the number that tells a copy from others.
const COPY_ID_BYTES: usize = 16;
/// Failures that a drill names.
pub const NAMED_MAX: usize = 20;

const MAC_CONTEXT: &[u8] = b"purser keyring copy v1";

/// Why a second copy cannot be made, read or put back.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is none.
    #[error("there is no copy of the keyring at {}: make one with `purser keys copy`", path.display())]
    None {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("the copy of the keyring at {} cannot be used", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Not what was written.
    #[error("the copy of the keyring at {} is damaged at line {line}, or was altered: make a new one, or take an older one", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
    },
    /// Of another version.
    #[error("the copy of the keyring has format {found}, which this program does not know: use the one that wrote it")]
    Format {
        /// Which format.
        found: u32,
    },
    /// A keyring is there.
    #[error("the keyring is not lost: a copy is put back only where there is none, so that no newer key is thrown away")]
    NotLost,
    /// The keys.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a keyring is compared by with its copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Keys that can be used.
    pub keys: i64,
    /// Keys that were ever made.
    pub made: i64,
    epochs: i64,
    anchors: i64,
    instance_keys: i64,
    days: i64,
    root: String,
}

impl State {
    fn read(tx: &mut Tx<'_>) -> Result<Self, StoreError> {
        let row = tx.query_one(&sql::KEYRING_STATE, &[])?;
        let root: Option<Vec<u8>> = row.get(6)?;
        Ok(Self {
            keys: row.get(0)?,
            made: row.get(1)?,
            epochs: row.get(2)?,
            anchors: row.get(3)?,
            instance_keys: row.get(4)?,
            days: row.get(5)?,
            root: seal::hex::encode(&hash::sha256(&root.unwrap_or_default())),
        })
    }
}

/// Tells a copy from every other one: a random number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyId([u8; COPY_ID_BYTES]);

impl CopyId {
    fn random(rng: &Rng) -> Self {
        Self(rng.bytes())
    }

    fn from_text(text: &str) -> Option<Self> {
        seal::hex::decode(text).map(Self)
    }
}

impl fmt::Display for CopyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&seal::hex::encode(&self.0))
    }
}

/// How a copy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyStatus {
    /// Which copy it is.
    pub id: CopyId,
    /// When it was made.
    pub made_at: Timestamp,
    /// Whether the keyring has not changed since.
    pub is_in_step: bool,
}

/// What a drill found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// When the copy was made.
    pub made_at: Timestamp,
    /// Tenants in it.
    pub tenants: u64,
    /// Keys that opened and are those of the keyring.
    pub opened: u64,
    /// Keys in it that were destroyed since: a restore destroys them.
    pub destroyed_since: u64,
    /// Keys that were made since: a restore loses them, and what is sealed under them.
    pub made_since: u64,
    /// Keys that do not open, or are other keys than the keyring's.
    pub failed: u64,
    /// Some of those.
    pub named: Vec<String>,
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the copy was made.
    pub made_at: Timestamp,
    /// Keys that can be used again.
    pub keys: u64,
    /// Keys in it that were destroyed since, and are destroyed again.
    pub refused: u64,
}

impl Trust {
    /// Writes the copy in a folder anew, which is made where there is none: when it was made.
    ///
    /// # Errors
    /// [`CopyError::Io`], [`CopyError::Store`].
    pub async fn copy_keyring(&self, folder: &Path) -> Result<Timestamp, CopyError> {
        self.copy_numbered(CopyId::random(&self.0.keyring.rng), folder).await
    }

    async fn copy_numbered(&self, id: CopyId, folder: &Path) -> Result<Timestamp, CopyError> {
        let (root, folder) = (Arc::clone(&self.0.keyring.root), folder.to_owned());
        let copied = self.0.keyring.db.read(move |tx| {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
            made.map_err(|source| CopyError::Io { path: folder.clone(), source })?;
            let (now, state) = (tx.now(), State::read(tx)?);
            file::write(&folder, (id, now, state), tx, |digest| mac(&root, digest))?;
            Ok::<_, CopyError>(now)
        });
        copied.await
    }

    /// How the copy in a folder stands; nothing where there is none.
    ///
    /// # Errors
    /// Every [`CopyError`] but `None`.
    pub async fn copy_status(&self, folder: &Path) -> Result<Option<CopyStatus>, CopyError> {
        let head = match Reader::open(folder) {
            Ok(reader) => reader.head,
            Err(CopyError::None { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let state = self.0.keyring.db.read(State::read).await?;
        Ok(Some(CopyStatus { id: CopyId::from_text(&head.id).unwrap_or_default(), made_at: head.made_at, is_in_step: head.state == state }))
    }

    /// Opens every key of a folder's copy with the root key's provider, as a restore would, and compares it with the keyring. Nothing of
    /// the copy is written anywhere: what a scratch file held of a key would be one more trace to wipe.
    ///
    /// # Errors
    /// Every [`CopyError`] but `NotLost`; what only a key says is in the answer.
    pub async fn drill(&self, folder: &Path, root_key: RootKey) -> Result<Drill, CopyError> {
        let root = unlock(folder, &root_key).await?;
        let folder = folder.to_owned();
        self.0.keyring.db.read(move |tx| drill(tx, &root, &folder)).await
    }
}

/// Puts a folder's copy back, where the keyring is lost. What was destroyed since it was made is destroyed before anything opens: keys that
/// have a tombstone, and those of the access log's days that are past its retention.
///
/// # Errors
/// Every [`CopyError`].
pub async fn restore(stores: &Stores, root_key: &RootKey, folder: &Path, retention_days: u16) -> Result<Restored, CopyError> {
    if root::exists(stores).await? {
        return Err(CopyError::NotLost);
    }
    unlock(folder, root_key).await?;
    let (made_at, mut roots) = (Reader::open(folder)?.head.made_at, Vec::new());
    let mut reader = Reader::open(folder)?;
    loop {
        let mut page = Vec::new();
        while page.len() < ROWS_AT_ONCE
            && let Some(row) = reader.next_row()?
        {
            page.push(row);
        }
        if page.is_empty() {
            break;
        }
        // Without its root a keyring is none: it comes last, when nothing that was destroyed is left in the others.
        let (root, others): (Vec<_>, Vec<_>) = page.into_iter().partition(|(table, _)| *table == TABLES.len() - 1);
        roots.extend(root);
        put_back(stores, others).await?;
    }
    // The copy knows of no tombstone, whatever was left of the lost keyring knew of.
    stores.keyring().write(|tx| tx.execute(&sql::KNOW_ALL, &params![0_i64]).map(|_| ())).await?;
    let mut refused = tombstones::enforce(stores.system(), stores.keyring()).await?;
    let first_kept = Day::first_kept(stores.clock().now(), retention_days);
    loop {
        match day_keys::destroy_before(stores.keyring(), first_kept).await?.len() {
            0 => break,
            destroyed => refused += destroyed,
        }
    }
    put_back(stores, roots).await?;
    let state = stores.keyring().read(State::read).await?;
    Ok(Restored { made_at, keys: state.keys.unsigned_abs(), refused: refused as u64 })
}

async fn put_back(stores: &Stores, rows: Vec<(usize, Vec<Value>)>) -> Result<(), StoreError> {
    let put = move |tx: &mut Tx<'_>| rows.iter().try_for_each(|(table, values)| tx.execute(TABLES[*table].2, values).map(|_| ()));
    stores.keyring().write(put).await
}

/// The root key of a copy that is whole and not altered.
async fn unlock(folder: &Path, root_key: &RootKey) -> Result<Arc<xaes::Key>, CopyError> {
    let mut reader = Reader::open(folder)?;
    let mut records = Vec::new();
    while let Some((table, values)) = reader.next_row()? {
        if table == TABLES.len() - 1 {
            records.push(RootRecord::of_row(&values.into())?);
        }
    }
    for record in records {
        let Some(root) = root::unlock(root_key, record).await? else { continue };
        let Some((digest, stored)) = reader.foot else { return Err(reader.damaged()) };
        return if mac(&root, digest) == stored { Ok(Arc::new(root)) } else { Err(reader.damaged()) };
    }
    Err(TrustError::WrongRootOfCopy.into())
}

fn mac(root: &xaes::Key, digest: [u8; DIGEST_BYTES]) -> [u8; DIGEST_BYTES] {
    let key = Zeroizing::new(hash::hkdf(root.as_bytes(), MAC_CONTEXT, b"mac"));
    hash::hmac_sha256(key.as_slice(), &[&digest])
}

fn drill(tx: &mut Tx<'_>, root: &xaes::Key, folder: &Path) -> Result<Drill, CopyError> {
    let mut reader = Reader::open(folder)?;
    let mut drill = Drill::of(reader.head.made_at);
    let mut epochs = BTreeMap::new();
    let mut known: i64 = 0;
    while let Some((table, values)) = reader.next_row()? {
        match TABLES[table].0 {
            "keyring_epoch" => {
                let row = Row::from(values);
                let (tenant, epoch): (TenantId, i64) = (row.get(0)?, row.get(1)?);
                if let Ok(key) = epoch_place(tenant, epoch).unwrap_key(root, &row.get::<Vec<u8>>(2)?) {
                    epochs.insert((tenant, epoch), key);
                }
            }
            "keyring_key" => known += i64::from(drill.one(tx, &epochs, &values.into())?),
            _ => {}
        }
    }
    let tenants: BTreeSet<TenantId> = epochs.keys().map(|(tenant, _)| *tenant).collect();
    drill.tenants = tenants.len() as u64;
    drill.made_since = (State::read(tx)?.made - known).max(0).unsigned_abs();
    Ok(drill)
}

impl Drill {
    const fn of(made_at: Timestamp) -> Self {
        Self { made_at, tenants: 0, opened: 0, destroyed_since: 0, made_since: 0, failed: 0, named: Vec::new() }
    }

    /// Tries one key; whether the keyring knows of it.
    fn one(&mut self, tx: &mut Tx<'_>, epochs: &BTreeMap<(TenantId, i64), xaes::Key>, row: &Row) -> Result<bool, CopyError> {
        let (tenant, kind, id): (TenantId, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (version, epoch): (i64, i64) = (row.get(3)?, row.get(4)?);
        let facts = tx.query_optional(&sql::KEY_FACTS, &params![tenant, kind.as_str(), id, version])?;
        let Some(facts) = facts else {
            if tombstones::is_erased(tx, tenant)? {
                self.destroyed_since += 1;
                return Ok(false);
            }
            self.fail(&format!("the keyring has no key of {kind} {id} of {tenant}, which the copy has"));
            return Ok(false);
        };
        let Some(wrapped) = row.get::<Option<Vec<u8>>>(5)? else { return Ok(true) };
        let opened = Subject::of_columns(tenant, &kind, id)
            .zip(epochs.get(&(tenant, epoch)))
            .and_then(|(subject, under)| subject.wrap_place(version).unwrap(under, &wrapped).ok())
            .map(|key| commitment(&key));
        let (live, in_copy): (Option<[u8; DIGEST_BYTES]>, Option<[u8; DIGEST_BYTES]>) = (facts.get(0)?, row.get(8)?);
        let is_it = |opened| live.is_none_or(|live| live == opened) && in_copy.is_none_or(|in_copy| in_copy == opened);
        match opened {
            None => self.fail(&format!("the key of {kind} {id} of {tenant} does not open")),
            Some(opened) if !is_it(opened) => self.fail(&format!("the key of {kind} {id} of {tenant} is another one than the keyring's")),
            Some(_) if facts.get::<Option<i64>>(1)?.is_some() => self.destroyed_since += 1,
            Some(_) => self.opened += 1,
        }
        Ok(true)
    }

    fn fail(&mut self, what: &str) {
        self.failed += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(what.to_owned());
        }
    }
}
