//! A leaf as it is stored, and what of it can be believed.
//!
//! Beside the sealed entry stand columns in clear, by which leaves are found, sorted and shown. None of them is believed by
//! itself: where the entry opens, it must say what they say; where it was erased, a keyed hash over them, made with the
//! leaf, must be theirs. So a row that was made to point at somebody who was erased is altered, and not erased.

use kernel::{KeyError, KeyRef, KeyRing, LeafId, Place, TenantId, Timestamp};
use seal::hash::DIGEST_BYTES;
use seal::leaf::commit;
use serde_json::{Value, json};
use store::{Row, StoreError};

use super::{LeafKind, altered, key_of};
use crate::data_map::place;

const BINDING_PURPOSE: &str = "ledger-leaf-columns";

/// Whose ledger a leaf is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Tenants(TenantId),
    Instances,
}

/// What a leaf says in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clear {
    pub(crate) leaf: LeafId,
    pub(crate) kind: LeafKind,
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Option<i64>,
    pub(crate) subject: Option<i64>,
    pub(crate) at: Timestamp,
    pub(crate) commitment: [u8; DIGEST_BYTES],
}

/// A row.
pub(crate) struct Stored {
    whose: Whose,
    pub(crate) clear: Clear,
    pub(crate) index: Option<u64>,
    sealed: Option<Vec<u8>>,
    binding: Option<[u8; DIGEST_BYTES]>,
}

impl Clear {
    /// By which the columns hold together after the entry was erased.
    pub(crate) fn binding(&self, keys: &dyn KeyRing, tenant: TenantId) -> Result<[u8; DIGEST_BYTES], KeyError> {
        let number = |number: Option<i64>| [&[u8::from(number.is_some())][..], &number.unwrap_or_default().to_be_bytes()].concat();
        let bytes = [
            &self.leaf.number().to_be_bytes()[..],
            &self.at.micros().to_be_bytes(),
            &number(self.actor_id),
            &number(self.subject),
            &self.commitment,
            self.kind.text().as_bytes(),
            &[0],
            self.actor_kind.as_bytes(),
        ];
        keys.blind_index(KeyRef::Tenant(tenant), BINDING_PURPOSE, &bytes.concat())
    }

    fn is_said_by(&self, entry: &Value) -> bool {
        entry["kind"] == self.kind.text()
            && entry["at"] == self.at.micros()
            && entry["subject"] == json!(self.subject)
            && entry["actor"] == json!({ "kind": self.actor_kind, "id": self.actor_id })
    }
}

impl Stored {
    /// Of the columns as every statement on leaves gives them.
    pub(crate) fn of(row: &Row, whose: Whose) -> Result<Self, StoreError> {
        let leaf: LeafId = row.get(0)?;
        let clear = Clear {
            leaf,
            kind: LeafKind::from_text(&row.get::<String>(5)?).ok_or_else(|| altered(leaf))?,
            actor_kind: row.get(3)?,
            actor_id: row.get(4)?,
            subject: row.get(6)?,
            at: row.get(2)?,
            commitment: row.get(7)?,
        };
        let binding = match whose {
            Whose::Tenants(_) => row.get(9)?,
            Whose::Instances => None,
        };
        Ok(Self { whose, clear, index: row.get::<Option<i64>>(1)?.map(i64::unsigned_abs), sealed: row.get(8)?, binding })
    }

    /// Of a tenant's row with its columns by their names, as the registered table has them.
    pub(crate) fn of_columns(row: &Row, tenant: TenantId, place: impl Fn(&str) -> Result<usize, StoreError>) -> Result<Self, StoreError> {
        let leaf: LeafId = row.get(place("leaf_id")?)?;
        let clear = Clear {
            leaf,
            kind: LeafKind::from_text(&row.get::<String>(place("kind")?)?).ok_or_else(|| altered(leaf))?,
            actor_kind: row.get(place("actor_kind")?)?,
            actor_id: row.get(place("actor_id")?)?,
            subject: row.get(place("subject_id")?)?,
            at: row.get(place("recorded_at")?)?,
            commitment: row.get(place("commitment")?)?,
        };
        let index = row.get::<Option<i64>>(place("sequence")?)?.map(i64::unsigned_abs);
        Ok(Self { whose: Whose::Tenants(tenant), clear, index, sealed: row.get(place("sealed")?)?, binding: row.get(place("binding")?)? })
    }

    /// Salt and entry, where they are those that were committed to and say what the columns say; nothing where they were erased.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the row was altered; keys and store.
    pub(crate) fn open(&self, keys: &dyn KeyRing) -> Result<Option<([u8; DIGEST_BYTES], Value)>, StoreError> {
        let leaf = self.clear.leaf;
        // Nothing empties the column: an erasure destroys the key.
        let Some(sealed) = &self.sealed else { return Err(altered(leaf)) };
        let (key, table) = match self.whose {
            Whose::Tenants(tenant) => (key_of(tenant, self.clear.kind, self.clear.subject), place::LEDGER_LEAF),
            Whose::Instances => (KeyRef::Instance, place::INSTANCE_LEDGER_LEAF),
        };
        let place = Place { table, column: place::LEAF_SEALED, row: leaf.number() };
        let plaintext = match keys.open(key, place, sealed) {
            Ok(plaintext) => plaintext,
            Err(KeyError::Missing) if self.is_erased(keys, key)? => return Ok(None),
            Err(KeyError::Missing) => return Err(altered(leaf)),
            Err(other) => return Err(other.into()),
        };
        let opened = checked_entry(&plaintext, self.clear.commitment).filter(|(_, entry)| self.clear.is_said_by(entry));
        opened.map(Some).ok_or_else(|| altered(leaf))
    }

    /// Whether the key was destroyed that this very leaf was sealed under. Where it never was destroyed, or the leaf was about
    /// somebody else, the row was made to point at a key that there is not.
    fn is_erased(&self, keys: &dyn KeyRing, key: KeyRef) -> Result<bool, StoreError> {
        let Whose::Tenants(tenant) = self.whose else { return Ok(false) };
        if !keys.was_destroyed(key)? {
            return Ok(false);
        }
        match self.clear.binding(keys, tenant) {
            Ok(binding) => Ok(self.binding == Some(binding)),
            // With the tenant's own key everything of it is erased.
            Err(KeyError::Missing) => Ok(keys.was_destroyed(KeyRef::Tenant(tenant))?),
            Err(other) => Err(other.into()),
        }
    }
}

/// Salt and entry of an opened leaf, where they are what was committed to.
fn checked_entry(plaintext: &[u8], commitment: [u8; DIGEST_BYTES]) -> Option<([u8; DIGEST_BYTES], Value)> {
    let (salt, json) = plaintext.split_first_chunk::<DIGEST_BYTES>()?;
    let entry: Value = serde_json::from_slice(json).ok()?;
    (commit(*salt, &entry) == Ok(commitment)).then_some((*salt, entry))
}
