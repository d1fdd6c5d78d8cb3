//! What a role on devices reaches, told by three: the bitmap that bounds lists, the check of one device, and Cedar, somebody
//! else's authorization engine, which gets the same roles as policies.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use devices::selector::Language;
use identity::Labels;
use identity::grant::{Grant, Held};
use identity::role::Role;
use kernel::{Actor, DeviceId, GroupId, Permission, SelectorLanguage as _, UserId};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::reports::{debian, touch};
use crate::world::{Tenant, World, on_both_engines};

/// How many people are made up.
const PEOPLE: usize = 200;

/// A device as Cedar is told of it.
struct Known {
    device: DeviceId,
    os_version: Option<&'static str>,
    labels: Vec<(&'static str, &'static str)>,
    in_group: bool,
}

/// A condition of a selector, and what must hold for Cedar.
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

    fn cedar(&self, first: DeviceId) -> String {
        let of = |condition: &Self| condition.cedar(first);
        match self {
            Self::All => "true".into(),
            Self::Debian => "resource has version".into(),
            Self::Version(version) => format!("(resource has version && resource.version == \"{version}\")"),
            Self::Labelled(key) => format!("resource.hasTag(\"{key}\")"),
            Self::Label(key, value) => format!("(resource.hasTag(\"{key}\") && resource.getTag(\"{key}\") == \"{value}\")"),
            Self::InGroup => "resource in Group::\"row\"".into(),
            Self::First => format!("resource == Device::\"{first}\""),
            Self::Not(inner) => format!("!({})", of(inner)),
            Self::And(one, other) => format!("({} && {})", of(one), of(other)),
            Self::Or(one, other) => format!("({} || {})", of(one), of(other)),
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

fn entities(fleet: &[Known]) -> Entities {
    let device = |known: &Known| {
        let attributes = known.os_version.map_or_else(|| json!({}), |version| json!({ "version": version }));
        let parents = if known.in_group { json!([{ "type": "Group", "id": "row" }]) } else { json!([]) };
        let tags: serde_json::Map<_, _> = known.labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        json!({ "uid": { "type": "Device", "id": known.device.to_string() }, "attrs": attributes, "parents": parents, "tags": tags })
    };
    Entities::from_json_value(Value::Array(fleet.iter().map(device).collect()), None).expect("entities")
}

/// The same roles as policies.
fn policies(grants: &[(Role, Option<Condition>)], first: DeviceId) -> PolicySet {
    let mut text = String::new();
    for (role, condition) in grants {
        let about_devices = role.permissions().iter().filter(|permission| permission.is_about_devices());
        let actions: Vec<String> = about_devices.map(|permission| format!("Action::\"{}\"", permission.text())).collect();
        let condition = condition.as_ref().map_or_else(|| "true".to_owned(), |condition| condition.cedar(first));
        writeln!(text, "permit (principal, action in [{}], resource) when {{ {condition} }};", actions.join(", ")).expect("a text");
    }
    text.parse().expect("policies")
}

#[test]
fn promise_or_13_bitmap_point_check_and_another_engine_agree_on_what_any_roles_reach() {
    on_both_engines(async |world| {
        let (tenant, group, fleet) = fleet(&world).await;
        let (first, entities, authorizer) = (fleet[0].device, entities(&fleet), Authorizer::new());
        let ordinals = world.devices.ordinals(&world.scope(tenant.tenant)).await.expect("ordinals");
        let (mut runner, strategy) = (TestRunner::deterministic(), people());
        let mut told = BTreeSet::new();
        for _ in 0..PEOPLE {
            let grants = strategy.new_tree(&mut runner).expect("people").current();
            let policies = policies(&grants, first);
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
                    let uid = |kind: &str, id: &str| -> EntityUid { format!("{kind}::\"{id}\"").parse().expect("a name") };
                    let resource = uid("Device", &known.device.to_string());
                    let request = Request::new(uid("Person", "bob"), uid("Action", permission.text()), resource, Context::empty(), None);
                    let decided =
                        authorizer.is_authorized(&request.expect("a request"), &policies, &entities).decision() == Decision::Allow;
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
