//! From a selector to the set of devices that it chooses.
//!
//! A selector may name one group a hundred times, and that group the next. So an [`Evaluation`] works each group out once,
//! however often and from however many groups it is named: what it costs is the terms of the groups concerned, added up.

use std::collections::HashMap;
use std::rc::Rc;

use kernel::{DeviceId, DeviceScope, GroupId, Timestamp};
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

/// What is worked out of a roster at a moment.
pub(crate) struct Evaluation<'a> {
    view: View<'a>,
    groups: HashMap<GroupId, WorkedOut>,
    /// How many terms were evaluated, for those who measure.
    terms: usize,
}

/// A group whose devices are known.
struct WorkedOut {
    devices: Rc<RoaringBitmap>,
    /// How many groups deep it is, itself included.
    levels: usize,
}

impl<'a> View<'a> {
    /// An evaluation with nothing worked out yet.
    pub(crate) fn evaluation(&self) -> Evaluation<'a> {
        Evaluation { view: *self, groups: HashMap::new(), terms: 0 }
    }

    /// The devices that a selector chooses, retired ones included.
    pub(crate) fn select(&self, selector: &Selector) -> Result<RoaringBitmap, EvaluateError> {
        self.evaluation().expression(selector.expression(), 0).map(Rc::unwrap_or_clone)
    }

    /// Whether a device is among these.
    pub(crate) fn is_among(&self, device: DeviceId, devices: &RoaringBitmap) -> bool {
        self.roster.ordinals().of(device).is_some_and(|ordinal| devices.contains(ordinal))
    }

    /// Whether the groups that are named are in a scope's sight: who reaches some devices sees the groups that have one of those,
    /// and the others are unknown to it like those that do not exist.
    pub(crate) fn check_groups(&self, scope: &DeviceScope, named: &[GroupId]) -> Result<(), EvaluateError> {
        if *scope == DeviceScope::All {
            return Ok(());
        }
        let (visible, mut evaluation) = (self.visible(scope), self.evaluation());
        let is_hidden = |group: &&GroupId| evaluation.group(**group).is_ok_and(|devices| devices.is_disjoint(&visible));
        named.iter().find(is_hidden).map_or(Ok(()), |hidden| Err(EvaluateError::UnknownGroup(*hidden)))
    }

    /// The devices that a scope may see, retired ones included. A selector that fails chooses nothing: a group that is
    /// gone must not let anybody see more.
    pub(crate) fn visible(&self, scope: &DeviceScope) -> RoaringBitmap {
        match scope {
            DeviceScope::All => self.roster.present().clone(),
            DeviceScope::AnyOf(texts) => {
                let mut evaluation = self.evaluation();
                let chosen = texts.iter().filter_map(|text| {
                    let selector = text.parse::<Selector>().ok()?;
                    evaluation.expression(selector.expression(), 0).ok()
                });
                chosen.fold(RoaringBitmap::new(), |union, devices| union | &*devices)
            }
            DeviceScope::One(device) => self.roster.ordinals().of(*device).into_iter().collect::<RoaringBitmap>() & self.roster.present(),
            DeviceScope::None => RoaringBitmap::new(),
        }
    }

    /// The devices of a group.
    pub(crate) fn group(&self, group: GroupId) -> Result<RoaringBitmap, EvaluateError> {
        self.evaluation().group(group).map(Rc::unwrap_or_clone)
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
}

