//! The steps of an erasure, each of which may be taken again.

use std::collections::BTreeMap;

use kernel::data_map::{Erasure as ErasedWith, StoreKind};
use kernel::{Actor, ErasureId, KeyError, LeafId, Place, Scope, Subject, SystemWork};
use seal::hex;
use serde_json::{Value, json};
use store::{MappedTable, StoreError, Tx, params};

use super::record::Progress;
use super::{Erasure, Erasures, State, receipt};
use crate::data_map::place;
use crate::error::ErasureError;
use crate::ledger::{self, LeafEntry, LeafKind};
use crate::{Day, SEALED_OVERHEAD_BYTES, store as sql};

/// How often rows are looked for again that arrived while they were deleted.
const PASSES_MAX: usize = 5;
/// What is sealed before the key is destroyed.
const MARKER: &[u8] = b"purser erasure marker v1";

/// Days of the access log that are counted: more than it ever keeps.
const DAYS_MAX: i64 = 1_000;

/// The intake log's table.
const INTAKE: &str = "intake";
const SEALED_MARKER_BYTES: usize = MARKER.len() + SEALED_OVERHEAD_BYTES;

/// A table's name and how many rows of it are a subject's.
pub(super) type Rows = BTreeMap<String, u64>;

/// Takes every step that is left.
pub(super) async fn run(erasures: &Erasures, id: ErasureId) -> Result<Erasure, ErasureError> {
    let _turn = erasures.0.turn.lock().await;
    let found = erasures.find(id).await?.ok_or(ErasureError::NotFound)?;
    match found.state {
        State::Done | State::Cancelled => return Ok(found),
        State::Waiting | State::Running => {}
    }
    let mut run = Run { erasures, subject: found.subject, id, scope: erasures.scope(found.subject.tenant()), progress: found.progress };
    if !run.begin().await? {
        // Called off in the moment at which it was taken up.
        return erasures.find(id).await?.ok_or(ErasureError::NotFound);
    }
    run.delete_rows().await?;
    run.destroy_key().await?;
    run.end_epoch().await?;
    run.remove_traces().await?;
    run.probe().await?;
    let begun = erasures.find(id).await?.ok_or(ErasureError::NotFound)?;
    run.give_receipt(begun).await?;
    erasures.find(id).await?.ok_or(ErasureError::NotFound)
}

struct Run<'a> {
    erasures: &'a Erasures,
    id: ErasureId,
    subject: Subject,
    scope: Scope,
    progress: Progress,
}

