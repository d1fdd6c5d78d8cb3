//! What a receipt says: what was destroyed and deleted, what stays, and what all of this does not prove.
//!
//! A receipt is the payload of a leaf of the ledger, so it is proven like any other: with the leaf's salt, its inclusion and the
//! signed checkpoint, offline, by `purser verify receipt`.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Timestamp;
use kernel::data_map::DataClass;
use serde_json::{Value, json};
use store::{Engine, MappedTable};

use super::Erasure;
use super::machine::number;
use crate::Day;

/// Version of a receipt's layout.
pub const RECEIPT_VERSION: i64 = 1;
/// How the bytes were removed where files are ours: written over in place, as far as the disk does that.
pub const ASSURANCE_FILES: &str = "file-overwrite";
/// How they were removed where the files are a database server's: rows deleted, the server cleans up in its own time.
pub const ASSURANCE_SERVER: &str = "database-rows-deleted";
/// What a receipt does not prove, by word; `purser verify receipt` prints a sentence for each.
pub const NOT_PROVEN: &[&str] = &["copies-taken-before", "freed-blocks-of-the-disk", "keyring-copies-outside", "what-was-never-logged"];

/// What stays of a tenant's data after one of its subjects is erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Survivors {
    /// Rows by table.
    pub(super) rows: BTreeMap<String, u64>,
    /// Leaves of the ledger about the subject: their places stay, their content opens with no key.
    pub(super) leaves_about: u64,
    /// Records of the access log, of every tenant: which of them are of the subject, nobody can tell without the keys of their days.
    pub(super) access_records: u64,
    /// The first day and the last of which there are any.
    pub(super) access_days: Option<(Day, Day)>,
}

/// What stays and is no row of the tenant's, by word; `purser verify receipt` prints a sentence for each.
pub const STAYS_ACCESS_LOG: &str = "access-log";
/// That a key was destroyed is noted, by its number, so that no copy of the keyring brings it back.
pub const STAYS_TOMBSTONE: &str = "key-tombstone";
/// Where the keyring has a second copy, it holds the destroyed key until the copy is in step again: within minutes where it can be written.
pub const STAYS_SECOND_COPY: &str = "keyring-second-copy";

/// What a receipt is made of.
pub(super) struct Facts {
    pub(super) erasure: Erasure,
    pub(super) finished_at: Timestamp,
    pub(super) survivors: Survivors,
    pub(super) engine: Engine,
    pub(super) tables: &'static [MappedTable],
}

impl Facts {
    /// The leaf's payload.
    pub(super) fn to_payload(&self) -> Value {
        let (erasure, progress) = (&self.erasure, &self.erasure.progress);
        let embedded = self.engine == Engine::Embedded;
        json!({
            "receipt_version": RECEIPT_VERSION,
            "erasure": erasure.id.to_string(),
            "tenant": erasure.subject.tenant().to_string(),
            "subject": { "kind": erasure.subject.kind(), "number": erasure.subject.number() },
            "requested_by": { "kind": erasure.requested_by.0, "number": erasure.requested_by.1 },
            "requested_at": erasure.requested_at.micros(),
            "begun_at": erasure.begun_at.map(Timestamp::micros),
            "key_destroyed_at": progress.key_destroyed_at,
            "finished_at": self.finished_at.micros(),
            "deadline_at": erasure.deadline_at.micros(),
            "destroyed": {
                "keys": progress.keys,
                "other_keys": number(progress.other_keys),
                "digest_of_other_keys": progress.digest_of_other_keys,
                "epoch_before": progress.epoch_before,
                "epoch_after": progress.epoch_after,
            },
            "deleted": progress.rows.iter().map(|(table, rows)| self.line(table, *rows)).collect::<Vec<_>>(),
            "survivors": {
                "rows": self.survivors.rows.iter().map(|(table, rows)| self.line(table, *rows)).collect::<Vec<_>>(),
                "ledger_leaves_about_it": number(self.survivors.leaves_about),
                "apart": self.apart(),
            },
            "assurance": if embedded { ASSURANCE_FILES } else { ASSURANCE_SERVER },
            "backups": { "made_by_this_version": false, "readable_until": null },
            "probe": { "rows_left": 0, "marker_opens": false },
            "does_not_prove": NOT_PROVEN,
        })
    }

    fn apart(&self) -> Value {
        let days = self.survivors.access_days.map(|(first, last)| (first.to_string(), last.to_string()));
        let (first, last) = days.unzip();
        json!([
            { "what": STAYS_ACCESS_LOG, "records": number(self.survivors.access_records), "first_day": first, "last_day": last },
            { "what": STAYS_TOMBSTONE, "records": i64::from(!self.erasure.progress.keys.is_empty()) },
            { "what": STAYS_SECOND_COPY, "records": null },
        ])
    }

    fn line(&self, table: &str, rows: u64) -> Value {
        let maps: Vec<_> = self.tables.iter().filter(|mapped| mapped.map().name == table).map(MappedTable::map).collect();
        let classes: BTreeSet<&str> = maps.iter().flat_map(|map| map.columns).map(|column| class(column.class)).collect();
        let purpose = maps.first().map_or("", |map| map.purpose);
        json!({ "table": table, "purpose": purpose, "classes": classes, "rows": number(rows) })
    }
}

const fn class(class: DataClass) -> &'static str {
    match class {
        DataClass::Public => "public",
        DataClass::Configuration => "configuration",
        DataClass::Identifying => "identifying",
        DataClass::Personal => "personal",
        DataClass::Secret => "secret",
    }
}
