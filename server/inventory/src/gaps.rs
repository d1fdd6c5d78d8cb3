//! Gaps: transmissions that a device made and that did not arrive (promise OR-25).
//!
//! A device's numbers rise and need not be consecutive, so a missing number says nothing by itself. Each transmission names the one
//! before it (`follows`); where that one is not there, at least it is missing, and whatever was between it and the last one that is. A
//! transmission that names none begins a series, as an agent that was installed again does, and nothing before it is missed.
//!
//! Whatever is there has a receipt, so receipts are what is compared. A gap is noticed in the transaction that takes a
//! transmission in: for a check-in that is when it is folded. In the ordinary case, where a transmission follows the last one, nothing is
//! asked or written. A late arrival closes its gap, or leaves what is still missing of it; one that names none leaves of what was
//! before it nothing, for nobody can say that any of it was made.
//!
//! A device that drops transmissions (the server refused one for good, or its spool was full) tells how many in the next one.
//! Where that follows one that is not there, the gap is dropped: noticed, told, and closed, since nothing of it will come. Gaps go by
//! the retention of their table, as receipts do.

use kernel::{DeviceId, KeyRing, Scope, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, Tx};
use trust::{LeafEntry, LeafKind};

use crate::store as rows;

/// Most changes of gaps that one leaf of the ledger tells.
pub const LEAF_GAPS_MAX: usize = 200;

/// Transmissions of a device that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Nothing is there from this number,
    pub from: i64,
    /// to this one, which was certainly made.
    pub to: i64,
    /// When the transmission before them was received.
    pub since: Timestamp,
    /// When it was noticed.
    pub noticed_at: Timestamp,
    /// When the last of them came after all, or what came told that there was none before it, or that the device dropped them.
    pub closed_at: Option<Timestamp>,
    /// Whether the device told that it dropped them.
    pub was_dropped: bool,
}

/// A transmission that was not there before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) device: DeviceId,
    pub(crate) sequence: i64,
    /// The number of the one before it.
    pub(crate) follows: Option<i64>,
    /// How many the device tells that it dropped since.
    pub(crate) dropped: i64,
    pub(crate) received_at: Timestamp,
    /// The highest number of the device that was there before it; nothing where this is the first.
    pub(crate) highest: Option<i64>,
}

/// What changed, for the ledger.
#[derive(Debug, Default)]
pub(crate) struct Noticed(Vec<Value>);

impl Noticed {
    /// Notes what an arrival says of others. Its receipt may be written already or not.
    pub(crate) fn note(&mut self, tx: &mut Tx<'_>, arrival: &Arrival) -> Result<(), StoreError> {
        // What was before a device's first transmission, nobody here can know: it may have been another device's.
        let Some(highest) = arrival.highest else { return Ok(()) };
        if arrival.sequence > highest && arrival.follows.is_none_or(|follows| follows == highest) {
            return Ok(());
        }
        if let Some(gap) = rows::gap_with(tx, arrival.device, arrival.sequence)? {
            return self.narrow(tx, arrival, gap);
        }
        match arrival.follows {
            Some(follows) => self.miss(tx, arrival, follows, highest),
            None => Ok(()),
        }
    }

    /// It is one of those that are missing.
    fn narrow(&mut self, tx: &mut Tx<'_>, arrival: &Arrival, gap: Gap) -> Result<(), StoreError> {
        let before = arrival.follows.filter(|follows| *follows >= gap.from).map(|follows| Gap { to: follows, ..gap });
        let after = (arrival.sequence < gap.to).then_some(Gap { from: arrival.sequence + 1, since: arrival.received_at, ..gap });
        if before.is_none() && after.is_none() {
            rows::put_gap(tx, arrival.device, &Gap { closed_at: Some(arrival.received_at), ..gap })?;
        } else {
            rows::delete_gap(tx, arrival.device, gap.to)?;
        }
        for left in [before, after].into_iter().flatten() {
            rows::put_gap(tx, arrival.device, &left)?;
        }
        self.tell(arrival, &gap, if before.or(after).is_some() { "narrowed" } else { "closed" });
        Ok(())
    }

    /// It follows one that is perhaps not there.
    fn miss(&mut self, tx: &mut Tx<'_>, arrival: &Arrival, follows: i64, highest: i64) -> Result<(), StoreError> {
        let device = arrival.device;
        if follows == highest || rows::receipt(tx, device, follows)?.is_some() || rows::gap_with(tx, device, follows)?.is_some() {
            return Ok(());
        }
        let before = rows::receipts_before(tx, device, follows, 1)?.into_iter().next();
        // The highest may be acknowledged and not folded yet.
        let acknowledged = Some(highest).filter(|highest| *highest < follows);
        let known = rows::open_gap_below(tx, device, follows)?;
        let last = [before.map(|row| row.sequence), acknowledged, known.map(|gap| gap.to)].into_iter().flatten().max();
        let since = before.map_or(arrival.received_at, |row| row.received_at);
        let (from, noticed_at, was_dropped) = (last.map_or(follows, |last| last + 1), arrival.received_at, arrival.dropped > 0);
        let gap = Gap { from, to: follows, since, noticed_at, closed_at: was_dropped.then_some(noticed_at), was_dropped };
        rows::put_gap(tx, device, &gap)?;
        self.tell(arrival, &gap, if was_dropped { "dropped" } else { "noticed" });
        Ok(())
    }

    fn tell(&mut self, arrival: &Arrival, gap: &Gap, what: &'static str) {
        self.0.push(json!([arrival.device.to_string(), gap.from, gap.to, what, arrival.sequence]));
    }

    /// The ledger's leaves about it; none where nothing changed.
    pub(crate) fn into_leaves(self) -> Vec<LeafEntry> {
        let leaf = |gaps: &[Value]| LeafEntry { kind: LeafKind::ReportGaps, subject: None, payload: json!({ "gaps": gaps }) };
        self.0.chunks(LEAF_GAPS_MAX).map(leaf).collect()
    }

    /// Records it in the ledger of the scope's tenant.
    pub(crate) fn record(self, tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope) -> Result<(), StoreError> {
        self.into_leaves().into_iter().try_for_each(|entry| trust::ledger::record(tx, keys, scope, entry).map(|_| ()))
    }
}