impl Run<'_> {
    /// From here on nothing is shown or taken in of the subject; false where it was called off.
    async fn begin(&self) -> Result<bool, ErasureError> {
        let inner = &self.erasures.0;
        let (id, tenant, kind, number) = (self.id, self.subject.tenant(), self.subject.kind(), self.subject.number());
        // It was allowed when it was asked for; much may have happened since. Once begun, it goes on.
        if self.erasures.find(id).await?.is_some_and(|found| found.state != State::Running) {
            self.erasures.check_owner(self.subject).await?;
        }
        let entry = LeafEntry {
            kind: LeafKind::ErasureBegun,
            subject: Some(number),
            payload: json!({ "erasure": id.to_string(), "subject": kind }),
        };
        let is_tenant = matches!(self.subject, Subject::Tenant(_));
        let (keys, told) = (inner.trust.keyring(), entry.clone());
        let begin = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            // A tenant's own ledger goes with it, so the instance's tells.
            if tx.execute(&sql::BEGIN_ERASURE, &params![id, now])? == 1 && is_tenant {
                ledger::record_instance(tx, keys.as_ref(), Actor::System(SystemWork::Reconciler), told.clone())?;
            }
            Ok::<_, StoreError>(())
        };
        inner.stores.system().write(begin).await?;
        if self.erasures.find(id).await?.is_none_or(|found| found.state != State::Running) {
            return Ok(false);
        }
        // Noted first, so that a bar is never set for what was called off; a start bars again what is noted.
        inner.domains.bar(self.subject).await.map_err(ErasureError::Domain)?;
        if is_tenant {
            return Ok(true);
        }
        let (keys, scope) = (inner.trust.keyring(), self.scope.clone());
        let note = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            if tx.execute(&sql::INSERT_ERASED, &params![tenant, kind, number, now])? == 1 {
                ledger::record(tx, keys.as_ref(), &scope, entry.clone())?;
            }
            Ok::<_, StoreError>(())
        };
        inner.stores.tenant(&self.scope).write(note).await?;
        Ok(true)
    }

    async fn delete_rows(&mut self) -> Result<(), ErasureError> {
        let inner = &self.erasures.0;
        inner.domains.settle(self.subject).await.map_err(ErasureError::Domain)?;
        // Where a run was cut off, the first one has counted more.
        for (table, rows) in self.erasures.count(self.subject).await? {
            let known = self.progress.rows.entry(table).or_insert(0);
            *known = (*known).max(rows);
        }
        self.progress.rows.retain(|_, rows| *rows > 0);
        if self.progress.marker.is_none() {
            match inner.trust.keyring().seal(self.subject.key(), marker_place(self.subject), MARKER) {
                Ok(sealed) => self.progress.marker = Some(hex::encode(&sealed)),
                // A device that was only announced may have no key yet; an earlier run may have destroyed it.
                Err(KeyError::Missing) => {}
                Err(other) => return Err(StoreError::from(other).into()),
            }
        }
        self.save().await?;
        let waited = self.erasures.delete(self.subject, &self.scope).await?;
        if waited > 0 {
            *self.progress.rows.entry(INTAKE.to_owned()).or_insert(0) += waited;
            self.save().await?;
        }
        Ok(())
    }

    async fn destroy_key(&mut self) -> Result<(), ErasureError> {
        let keyring = self.erasures.0.trust.inner_keyring();
        let is_there = if let Subject::Tenant(tenant) = self.subject {
            let keys = keyring.tenants_keys(tenant).await?;
            if let Some(keys) = &keys {
                self.progress.keys = keys.own.iter().map(|digest| hex::encode(digest)).collect();
                self.progress.other_keys = keys.others;
                self.progress.digest_of_other_keys = Some(hex::encode(&keys.digest_of_others));
                self.progress.epoch_before = Some(keys.epoch);
            }
            keys.is_some()
        } else {
            let commitments = keyring.commitments(self.subject.key()).await?;
            if let Some((digests, epoch)) = &commitments {
                self.progress.keys = digests.iter().map(|digest| hex::encode(digest)).collect();
                self.progress.epoch_before = Some(*epoch);
            }
            commitments.is_some()
        };
        if is_there {
            self.save().await?;
            // A tenant's own ledger goes with it, so the instance's tells.
            let teller = if matches!(self.subject, Subject::Tenant(_)) { None } else { Some(&self.scope) };
            match self.erasures.0.trust.destroy_and_tell(&self.erasures.0.stores, teller, self.subject).await {
                Err(crate::TrustError::Key(KeyError::Missing)) => {}
                other => _ = other?,
            }
        }
        if self.progress.key_destroyed_at.is_none() {
            self.progress.key_destroyed_at = Some(self.erasures.now().micros());
            self.save().await?;
        }
        Ok(())
    }

    /// A copy of the key's row, wherever it may lie, opens with nothing any more.
    async fn end_epoch(&mut self) -> Result<(), ErasureError> {
        let is_over =
            self.progress.epoch_after.is_some() || matches!(self.subject, Subject::Tenant(_)) || self.progress.epoch_before.is_none();
        if !is_over {
            let (trust, stores) = (&self.erasures.0.trust, &self.erasures.0.stores);
            let before = self.progress.epoch_before.unwrap_or_default();
            let after = trust.end_epoch(stores, &self.scope, before).await?;
            self.progress.epoch_after = Some(after);
            self.save().await?;
        }
        Ok(())
    }

    async fn remove_traces(&self) -> Result<(), ErasureError> {
        let inner = &self.erasures.0;
        inner.domains.forget(self.subject).await.map_err(ErasureError::Domain)?;
        // What arrived in the moment between the bar and the key's end is sealed under no key that there is; it goes too.
        self.erasures.delete(self.subject, &self.scope).await?;
        for store in [inner.stores.system(), inner.stores.identity(), inner.stores.keyring()] {
            store.compact().await?;
        }
        if !matches!(self.subject, Subject::Tenant(_)) {
            inner.stores.tenant(&self.scope).compact().await?;
        }
        Ok(())
    }

    /// Looks whether it is so, instead of believing it.
    async fn probe(&self) -> Result<(), ErasureError> {
        for _ in 0..PASSES_MAX {
            let left = self.erasures.count(self.subject).await?;
            if left.is_empty() {
                return self.marker_is_closed();
            }
            self.erasures.delete(self.subject, &self.scope).await?;
        }
        let left = self.erasures.count(self.subject).await?;
        if left.is_empty() { self.marker_is_closed() } else { Err(ErasureError::Left { tables: left.into_keys().collect() }) }
    }

    fn marker_is_closed(&self) -> Result<(), ErasureError> {
        let Some(marker) = self.progress.marker.as_deref().and_then(hex::decode::<SEALED_MARKER_BYTES>) else { return Ok(()) };
        match self.erasures.0.trust.keyring().open(self.subject.key(), marker_place(self.subject), &marker) {
            Err(KeyError::Missing) => Ok(()),
            Ok(_) => Err(ErasureError::StillOpens),
            Err(other) => Err(StoreError::from(other).into()),
        }
    }

    async fn give_receipt(&mut self, begun: Erasure) -> Result<(), ErasureError> {
        let inner = &self.erasures.0;
        let survivors = self.erasures.survivors(self.subject, &self.scope).await?;
        let facts = receipt::Facts {
            erasure: Erasure { progress: self.progress.clone(), ..begun },
            finished_at: self.erasures.now(),
            survivors,
            engine: inner.stores.engine(),
            tables: inner.stores.mapped()?,
        };
        let entry = LeafEntry { kind: LeafKind::Erased, subject: Some(self.subject.number()), payload: facts.to_payload() };
        match self.subject {
            Subject::Tenant(_) => self.finish(Some(entry)).await,
            Subject::Device(..) | Subject::User(..) => {
                self.progress.receipt = Some(self.record_receipt(entry).await?.number());
                self.finish(None).await
            }
        }
    }

    /// In the tenant's ledger, and noted in the same transaction: a run that goes on finds it.
    async fn record_receipt(&self, entry: LeafEntry) -> Result<LeafId, ErasureError> {
        let inner = &self.erasures.0;
        let (tenant, kind, number) = (self.subject.tenant(), self.subject.kind(), self.subject.number());
        let (keys, scope) = (inner.trust.keyring(), self.scope.clone());
        let record = move |tx: &mut Tx<'_>| {
            let row = tx.query_optional(&sql::ERASED_RECEIPT, &params![tenant, kind, number])?;
            if let Some(known) = row.map(|row| row.get::<Option<LeafId>>(0)).transpose()?.flatten() {
                return Ok(known);
            }
            let leaf = ledger::record(tx, keys.as_ref(), &scope, entry.clone())?.leaf();
            tx.execute(&sql::SET_ERASED_RECEIPT, &params![tenant, kind, number, leaf])?;
            Ok::<_, StoreError>(leaf)
        };
        Ok(inner.stores.tenant(&self.scope).write(record).await?)
    }

    /// Done. The receipt of a tenant, whose own ledger is gone, comes into the instance's in the same transaction.
    async fn finish(&mut self, entry: Option<LeafEntry>) -> Result<(), ErasureError> {
        let inner = &self.erasures.0;
        let (id, tenant, keys, progress) = (self.id, self.subject.tenant(), inner.trust.keyring(), self.progress.clone());
        let finish = move |tx: &mut Tx<'_>| {
            let mut progress = progress.clone();
            if let Some(entry) = &entry {
                let actor = Actor::System(SystemWork::Reconciler);
                progress.receipt = Some(ledger::record_instance(tx, keys.as_ref(), actor, entry.clone())?.leaf().number());
            }
            let (now, progress) = (tx.now(), as_json(&progress)?);
            if entry.is_some() {
                // With the tenant went what they were to erase.
                tx.execute(&sql::END_OTHER_ERASURES, &params![tenant, id, now])?;
            }
            match tx.execute(&sql::FINISH_ERASURE, &params![id, now, progress])? {
                1 => Ok(()),
                _ => Err(StoreError::Conflict { constraint: "the erasure is finished already".into() }),
            }
        };
        Ok(inner.stores.system().write(finish).await?)
    }

    async fn save(&self) -> Result<(), ErasureError> {
        let (id, progress) = (self.id, as_json(&self.progress)?);
        let save = move |tx: &mut Tx<'_>| tx.execute(&sql::SET_ERASURE_PROGRESS, &params![id, &progress]);
        if self.erasures.0.stores.system().write(save).await? == 1 { Ok(()) } else { Err(ErasureError::NotFound) }
    }
}

