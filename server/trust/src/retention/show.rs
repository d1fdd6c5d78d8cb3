//! The preview: of each table for how long its rows are kept, how many there are, and what goes next and when.

use kernel::data_map::{Choice, StoreKind, Table};
use kernel::{Scope, Subject, TenantId, Timestamp};
use store::{Held, MappedTable, StoreError, Tx};

use super::choose::sees_everything;
use super::reckon::{ends_at, time_of, up_to};
use super::{ANY_TENANT, Chosen, Ends, Plan, RetentionError, Retentions, chosen, plans};

/// A table, and how long its rows are kept.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Its data map.
    pub table: &'static Table,
    /// Where rows end by time; else they stay as its retention says, and no run deletes them.
    pub timed: Option<Timed>,
}

/// How rows end that end by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// After how many days.
    pub days: u16,
    /// After how many, where nobody chose.
    pub days_default: u16,
    /// Who may choose.
    pub choice: Choice,
    /// When it was chosen.
    pub chosen_at: Option<Timestamp>,
    /// How many rows there are.
    pub rows: u64,
    /// How many of them are past.
    pub past: u64,
    /// The time of the oldest.
    pub oldest: Option<Timestamp>,
    /// When the first of those is past that are not yet.
    pub next_at: Option<Timestamp>,
    /// What is to be deleted.
    pub going: Option<Going>,
}

/// What is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Going {
    /// How many rows, as they were counted when it was shown, or when the deleting began.
    pub rows: u64,
    /// The time of the oldest.
    pub oldest: Timestamp,
    /// Rows of this time and earlier ones.
    pub up_to: Timestamp,
    /// Since when it is shown.
    pub shown_at: Timestamp,
    /// When it is deleted.
    pub due_at: Timestamp,
    /// Whether the deleting has begun.
    pub is_begun: bool,
}

impl Retentions {
    /// Every table that holds rows of the scope's tenant, in the order of their stores and numbers. Rows are counted once in
    /// [`COUNTED_FOR`](super::COUNTED_FOR) at most, and again after a turn or a choice.
    ///
    /// # Errors
    /// The store's; [`RetentionError::NotFound`] for who sees some devices only.
    pub async fn shown(&self, scope: &Scope) -> Result<Vec<Shown>, RetentionError> {
        sees_everything(scope)?;
        let (tenant, now) = (scope.tenant(), self.0.stores.clock().now());
        let timed = self.timed()?;
        let read = move |tx: &mut Tx<'_>| Ok::<_, StoreError>((chosen(tx, tenant)?, plans(tx, tenant)?));
        let (chosen, plans) = self.0.stores.tenant(scope).read(read).await?;
        let up_to = |ends: &Ends| (*ends, up_to(ends.days, ends.in_force(&chosen), now));
        let held = self.held(scope, timed.iter().map(up_to).collect());
        let held = self.0.counts.of(tenant, now, held).await?;
        let of_tenants = |table: &&MappedTable| table.holds(Subject::Tenant(ANY_TENANT));
        let mut shown: Vec<Shown> =
            self.0.stores.mapped()?.iter().filter(of_tenants).map(|table| Shown { table: table.map(), timed: None }).collect();
        for (ends, held) in held {
            let Some(line) = shown.iter_mut().find(|shown| shown.table.number == ends.number()) else { continue };
            line.timed = Some(timed_of(ends, &chosen, &plans, held));
        }
        shown.sort_by_key(|shown| (shown.table.store, shown.table.number));
        Ok(shown)
    }

    /// The tables whose rows are no tenant's and end by time: the access log's.
    ///
    /// # Errors
    /// The store's.
    pub async fn shown_of_instance(&self) -> Result<Vec<Shown>, RetentionError> {
        let now = self.0.stores.clock().now();
        let mut shown = Vec::new();
        for table in self.0.stores.mapped()? {
            let (Some(days), Some(past), false) = (table.days(), table.past(), table.holds(Subject::Tenant(ANY_TENANT))) else { continue };
            let in_force = if days.choice == Choice::Instance { self.0.instance_days } else { days.days };
            let up_to = up_to(days, in_force, now);
            let held = self.0.stores.system().read(move |tx| past.held(tx, None, up_to)).await?;
            let ends = Ends { table, days };
            let set = [Chosen { table: ends.number(), days: in_force, at: now }];
            let timed = Timed { chosen_at: None, ..timed_of(ends, &set, &[], held) };
            shown.push(Shown { table: table.map(), timed: Some(timed) });
        }
        Ok(shown)
    }

    /// For how many days the rows of the instance's own tables are kept, where its set-up says that.
    #[must_use]
    pub fn instance_days(&self) -> u16 {
        self.0.instance_days
    }

    /// How much each of these tables holds of a tenant on both sides of a time.
    pub(super) async fn held(&self, scope: &Scope, tables: Vec<(Ends, i64)>) -> Result<Vec<(Ends, Held)>, StoreError> {
        let tenant = scope.tenant();
        let of = |store: StoreKind| tables.iter().filter(|(ends, _)| ends.is_in(store)).copied().collect::<Vec<_>>();
        let (own, accounts) = (of(StoreKind::Tenant), of(StoreKind::Identity));
        let mut held = self.0.stores.tenant(scope).read(move |tx| held_of(tx, tenant, &own)).await?;
        held.extend(self.0.stores.identity().read(move |tx| held_of(tx, tenant, &accounts)).await?);
        Ok(held)
    }
}

fn held_of(tx: &mut Tx<'_>, tenant: TenantId, tables: &[(Ends, i64)]) -> Result<Vec<(Ends, Held)>, StoreError> {
    let held = |(ends, up_to): &(Ends, i64)| {
        let held = ends.table.past().map(|past| past.held(tx, Some(tenant), *up_to)).transpose()?;
        Ok((*ends, held.unwrap_or_default()))
    };
    tables.iter().map(held).collect()
}

fn timed_of(ends: Ends, chosen: &[Chosen], plans: &[Plan], held: Held) -> Timed {
    let days = ends.in_force(chosen);
    let going = plans.iter().find(|plan| plan.table == ends.number()).map(|plan| Going {
        rows: plan.rows,
        oldest: time_of(ends.days, plan.oldest),
        up_to: time_of(ends.days, plan.up_to),
        shown_at: plan.shown_at,
        due_at: plan.due_at,
        is_begun: plan.begun_at.is_some(),
    });
    Timed {
        days,
        days_default: ends.days.days,
        choice: ends.days.choice,
        chosen_at: chosen.iter().find(|chosen| chosen.table == ends.number()).map(|chosen| chosen.at),
        rows: held.rows,
        past: held.past,
        oldest: held.oldest.map(|time| time_of(ends.days, time)),
        next_at: held.next.map(|time| ends_at(ends.days, days, time)),
        going,
    }
}