impl Evaluation<'_> {
    /// The devices of a group.
    pub(crate) fn group(&mut self, group: GroupId) -> Result<Rc<RoaringBitmap>, EvaluateError> {
        self.group_at(group, 0)
    }

    fn expression(&mut self, expression: &Expression, depth: usize) -> Result<Rc<RoaringBitmap>, EvaluateError> {
        let present = self.view.roster.present();
        Ok(match expression {
            Expression::Term(term) => return self.term(term, depth),
            Expression::Not(inner) => Rc::new(present - &*self.expression(inner, depth)?),
            Expression::And(parts) => {
                let mut devices = present.clone();
                for part in parts {
                    devices &= &*self.expression(part, depth)?;
                }
                Rc::new(devices)
            }
            Expression::Or(parts) => {
                let mut devices = RoaringBitmap::new();
                for part in parts {
                    devices |= &*self.expression(part, depth)?;
                }
                Rc::new(devices)
            }
        })
    }

    fn term(&mut self, term: &Term, depth: usize) -> Result<Rc<RoaringBitmap>, EvaluateError> {
        self.terms += 1;
        let (view, roster) = (self.view, self.view.roster);
        Ok(Rc::new(match term {
            Term::Group(group) => return self.group_at(*group, depth),
            Term::All => roster.present().clone(),
            Term::Device(device) => roster.ordinals().of(*device).into_iter().collect::<RoaringBitmap>() & roster.present(),
            Term::Os { name, version } => roster.with_os(name, version.as_deref()),
            Term::Label { key, value } => roster.with_label(key, value.as_deref()),
            Term::Status(status) => view.with_status(*status),
            Term::Stale(true) => view.with_status(Status::Stale) | view.with_status(Status::Lost),
            Term::Stale(false) => view.with_status(Status::Fresh),
            Term::Name(text) => roster.named(text),
        }))
    }

    /// The devices of a group that is named so deep. Groups that name each other end at the limit of depth.
    fn group_at(&mut self, group: GroupId, depth: usize) -> Result<Rc<RoaringBitmap>, EvaluateError> {
        if depth >= GROUP_DEPTH_MAX {
            return Err(EvaluateError::TooDeep);
        }
        if let Some(WorkedOut { devices, levels }) = self.groups.get(&group) {
            return if depth + levels > GROUP_DEPTH_MAX { Err(EvaluateError::TooDeep) } else { Ok(Rc::clone(devices)) };
        }
        let roster = self.view.roster;
        let known = roster.groups().get(&group).ok_or(EvaluateError::UnknownGroup(group))?;
        let (devices, levels) = match &known.record.kind {
            GroupKind::Manual { .. } => (Rc::new(&known.members & roster.present()), 1),
            GroupKind::Query { selector } => {
                let devices = self.expression(selector.expression(), depth + 1)?;
                let below = selector.groups().into_iter().filter_map(|named| self.groups.get(&named)).map(|named| named.levels);
                (devices, below.max().unwrap_or(0) + 1)
            }
        };
        self.groups.insert(group, WorkedOut { devices: Rc::clone(&devices), levels });
        Ok(devices)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::group::GroupRecord;
    use crate::roster::Change;
    use crate::selector::SELECTOR_TERMS_MAX;

    fn id(number: usize) -> GroupId {
        GroupId::from_number(i64::try_from(number).unwrap()).unwrap()
    }

    /// A roster of query groups, numbered from 1.
    fn roster_of(selectors: &[String]) -> Roster {
        let mut roster = Roster::new(std::sync::Arc::default());
        for (index, selector) in selectors.iter().enumerate() {
            roster.apply(Change::Group(Box::new(GroupRecord {
                group: id(index + 1),
                version: 1,
                name: index.to_string(),
                created_at: Timestamp::from_seconds(0),
                kind: GroupKind::Query { selector: selector.parse().unwrap() },
            })));
        }
        roster
    }

    fn view(roster: &Roster) -> View<'_> {
        let thresholds = Thresholds { stale_after: Duration::from_secs(1), lost_after: Duration::from_secs(2) };
        View { roster, now: Timestamp::from_seconds(0), thresholds }
    }

    #[test]
    fn groups_that_name_the_next_as_often_as_they_can_cost_their_terms_added_up() {
        let naming_the_next = |number: usize| vec![format!("group:{}", id(number + 1)); SELECTOR_TERMS_MAX].join(" or ");
        let mut selectors: Vec<_> = (1..GROUP_DEPTH_MAX).map(naming_the_next).collect();
        selectors.push(vec!["all"; SELECTOR_TERMS_MAX].join(" or "));
        let roster = roster_of(&selectors);
        let mut evaluation = view(&roster).evaluation();
        for number in 1..=GROUP_DEPTH_MAX {
            evaluation.group(id(number)).unwrap();
        }
        assert_eq!(evaluation.terms, GROUP_DEPTH_MAX * SELECTOR_TERMS_MAX);
    }

    #[test]
    fn a_group_that_is_known_already_counts_as_deep_as_it_is() {
        let mut selectors: Vec<_> = (1..GROUP_DEPTH_MAX).map(|number| format!("group:{}", id(number + 1))).collect();
        selectors.push("all".to_owned());
        selectors.push(format!("group:{} or group:{}", id(2), id(1)));
        let roster = roster_of(&selectors);
        let mut evaluation = view(&roster).evaluation();
        assert!(evaluation.group(id(1)).is_ok());
        assert_eq!(evaluation.group(id(GROUP_DEPTH_MAX + 1)), Err(EvaluateError::TooDeep));
        assert_eq!(view(&roster).group(id(GROUP_DEPTH_MAX + 1)), Err(EvaluateError::TooDeep), "whichever is asked first");
    }

    #[test]
    fn groups_that_name_each_other_choose_nothing() {
        let often = |number: usize| vec![format!("group:{}", id(number)); SELECTOR_TERMS_MAX].join(" or ");
        let roster = roster_of(&[often(2), often(1)]);
        assert_eq!(view(&roster).group(id(1)), Err(EvaluateError::TooDeep));
    }
}