fn as_json(progress: &Progress) -> Result<String, StoreError> {
    serde_json::to_string(progress).map_err(|error| StoreError::Misuse(error.to_string()))
}

fn marker_place(subject: Subject) -> Place {
    Place { table: place::ERASURE_MARKER, column: 1, row: subject.number() }
}

impl Erasures {
    pub(super) async fn holds_anything(&self, subject: Subject) -> Result<bool, ErasureError> {
        match self.count(subject).await {
            Ok(rows) => Ok(!rows.is_empty()),
            Err(ErasureError::Store(StoreError::NotFound)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// The tables of a store that hold rows of a subject and are deleted row by row.
    fn tables(&self, subject: Subject, store: StoreKind) -> Result<Vec<&'static MappedTable>, StoreError> {
        let all = self.0.stores.mapped()?.iter();
        Ok(all.filter(|table| table.map().store == store && table.holds(subject) && !table.is_intakes()).collect())
    }

    /// How many rows every table holds of a subject, where it holds any.
    pub(super) async fn count(&self, subject: Subject) -> Result<Rows, ErasureError> {
        let mut rows = Rows::new();
        for store in [StoreKind::Identity, StoreKind::System] {
            let tables = self.tables(subject, store)?;
            let db = if store == StoreKind::Identity { self.0.stores.identity() } else { self.0.stores.system() };
            add(&mut rows, db.read(move |tx| count(tx, &tables, subject)).await?);
        }
        let tables = self.tables(subject, StoreKind::Tenant)?;
        match self.0.stores.tenant(&self.scope(subject.tenant())).read(move |tx| count(tx, &tables, subject)).await {
            // A tenant whose file is removed has no rows in it.
            Err(StoreError::NotFound) => {}
            other => add(&mut rows, other?),
        }
        Ok(rows)
    }

    /// Deletes every row of a subject: how many there were in the intake log, which nobody counts before. A tenant loses its accounts
    /// first, so that nobody is in while the rest goes.
    pub(super) async fn delete(&self, subject: Subject, scope: &Scope) -> Result<u64, ErasureError> {
        let stores = &self.0.stores;
        let tables = self.tables(subject, StoreKind::Identity)?;
        stores.identity().write(move |tx| delete(tx, &tables, subject)).await?;
        let waited = match subject {
            Subject::Device(tenant, device) => stores.intake().erase(tenant, Some(device)).await?,
            Subject::Tenant(tenant) => stores.intake().erase(tenant, None).await?,
            Subject::User(..) => 0,
        };
        let tables = self.tables(subject, StoreKind::Tenant)?;
        match stores.tenant(scope).write(move |tx| delete(tx, &tables, subject)).await {
            Err(StoreError::NotFound) if matches!(subject, Subject::Tenant(_)) => {}
            other => other?,
        }
        if matches!(subject, Subject::Tenant(_)) {
            stores.blobs().delete_all(scope).await?;
            stores.remove_tenant(scope).await?;
        }
        let tables = self.tables(subject, StoreKind::System)?;
        stores.system().write(move |tx| delete(tx, &tables, subject)).await?;
        Ok(waited)
    }

    /// What of the tenant's stays, by table: it names no subject, or holds it sealed under a key that is gone.
    async fn survivors(&self, subject: Subject, scope: &Scope) -> Result<receipt::Survivors, ErasureError> {
        let logged = self.access_log().await?;
        if matches!(subject, Subject::Tenant(_)) {
            return Ok(logged);
        }
        let (tenant, number) = (subject.tenant(), subject.number());
        let is_kept = |table: &&&MappedTable| table.map().erasure == ErasedWith::Tenant && table.map().retention.is_lasting();
        let of = |store| -> Result<Vec<&'static MappedTable>, StoreError> {
            Ok(self.tables(Subject::Tenant(tenant), store)?.iter().filter(is_kept).copied().collect())
        };
        let (own, accounts) = (of(StoreKind::Tenant)?, of(StoreKind::Identity)?);
        let read = move |tx: &mut Tx<'_>| {
            let about: u64 = tx.query_one(&sql::COUNT_LEAVES_ABOUT, &params![tenant, number])?.get(0)?;
            Ok::<_, StoreError>((count(tx, &own, Subject::Tenant(tenant))?, about))
        };
        let (mut rows, leaves_about) = self.0.stores.tenant(scope).read(read).await?;
        rows.extend(self.0.stores.identity().read(move |tx| count(tx, &accounts, Subject::Tenant(tenant))).await?);
        Ok(receipt::Survivors { rows, leaves_about, ..logged })
    }

