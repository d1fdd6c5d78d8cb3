//! What of each registered table an export holds, and why it holds the rest not. Made of the data maps: a table that
//! nobody thought of is exported, and none is silently absent.

use kernel::Subject;
use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, StoreKind};
use seal::export_file::{ColumnFacts, LeftOut};
use store::MappedTable;

use super::content::form_of;
use crate::data_map::place;

/// The hundred of table numbers that the storage's own tables have.
const OF_THE_STORAGE: std::ops::Range<u16> = 100..200;

/// What becomes of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// The subject's own rows are exported.
    Own,
    /// The entries about the subject, and of what it did, are read in its tenant's ledger.
    Entries,
    /// Rows that the subject's own point to are exported with them.
    PointedTo,
    /// Nothing is, for this reason.
    None(&'static str),
}

/// Which share of a table a subject has.
pub(crate) fn share(table: &MappedTable, subject: Subject) -> Share {
    let map = table.map();
    if map.store == StoreKind::Keyring {
        return Share::None("keys never leave the keyring; what they seal is exported opened");
    }
    if map.erasure == Erasure::Never {
        return Share::None("holds nothing about any tenant");
    }
    if OF_THE_STORAGE.contains(&map.number) {
        return Share::None(reason_of_the_storage(map.number));
    }
    if map.number == place::EXPORT_ARCHIVE {
        return Share::None("which exports were asked for on this installation; the ledger's entries, which are exported, tell it too");
    }
    if map.number == place::LEDGER_GATHERED {
        return Share::None("tells where checkpoints stand in this installation's own log; its proofs are given out by the API");
    }
    if map.number == place::LEDGER_INTENT {
        return Share::None("what this installation is about to do itself; its ledger tells of it");
    }
    if map.columns.iter().all(|column| column.name == "tenant_id" || column_left_out(column).is_some()) {
        return Share::None("each row is made of another value with a key of the installation; worth nothing without it");
    }
    if map.number == place::ANNOUNCEMENT {
        return Share::None("what this installation has still to tell the owners of; its ledger and its mails tell of it");
    }
    match subject {
        Subject::Tenant(_) => Share::Own,
        Subject::Device(..) | Subject::User(..) if table.holds(subject) => Share::Own,
        Subject::Device(..) | Subject::User(..) if map.number == place::LEDGER_LEAF => Share::Entries,
        Subject::Device(..) | Subject::User(..) if map.erasure == Erasure::Tenant && map.bound_to.is_some() => Share::PointedTo,
        Subject::Device(..) => Share::None("its rows belong to no device"),
        Subject::User(..) => Share::None("its rows belong to no user"),
    }
}

fn reason_of_the_storage(number: u16) -> &'static str {
    if number == store::data_map::INTAKE.number {
        "was folded into the other tables when the export began; what came in later is not in it"
    } else if number == store::data_map::BLOB.number {
        "caches that are made of the other tables"
    } else if number == store::data_map::TENANT.number {
        "the tenant's number alone; identity.tenant says what it stands for"
    } else {
        "the storage's own work on one installation: counters, leases, marks of what is still to be done"
    }
}

/// Why a column's values are in no line; nothing where they are.
pub(crate) fn column_left_out(column: &Column) -> Option<&'static str> {
    match (column.class, column.storage) {
        (DataClass::Secret, _) => Some("opens something; an export opens nothing"),
        (_, Storage::KeyedHash) => Some("made of another value with a key of the installation; worth nothing without it"),
        _ => None,
    }
}

/// Whether what tells the table's rows apart is in no line.
pub(super) fn orders_by_what_is_left_out(table: &MappedTable) -> bool {
    let is_left_out = |name: &str| table.map().columns.iter().any(|column| column.name == name && column_left_out(column).is_some());
    table.key().any(is_left_out)
}

/// The table's file.
pub(crate) fn file_of(table: &MappedTable) -> String {
    format!("{}.{}.jsonl", store_name(table.map().store), table.map().name)
}

/// The manifest's line about a table that is left out.
pub(super) fn left_out(table: &MappedTable, reason: &str) -> LeftOut {
    let map = table.map();
    LeftOut { store: store_name(map.store).into(), table: map.name.into(), purpose: map.purpose.into(), reason: reason.into() }
}

/// The manifest's lines about a table's columns.
pub(super) fn columns(table: &MappedTable) -> Vec<ColumnFacts> {
    let kind_of = |column: &Column| table.columns().iter().find(|(name, _)| *name == column.name).map(|(_, kind)| *kind);
    let facts = |column: &Column| {
        Some(ColumnFacts {
            name: column.name.into(),
            form: form_of(column.name, kind_of(column)?, column.storage).into(),
            meaning: column.meaning.into(),
            class: class_name(column.class).into(),
            storage: storage_name(column.storage).into(),
            left_out: column_left_out(column).map(Into::into),
        })
    };
    table.map().columns.iter().filter_map(facts).collect()
}

pub(crate) const fn store_name(store: StoreKind) -> &'static str {
    match store {
        StoreKind::System => "system",
        StoreKind::Identity => "identity",
        StoreKind::Keyring => "keyring",
        StoreKind::Master => "master",
        StoreKind::Tenant => "tenant",
    }
}

pub(super) fn retention_name(retention: Retention) -> String {
    match retention {
        Retention::WithSubject => "with-subject".into(),
        Retention::Days(days) => format!("{} days after {}", days.days, days.since),
        Retention::Transient => "until its work is done".into(),
        Retention::Instance => "with the instance".into(),
    }
}

const fn class_name(class: DataClass) -> &'static str {
    match class {
        DataClass::Public => "public",
        DataClass::Configuration => "configuration",
        DataClass::Identifying => "identifying",
        DataClass::Personal => "personal",
        DataClass::Secret => "secret",
    }
}

const fn storage_name(storage: Storage) -> &'static str {
    match storage {
        Storage::Clear => "clear",
        Storage::KeyedHash => "keyed hash",
        Storage::Digest => "digest",
        Storage::SealedTenant => "sealed under the tenant's key",
        Storage::SealedDevice => "sealed under the device's key",
        Storage::SealedUser => "sealed under the user's key",
        Storage::SealedSubject => "sealed under the key of whom it is about",
        Storage::SealedInstance => "sealed under the instance's key",
    }
}
