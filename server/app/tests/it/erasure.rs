//! Erasure: after it, nothing of the subject is shown, stored or taken in; everything else is as it was; and the receipt says so.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::data_map::{Erasure, StoreKind};
use kernel::{ScopeMint, Subject, SystemWork, TenantId, UserId};
use serde_json::{Value, json};
use store::{MappedTable, StoreError, Tx};
use trust::erasure::State;

use crate::client::Credential;
use crate::device::state;
use crate::totp;
use crate::world::{Tenant, World, on_both_engines};

fn tenant_of(tenant: &Tenant) -> TenantId {
    tenant.number.parse().expect("a tenant")
}

fn scope_of(tenant: &Tenant) -> kernel::Scope {
    ScopeMint::for_app().system(tenant_of(tenant), SystemWork::HostAdministration)
}

/// Erases at once and gives the receipt's payload.
async fn erase(world: &World, tenant: &Tenant, subject: Subject) -> trust::Erasure {
    let erasures = world.opened.erasures();
    let asked = erasures.request(&scope_of(tenant), subject, Duration::ZERO).await.expect("it is taken on");
    assert_eq!(erasures.run_due().await.expect("it runs"), 1);
    let done = erasures.find(asked.id).await.expect("it is read").expect("it is there");
    assert_eq!((done.state, &done.failure), (State::Done, &None));
    done
}