    /// How much of the access log there is; nothing else is filled in.
    async fn access_log(&self) -> Result<receipt::Survivors, ErasureError> {
        let days = self.0.stores.system().read(|tx| tx.query(&sql::SEGMENT_DAYS, &params![DAYS_MAX])).await?;
        let mut found = receipt::Survivors::default();
        for row in &days {
            let day = Day::from_number(row.get(0)?);
            found.access_records = found.access_records.saturating_add(row.get(2)?);
            found.access_days = Some(found.access_days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        }
        Ok(found)
    }
}

fn count(tx: &mut Tx<'_>, tables: &[&'static MappedTable], subject: Subject) -> Result<Rows, StoreError> {
    let mut rows = Rows::new();
    for table in tables {
        let number = table.count(tx, subject)?;
        if number > 0 {
            rows.insert(table.map().name.to_owned(), number);
        }
    }
    Ok(rows)
}

/// `tenant` is a table of two stores.
fn add(rows: &mut Rows, more: Rows) {
    more.into_iter().for_each(|(table, number)| *rows.entry(table).or_insert(0) += number);
}

fn delete(tx: &mut Tx<'_>, tables: &[&'static MappedTable], subject: Subject) -> Result<(), StoreError> {
    tables.iter().try_for_each(|table| table.delete(tx, subject).map(|_| ()))
}

/// For the receipt's JSON.
pub(super) fn number(number: u64) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}
