//! From a selector to the set of devices that it chooses.

use kernel::{DeviceScope, GroupId, Timestamp};
use roaring::RoaringBitmap;

use crate::group::GroupKind;
use crate::roster::Roster;
use crate::selector::{Expression, Selector, Term};
use crate::status::{Status, Thresholds};

/// How deep groups may name groups.
pub const GROUP_DEPTH_MAX: usize = 8;

/// Why a selector chooses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// It names a group that does not exist.
    #[error("there is no group {0}")]
    UnknownGroup(GroupId),
    /// Its groups name each other, or groups within groups too deep.
    #[error("groups name groups at most {GROUP_DEPTH_MAX} deep and never each other")]
    TooDeep,
}

/// A roster at a moment.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) roster: &'a Roster,
    pub(crate) now: Timestamp,
    pub(crate) thresholds: Thresholds,
}

impl View<'_> {
    /// The devices that a selector chooses, retired ones included.
    pub(crate) fn select(&self, selector: &Selector) -> Result<RoaringBitmap, EvaluateError> {
        self.expression(selector.expression(), 0)
    }

    /// The devices that a scope may see, retired ones included. A scope whose selector fails sees nothing: a group that
    /// is gone must not let anybody see more.
    pub(crate) fn visible(&self, scope: &DeviceScope) -> RoaringBitmap {
        match scope {
            DeviceScope::All => self.roster.present().clone(),
            DeviceScope::Selector(text) => {
                text.parse::<Selector>().ok().and_then(|selector| self.select(&selector).ok()).unwrap_or_default()
            }
            DeviceScope::One(device) => self.roster.ordinals().of(*device).into_iter().collect::<RoaringBitmap>() & self.roster.present(),
            DeviceScope::None => RoaringBitmap::new(),
        }
    }

    /// The devices of a group.
    pub(crate) fn group(&self, group: GroupId) -> Result<RoaringBitmap, EvaluateError> {
        self.group_at(group, 0)
    }

    /// The devices of a status.
    pub(crate) fn with_status(&self, status: Status) -> RoaringBitmap {
        let (stale_from, lost_from) = (self.now.minus(self.thresholds.stale_after), self.now.minus(self.thresholds.lost_after));
        // Silence of exactly the threshold is already stale or lost, as in `Status::by_silence`.
        let (stale_from, lost_from) = (stale_from.micros().saturating_add(1), lost_from.micros().saturating_add(1));
        match status {
            Status::Fresh => self.roster.heard_between(stale_from, i64::MAX),
            Status::Stale => self.roster.heard_between(lost_from, stale_from),
            Status::Lost => self.roster.heard_between(i64::MIN, lost_from),
            Status::Retired => self.roster.retired().clone(),
        }
    }

    fn expression(&self, expression: &Expression, depth: usize) -> Result<RoaringBitmap, EvaluateError> {
        match expression {
            Expression::Term(term) => self.term(term, depth),
            Expression::Not(inner) => Ok(self.roster.present() - self.expression(inner, depth)?),
            Expression::And(parts) => {
                parts.iter().try_fold(self.roster.present().clone(), |devices, part| Ok(devices & self.expression(part, depth)?))
            }
            Expression::Or(parts) => {
                parts.iter().try_fold(RoaringBitmap::new(), |devices, part| Ok(devices | self.expression(part, depth)?))
            }
        }
    }

    fn term(&self, term: &Term, depth: usize) -> Result<RoaringBitmap, EvaluateError> {
        let roster = self.roster;
        Ok(match term {
            Term::All => roster.present().clone(),
            Term::Device(device) => roster.ordinals().of(*device).into_iter().collect::<RoaringBitmap>() & roster.present(),
            Term::Group(group) => self.group_at(*group, depth)?,
            Term::Os { name, version } => roster.with_os(name, version.as_deref()),
            Term::Label { key, value } => roster.with_label(key, value.as_deref()),
            Term::Status(status) => self.with_status(*status),
            Term::Stale(true) => self.with_status(Status::Stale) | self.with_status(Status::Lost),
            Term::Stale(false) => self.with_status(Status::Fresh),
            Term::Name(text) => roster.named(text),
        })
    }

    fn group_at(&self, group: GroupId, depth: usize) -> Result<RoaringBitmap, EvaluateError> {
        if depth >= GROUP_DEPTH_MAX {
            return Err(EvaluateError::TooDeep);
        }
        let known = self.roster.groups().get(&group).ok_or(EvaluateError::UnknownGroup(group))?;
        match &known.record.kind {
            GroupKind::Manual { .. } => Ok(&known.members & self.roster.present()),
            GroupKind::Query { selector } => self.expression(selector.expression(), depth + 1),
        }
    }
}
