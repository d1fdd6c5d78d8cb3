//! The rosters of all tenants: loaded at the first read, changed after each commit.
//!
//! A change that commits while its tenant's roster is being loaded may or may not be in what the load reads, so changes
//! are collected from before the read begins and applied after it; versions sort out which are news.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use kernel::{DeviceId, Scope, SystemWork, TenantId, Timestamp};
use store::params;
use tokio::sync::Mutex as AsyncMutex;

use crate::evaluate::View;
use crate::group::GroupRecord;
use crate::groups;
use crate::name_card::{self, NameCard};
use crate::ordinals::Ordinals;
use crate::record::{Record, SealedRecord};
use crate::roster::{Change, Roster};
use crate::status::Thresholds;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// Changes that are kept while a roster is being loaded; past it the load begins again.
const CHANGES_WAITING_MAX: usize = 100_000;

/// The rosters.
#[derive(Debug, Default)]
pub(crate) struct Rosters(Mutex<HashMap<TenantId, Arc<Slot>>>);

#[derive(Debug, Default)]
struct Slot {
    ordinals: Arc<Ordinals>,
    turn: AsyncMutex<()>,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Absent,
    Loading(Vec<Change>),
    Ready(Box<Roster>),
}

/// Puts a slot back where its load does not end: an error, or a caller who went away.
struct Loading<'a>(&'a Slot);

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Loading(_)) {
            *state = State::Absent;
        }
    }
}

impl Rosters {
    fn slot(&self, tenant: TenantId) -> Arc<Slot> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(tenant).or_default())
    }

    /// Whether a tenant's roster is in memory without this device. One that is being loaded reads its row, or is told.
    pub(crate) fn lacks(&self, tenant: TenantId, device: DeviceId) -> bool {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        slot.is_some_and(|slot| match &*slot.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(roster) => roster.device(device).is_none(),
            State::Absent | State::Loading(_) => false,
        })
    }

    /// Forgets a tenant.
    pub(crate) fn forget(&self, tenant: TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    /// Applies what a transaction has committed.
    pub(crate) fn apply(&self, tenant: TenantId, changes: Vec<Change>) {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        // A tenant that nobody has asked for yet is read from its rows when somebody does.
        let Some(slot) = slot else { return };
        let mut state = slot.state.write().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Absent => {}
            State::Loading(waiting) if waiting.len() + changes.len() > CHANGES_WAITING_MAX => *state = State::Absent,
            State::Loading(waiting) => waiting.extend(changes),
            State::Ready(roster) => changes.into_iter().for_each(|change| roster.apply(change)),
        }
    }
}

impl Slot {
    fn is_ready(&self) -> bool {
        matches!(*self.state.read().unwrap_or_else(PoisonError::into_inner), State::Ready(_))
    }

    fn begin(&self) -> Loading<'_> {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::Loading(Vec::new());
        Loading(self)
    }

    /// Puts the loaded roster in place; gives nothing back where too much has changed meanwhile.
    fn finish(&self, mut roster: Roster) -> bool {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let State::Loading(waiting) = std::mem::take(&mut *state) else { return false };
        waiting.into_iter().for_each(|change| roster.apply(change));
        *state = State::Ready(Box::new(roster));
        true
    }
}

impl Devices {
    /// Looks at the scope's tenant as it is now. The look must be short: writers wait for it.
    pub(crate) async fn view<T>(&self, scope: &Scope, look: impl FnOnce(View<'_>) -> T) -> Result<T, DeviceError> {
        let tenant = scope.tenant();
        let settings = self.0.identity.settings(tenant).await?;
        let thresholds = Thresholds { stale_after: settings.stale_after, lost_after: settings.lost_after };
        let slot = self.0.rosters.slot(tenant);
        while !slot.is_ready() {
            self.load(tenant, &slot).await?;
        }
        let state = slot.state.read().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Ready(roster) => Ok(look(View { roster, now: self.clock().now(), thresholds })),
            _ => Err(DeviceError::Conflict("The devices are being read. Try again.")),
        }
    }

    /// Applies what a transaction has committed.
    pub(crate) fn apply(&self, tenant: TenantId, changes: Vec<Change>) {
        self.0.rosters.apply(tenant, changes);
    }

    /// Tells the roster, if it is in memory, that a device was heard of, before that is written to its row.
    pub fn seen(&self, tenant: TenantId, device: DeviceId, at: Timestamp) {
        self.apply(tenant, vec![Change::Seen(device, at)]);
    }

    async fn load(&self, tenant: TenantId, slot: &Slot) -> Result<(), DeviceError> {
        let _turn = slot.turn.lock().await;
        if slot.is_ready() {
            return Ok(());
        }
        self.read_bars(tenant).await?;
        let _until_done = slot.begin();
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        let card = name_card::read(&self.0.stores, &self.0.keys, &scope).await;
        let (mut records, groups, cards_opened) = self.read_rows(&scope, card).await?;
        // An erasure under way may have barred a device before there was a roster to tell.
        let erased: Vec<DeviceId> = records.iter().map(|record| record.device).filter(|device| self.is_erased(tenant, *device)).collect();
        records.retain(|record| !erased.contains(&record.device));
        let is_card_stale = name_card::is_worth_rewriting(cards_opened, records.len());
        let block_entries = is_card_stale.then(|| name_card::entries_of(&records));
        let mut roster = Roster::new(Arc::clone(&slot.ordinals));
        records.into_iter().for_each(|record| roster.apply(Change::Device(Box::new(record))));
        groups.into_iter().for_each(|group| roster.apply(Change::Group(Box::new(group))));
        erased.into_iter().for_each(|device| roster.apply(Change::Erased(device)));
        slot.finish(roster);
        if let Some(entries) = block_entries {
            name_card::write(&self.0.stores, &self.0.keys, &scope, entries).await;
        }
        Ok(())
    }

    /// All rows, and how many cards had to be opened one by one.
    async fn read_rows(&self, scope: &Scope, mut card: NameCard) -> Result<(Vec<Record>, Vec<GroupRecord>, usize), DeviceError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        self.0
            .stores
            .tenant(scope)
            .read(move |tx| {
                let mut cards_opened = 0;
                let mut records = Vec::new();
                tx.query_each(&sql::ALL_DEVICES, &params![tenant], |row| {
                    let sealed = SealedRecord::of(&row)?;
                    records.push(match card.take(sealed.record.device, sealed.record.card_version) {
                        Some(known) => sealed.with_card(known),
                        None => {
                            cards_opened += 1;
                            sealed.open(keys.as_ref(), tenant)?
                        }
                    });
                    Ok::<(), DeviceError>(())
                })?;
                Ok((records, groups::read_all(tx, keys.as_ref(), tenant)?, cards_opened))
            })
            .await
    }
}
