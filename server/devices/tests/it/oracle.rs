//! What a role on devices reaches, told by three: the bitmap that bounds lists, the check of one device, and what the roles say of
//! each device when they are simply read, one device and one condition after the other.
//!
//! Cedar would be somebody else's third voice. It was tried, agreed, and was taken out: it turns on `serde_json/preserve_order` in
//! every test of the workspace, which is not how the product is built.

use std::collections::BTreeSet;

use devices::selector::Language;
use identity::Labels;
use identity::grant::{Grant, Held};
use identity::role::Role;
use kernel::{Actor, DeviceId, GroupId, Permission, SelectorLanguage as _, UserId};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::machine::Machine;
use crate::reports::{debian, touch};
use crate::world::{Tenant, World, on_both_engines};

/// How many people are made up.
const PEOPLE: usize = 200;

/// A device as it was made.
struct Known {
    device: DeviceId,
    os_version: Option<&'static str>,
    labels: Vec<(&'static str, &'static str)>,
    in_group: bool,
}

/// A condition of a selector.
#[derive(Clone, Debug)]
enum Condition {
    All,
    Debian,
    Version(&'static str),
    Labelled(&'static str),
    Label(&'static str, &'static str),
    InGroup,
    First,
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

fn conditions() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        Just(Condition::All),
        Just(Condition::Debian),
        prop::sample::select(vec!["11", "12"]).prop_map(Condition::Version),
        prop::sample::select(vec!["env", "site"]).prop_map(Condition::Labelled),
        (prop::sample::select(vec!["env", "site"]), prop::sample::select(vec!["a", "b"]))
            .prop_map(|(key, value)| Condition::Label(key, value)),
        Just(Condition::InGroup),
        Just(Condition::First),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Condition::And(Box::new(one), Box::new(other))),
            (inner.clone(), inner).prop_map(|(one, other)| Condition::Or(Box::new(one), Box::new(other))),
        ]
    })
}

/// Some roles, each on all devices or on those that a condition chooses.
fn people() -> impl Strategy<Value = Vec<(Role, Option<Condition>)>> {
    let grant = (prop::sample::select(Role::ALL), prop::option::weighted(0.8, conditions()));
    prop::collection::vec(grant, 0..4)
}

impl Condition {
    fn selector(&self, group: GroupId, first: DeviceId) -> String {
        let of = |condition: &Self| condition.selector(group, first);
        match self {
            Self::All => "all".into(),
            Self::Debian => "os:debian".into(),
            Self::Version(version) => format!("os:debian/{version}"),
            Self::Labelled(key) => format!("label:{key}"),
            Self::Label(key, value) => format!("label:{key}={value}"),
            Self::InGroup => format!("group:{group}"),
            Self::First => format!("device:{first}"),
            Self::Not(inner) => format!("not ({})", of(inner)),
            Self::And(one, other) => format!("({}) and ({})", of(one), of(other)),
            Self::Or(one, other) => format!("({}) or ({})", of(one), of(other)),
        }
    }

    fn holds(&self, known: &Known, first: DeviceId) -> bool {
        match self {
            Self::All => true,
            Self::Debian => known.os_version.is_some(),
            Self::Version(version) => known.os_version == Some(version),
            Self::Labelled(key) => known.labels.iter().any(|(known, _)| known == key),
            Self::Label(key, value) => known.labels.contains(&(key, value)),
            Self::InGroup => known.in_group,
            Self::First => known.device == first,
            Self::Not(inner) => !inner.holds(known, first),
            Self::And(one, other) => one.holds(known, first) && other.holds(known, first),
            Self::Or(one, other) => one.holds(known, first) || other.holds(known, first),
        }
    }
}

/// Eight devices that differ in system, labels and group.
async fn fleet(world: &World) -> (Tenant, GroupId, Vec<Known>) {
    let tenant = world.tenant("Ada's fleet").await;
    let token = world.enrolment_token(&tenant, None, &[]).await;
    let mut known = Vec::new();
    for number in 1..=8_u8 {
        let device = Machine::new(number, &format!("host-{number}")).join(world, &token).await;
        let os_version = [None, Some("11"), Some("12")][usize::from(number % 3)];
        if let Some(version) = os_version {
            touch(world, &tenant, device, Some(debian("host", version))).await.expect("written");
        }
        let mut labels = Vec::new();
        labels.extend((number % 2 == 0).then_some(("env", if number % 4 == 0 { "a" } else { "b" })));
        labels.extend((number > 3).then_some(("site", if number > 6 { "a" } else { "b" })));
        let kept = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        world.devices.set_labels(&world.scope(tenant.tenant), device, Labels::new(kept).expect("labels")).await.expect("labelled");
        known.push(Known { device, os_version, labels, in_group: number % 3 == 1 });
    }
    let members: Vec<DeviceId> = known.iter().filter(|known| known.in_group).map(|known| known.device).collect();
    let group = world.post("/groups", tenant.bearer(), json!({ "name": "Row", "kind": "manual", "members": members })).await;
    (tenant, group.body["group"].as_str().expect("an id").parse().expect("an id"), known)
}

/// Whether one of the roles gives a permission on a device.
fn gives(grants: &[(Role, Option<Condition>)], permission: Permission, known: &Known, first: DeviceId) -> bool {
    grants.iter().any(|(role, condition)| {
        role.permissions().contains(&permission) && condition.as_ref().is_none_or(|condition| condition.holds(known, first))
    })
}

#[test]
fn promise_or_13_bitmap_point_check_and_the_roles_as_they_read_agree_on_what_any_roles_reach() {
    on_both_engines(async |world| {
        let (tenant, group, fleet) = fleet(&world).await;
        let first = fleet[0].device;
        let ordinals = world.devices.ordinals(&world.scope(tenant.tenant)).await.expect("ordinals");
        let (mut runner, strategy) = (TestRunner::deterministic(), people());
        let mut told = BTreeSet::new();
        for _ in 0..PEOPLE {
            let grants = strategy.new_tree(&mut runner).expect("people").current();
            let grant = |(role, condition): &(Role, Option<Condition>)| {
                let devices = condition.as_ref().map(|condition| condition.selector(group, first));
                Grant { role: *role, devices }
            };
            let held = Held(grants.iter().map(grant).collect());
            for permission in Permission::ALL.iter().filter(|permission| permission.is_about_devices()) {
                let actor = Actor::User(UserId::from_random(2));
                let scope = world.identity.mint().mint(tenant.tenant, actor, &held.permissions(), held.devices(*permission));
                let bitmap = world.devices.visible(&scope).await.expect("a bitmap");
                for known in &fleet {
                    let decided = gives(&grants, *permission, known, first);
                    let listed = ordinals.of(known.device).is_some_and(|ordinal| bitmap.contains(ordinal));
                    let opened = world.devices.get(&scope, known.device).await.is_ok();
                    assert_eq!([listed, opened], [decided; 2], "{permission:?} on {}: {:?}", known.device, grants);
                    told.insert(decided);
                }
            }
        }
        assert_eq!(told.len(), 2, "some are reached and some are not");
    });
}

#[test]
fn a_role_rests_on_what_does_not_pass_by_itself() {
    for taken in ["label:site=berlin or group:grp_0000000000001", "os:windows", "not device:dev_0000000000001"] {
        assert_eq!(Language.of_role(&format!(" {taken} ")), Ok(taken.to_owned()));
    }
    for refused in ["name:ceo", "os:windows and not name:ceo", "stale:no or all", "status:fresh", "os:"] {
        assert!(Language.of_role(refused).is_err(), "{refused}");
    }
}