async fn payload(world: &World, tenant: &Tenant, done: &trust::Erasure) -> Value {
    let proven = world.opened.erasures().receipt(&scope_of(tenant), done.id).await.expect("a receipt");
    proven.leaf.opened.expect("its entry").1["payload"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_device_is_shown_nowhere_lets_nothing_in_and_leaves_no_row() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let (gone, stays) = (world.enrol(&tenant, "gone.example").await, world.enrol(&tenant, "stays.example").await);
        let (of_gone, of_stays) = (state("gone.example", &[("bash", "5.2")]), state("stays.example", &[("bash", "5.1")]));
        for (device, reported) in [(&gone, &of_gone), (&stays, &of_stays)] {
            world.report(device, 1, reported).await;
            world.check_in(device, 2, reported).await;
        }
        let shown = world.done(&tenant.owner, "GET", "/api/v1/devices?q=gone", None).await;
        assert_eq!(shown["items"].as_array().map(Vec::len), Some(1), "{shown}");

        let done = erase(&world, &tenant, Subject::Device(tenant_of(&tenant), gone.device)).await;

        for path in ["", "/state", "/packages", "/receipts", "/history"] {
            let path = format!("/api/v1/devices/{}{path}", gone.device);
            assert_eq!(world.send(&tenant.owner, "GET", &path, None).await.status, 404, "{path}");
        }
        let shown = world.done(&tenant.owner, "GET", "/api/v1/devices", None).await;
        assert_eq!(shown["items"].as_array().map(Vec::len), Some(1), "{shown}");
        assert_eq!(shown["items"][0]["name"], "stays.example");
        let packages = world.done(&tenant.owner, "GET", "/api/v1/packages?q=bash", None).await;
        assert_eq!((&packages["items"][0]["devices"], &packages["items"][0]["versions"]), (&json!(1), &json!(1)), "{packages}");
        // Its access token is genuine and fresh, and lets nothing in.
        let refused = world.send(&gone.credential, "POST", "/api/v1/agent/reports", Some(json!({}))).await;
        assert_eq!(refused.status, 401, "{}", refused.text());
        world.check_in(&stays, 3, &of_stays).await;

        let receipt = payload(&world, &tenant, &done).await;
        let deleted = |table: &str| receipt["deleted"].as_array().and_then(|all| all.iter().find(|line| line["table"] == table)).cloned();
        assert_eq!(deleted("device").map(|line| line["rows"].clone()), Some(json!(1)), "{receipt}");
        assert_eq!(deleted("receipt").map(|line| line["rows"].clone()), Some(json!(1)), "{receipt}");
        assert_eq!(deleted("intake").map(|line| line["rows"].clone()), Some(json!(1)), "the check-in that waited: {receipt}");
        assert_eq!(receipt["destroyed"]["keys"].as_array().map(Vec::len), Some(1));
        assert!(receipt["destroyed"]["epoch_after"].as_i64() > receipt["destroyed"]["epoch_before"].as_i64(), "{receipt}");
        assert!(receipt["survivors"]["ledger_leaves_about_it"].as_i64() >= Some(1), "{receipt}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_was_erased_may_join_again_as_one_that_nobody_knows() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let device = world.enrol(&tenant, "gone.example").await;
        world.report(&device, 1, &state("gone.example", &[("bash", "5.2")])).await;
        erase(&world, &tenant, Subject::Device(tenant_of(&tenant), device.device)).await;
        let again = world.enrol(&tenant, "gone.example").await;
        assert_ne!(again.device, device.device);
        world.report(&again, 1, &state("gone.example", &[("bash", "5.2")])).await;
        let history = world.done(&tenant.owner, "GET", &format!("/api/v1/devices/{}/history", again.device), None).await;
        assert!(!history.to_string().contains(&device.device.to_string()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_user_is_signed_out_and_can_be_looked_up_no_more() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let session = world.done(&tenant.owner, "GET", "/api/v1/session", None).await;
        let user: UserId = session["user"].as_str().expect("a user").parse().expect("an id");
        let (other, _) = world.person(&tenant, "other@example.org", json!([{ "role": "owner" }])).await;
        let done = erase(&world, &tenant, Subject::User(tenant_of(&tenant), user)).await;
        assert_eq!(world.send(&tenant.owner, "GET", "/api/v1/session", None).await.status, 401);
        let receipt = payload(&world, &tenant, &done).await;
        let tables: Vec<_> = receipt["deleted"].as_array().expect("tables").iter().map(|line| line["table"].clone()).collect();
        assert!(tables.contains(&json!("user_account")) && tables.contains(&json!("session")), "{tables:?}");
        // What belongs to the tenant goes on, and the programs' tokens of who is gone do not.
        assert_eq!(world.send(&other, "GET", "/api/v1/devices", None).await.status, 200);
        assert_eq!(world.send(&tenant.api, "GET", "/api/v1/devices", None).await.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_tenant_is_gone_and_the_others_notice_nothing() {
    on_both_engines(async |world| {
        let (gone, stays) = (world.tenant("Gone").await, world.tenant("Stays").await);
        let (of_gone, of_stays) = (world.enrol(&gone, "a.example").await, world.enrol(&stays, "b.example").await);
        let reported = state("a.example", &[("bash", "5.2")]);
        world.report(&of_gone, 1, &reported).await;
        world.report(&of_stays, 1, &reported).await;
        world.check_in(&of_gone, 2, &reported).await;
        let (erasures, scope) = (world.opened.erasures(), scope_of(&gone));
        let subject = Subject::Device(tenant_of(&gone), of_gone.device);
        let open = erasures.request(&scope, subject, Duration::from_secs(600)).await.expect("it is taken on");
        let done = erase(&world, &gone, Subject::Tenant(tenant_of(&gone))).await;
        assert!(done.receipt().is_some());
        // What else was asked for of it has nothing left to do, and stands in nobody's way.
        world.hand.advance(Duration::from_secs(600));
        assert_eq!(erasures.run_due().await.expect("it looks"), 0);
        assert_eq!(erasures.find(open.id).await.expect("read").expect("it is there").state, State::Cancelled);
        erasures.bar_again().await.expect("a start is not hindered");
        assert_eq!(world.send(&gone.owner, "GET", "/api/v1/devices", None).await.status, 401);
        assert_eq!(world.send(&gone.api, "GET", "/api/v1/devices", None).await.status, 401);
        assert_eq!(world.send(&of_gone.credential, "POST", "/api/v1/agent/reports", Some(json!({}))).await.status, 401);
        let enrolment = json!({ "name": "x" });
        assert_eq!(world.send(&Credential::None, "POST", "/api/v1/groups", Some(enrolment)).await.status, 401);
        assert!(!world.opened.stores().tenants().await.expect("tenants").contains(&tenant_of(&gone)));
        world.check_in(&of_stays, 2, &reported).await;
        world.opened.inventory().fold().await.expect("it folds");
        assert_eq!(world.done(&stays.owner, "GET", "/api/v1/devices", None).await["items"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_its_delay_and_can_be_called_off_until_then() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let device = world.enrol(&tenant, "a.example").await;
        let (erasures, scope) = (world.opened.erasures(), scope_of(&tenant));
        let subject = Subject::Device(tenant_of(&tenant), device.device);
        let asked = erasures.request(&scope, subject, Duration::from_secs(600)).await.expect("it is taken on");
        assert!(erasures.request(&scope, subject, Duration::ZERO).await.is_err(), "one is open already");
        world.hand.advance(Duration::from_secs(599));
        assert_eq!(erasures.run_due().await.expect("it looks"), 0);
        assert_eq!(erasures.cancel(&scope, asked.id).await.expect("it is called off").state, State::Cancelled);
        world.hand.advance(Duration::from_secs(600));
        assert_eq!(erasures.run_due().await.expect("it looks"), 0);
        assert_eq!(world.send(&tenant.owner, "GET", &format!("/api/v1/devices/{}", device.device), None).await.status, 200);

        let asked = erasures.request(&scope, subject, Duration::from_secs(600)).await.expect("it is taken on");
        world.hand.advance(Duration::from_secs(600));
        assert_eq!(erasures.run_due().await.expect("it runs"), 1);
        assert!(erasures.cancel(&scope, asked.id).await.is_err(), "it is too late");
        let too_long = trust::erasure::DELAY_MAX + Duration::from_secs(1);
        assert!(erasures.request(&scope, Subject::Tenant(tenant_of(&tenant)), too_long).await.is_err());
        assert!(erasures.request(&scope, subject, Duration::ZERO).await.is_err(), "nothing is left to erase");
    })
    .await;
}

/// How many rows every table holds of a tenant, but those that only say what is still to be done.
async fn rows(world: &World, tenant: TenantId) -> BTreeMap<String, u64> {
    let stores = world.opened.stores();
    let tables = stores.mapped().expect("tables").iter().filter(|table| table.map().retention.is_lasting());
    let of = |store| tables.clone().filter(move |table| table.map().store == store).collect::<Vec<_>>();
    let count = |tables: Vec<&'static MappedTable>| {
        move |tx: &mut Tx<'_>| {
            let count = |table: &&'static MappedTable| Ok((table.map().name.to_owned(), table.count(tx, Subject::Tenant(tenant))?));
            tables.iter().map(count).collect::<Result<BTreeMap<_, _>, StoreError>>()
        }
    };
    let scope = ScopeMint::for_app().system(tenant, SystemWork::HostAdministration);
    let mut rows = stores.tenant(&scope).read(count(of(StoreKind::Tenant))).await.expect("rows");
    rows.extend(stores.identity().read(count(of(StoreKind::Identity))).await.expect("rows"));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_28_what_survives_an_erasure_is_what_its_receipt_lists_and_no_more() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let (gone, stays) = (world.enrol(&tenant, "gone.example").await, world.enrol(&tenant, "stays.example").await);
        for (device, name) in [(&gone, "gone.example"), (&stays, "stays.example")] {
            world.report(device, 1, &state(name, &[("bash", "5.2")])).await;
            world.report(device, 2, &state(name, &[("bash", "5.3")])).await;
        }
        let group = json!({ "name": "Both", "kind": "manual", "members": [gone.device, stays.device] });
        world.done(&tenant.owner, "POST", "/api/v1/groups", Some(group)).await;
        let number = tenant_of(&tenant);
        let before = rows(&world, number).await;
        let done = erase(&world, &tenant, Subject::Device(number, gone.device)).await;
        let after = rows(&world, number).await;
        let receipt = payload(&world, &tenant, &done).await;
        let listed = |lines: &Value| -> BTreeMap<String, u64> {
            let line = |line: &Value| (line["table"].as_str().expect("a table").to_owned(), line["rows"].as_u64().expect("a number"));
            lines.as_array().expect("lines").iter().map(line).collect()
        };
        let (deleted, survivors) = (listed(&receipt["deleted"]), listed(&receipt["survivors"]["rows"]));
        let lost: BTreeMap<String, u64> =
            before.iter().map(|(table, rows)| (table.clone(), rows.saturating_sub(after[table]))).filter(|(_, lost)| *lost > 0).collect();
        // The package sets that only it had go with it, without being rows of its own.
        let images = lost.get("image").copied().unwrap_or(0);
        let lost: BTreeMap<_, _> = lost.into_iter().filter(|(table, _)| table != "image").collect();
        assert_eq!(lost, deleted, "what is missing is what the receipt says was deleted ({images} package sets besides)");
        for (table, rows) in &after {
            let map =
                world.opened.stores().mapped().expect("tables").iter().find(|mapped| mapped.map().name == table).expect("a map").map();
            match map.erasure {
                Erasure::Device | Erasure::User => {}
                // The ledger has grown by the receipt itself since it was made.
                _ if table.starts_with("ledger_") => assert!(*rows >= survivors.get(table).copied().unwrap_or(0), "{table}"),
                _ => assert_eq!(survivors.get(table).copied().unwrap_or(0), *rows, "{table} is among the survivors"),
            }
        }
        // Of the survivors none is a table whose rows a device has.
        assert!(survivors.keys().all(|table| !deleted.contains_key(table)), "{survivors:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_29_an_owner_erases_by_a_fresh_code_and_nobody_else_does() {
    on_both_engines(async |world| {
        let (tenant, other) = (world.tenant("Example").await, world.tenant("Other").await);
        let device = world.enrol(&tenant, "a.example").await;
        let ask = |code: &str| json!({ "subject": "device", "id": device.device, "totp_code": code });
        // The code that the account was set up with is used up.
        let used = totp::code(&tenant.totp_secret, world.clock.now());
        let refused = world.send(&tenant.owner, "POST", "/api/v1/erasures", Some(ask(&used))).await;
        assert_eq!((refused.status, refused.json()["type"].as_str()), (403, Some("https://purser.dev/problems/second-factor-refused")));
        world.hand.advance(Duration::from_secs(30));
        let code = totp::code(&tenant.totp_secret, world.clock.now());
        // A program has no second factor, whatever it may; another tenant sees no such device.
        assert_eq!(world.send(&tenant.api, "POST", "/api/v1/erasures", Some(ask(&code))).await.status, 403);
        let others = totp::code(&other.totp_secret, world.clock.now());
        assert_eq!(world.send(&other.owner, "POST", "/api/v1/erasures", Some(ask(&others))).await.status, 404);
        assert_eq!(world.send(&device.credential, "POST", "/api/v1/erasures", Some(ask(&code))).await.status, 403);

        let asked = world.done(&tenant.owner, "POST", "/api/v1/erasures", Some(ask(&code))).await;
        assert_eq!((asked["state"].as_str(), asked["id"].as_str()), (Some("waiting"), Some(device.device.to_string().as_str())));
        let path = format!("/api/v1/erasures/{}", asked["erasure"].as_str().expect("an id"));
        assert_eq!(world.send(&other.owner, "POST", &format!("{path}/cancel"), Some(json!({}))).await.status, 404);
        let cancelled = world.done(&tenant.owner, "POST", &format!("{path}/cancel"), Some(json!({}))).await;
        assert_eq!(cancelled["state"], "cancelled");

        // A code is good once, here and at sign-in together.
        assert_eq!(world.send(&tenant.owner, "POST", "/api/v1/erasures", Some(ask(&code))).await.status, 403);
        world.hand.advance(Duration::from_secs(30));
        let code = totp::code(&tenant.totp_secret, world.clock.now());
        world.done(&tenant.owner, "POST", "/api/v1/erasures", Some(ask(&code))).await;
        world.hand.advance(trust::erasure::DELAY_DEFAULT);
        assert_eq!(world.opened.erasures().run_due().await.expect("it runs"), 1);
        let listed = world.done(&tenant.owner, "GET", "/api/v1/erasures", None).await;
        let done = listed["items"].as_array().expect("a list").iter().find(|one| one["state"] == "done").expect("one is done").clone();
        let receipt = format!("/api/v1/erasures/{}/receipt", done["erasure"].as_str().expect("an id"));
        assert_eq!(world.done(&tenant.owner, "GET", &receipt, None).await["leaf"]["kind"], "erased");
    })
    .await;
}
