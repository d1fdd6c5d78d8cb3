//! Retention of what the domains really keep: shown to its owner, deleted at its time, told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Credential;
use crate::device::state;
use crate::world::{PASSWORD, World, on_both_engines};
use crate::{totp, world};

const DAY: Duration = Duration::from_secs(86_400);
const PATH: &str = "/api/v1/trust/retention";

/// What the owner is shown of a table.
fn timed(shown: &Value, table: &str) -> Value {
    let tables = shown["tables"].as_array().expect("a list");
    tables.iter().find(|one| one["table"] == table).unwrap_or_else(|| panic!("{table} is shown"))["timed"].clone()
}

/// Signs in anew: the session of a while ago is over.
async fn signed_in(world: &World, tenant: &world::Tenant) -> Credential {
    let code = totp::code(&tenant.totp_secret, world.clock.now());
    let body = json!({ "email": tenant.email, "password": PASSWORD, "totp_code": code });
    let answer = world.send(&Credential::None, "POST", "/api/v1/session", Some(body)).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    Credential::Session(answer.session())
}

async fn step(world: &World) -> u64 {
    let mut rows = 0;
    loop {
        let looked = world.opened.retentions().step().await.expect("a step");
        rows += looked.rows;
        if !looked.is_more {
            return rows;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_and_history_go_when_their_days_are_over_and_the_ledger_says_so() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let mut device = world.enrol(&tenant, "host").await;
        world.report(&device, 1, &state("host", &[("openssl", "3.0.14-1")])).await;
        world.report(&device, 2, &state("host", &[("openssl", "3.0.15-1")])).await;
        let chosen = json!({ "table": "tenant.package_history", "days": 30 });
        let shown = world.done(&tenant.owner, "PATCH", PATH, Some(chosen)).await;
        assert_eq!(timed(&shown, "tenant.package_history")["days"], 30);
        assert_eq!(timed(&shown, "tenant.package_history")["days_default"], 730);
        assert_eq!(timed(&shown, "tenant.receipt")["rows"], 2);
        world.hand.advance(DAY * 29);
        assert_eq!(step(&world).await, 0, "shown first");
        let owner = signed_in(&world, &tenant).await;
        let shown = world.done(&owner, "GET", PATH, None).await;
        let history = timed(&shown, "tenant.package_history");
        assert_eq!((&history["past"], &history["going"]["rows"]), (&json!(0), &history["rows"]), "{history}");
        assert_eq!(history["going"]["due_at"], json!(world.clock.now().plus(DAY)));
        assert_eq!(timed(&shown, "tenant.receipt")["going"], Value::Null, "they have more days");
        world.hand.advance(DAY);
        assert!(step(&world).await > 0);
        let shown = world.done(&signed_in(&world, &tenant).await, "GET", PATH, None).await;
        assert_eq!(timed(&shown, "tenant.package_history")["rows"], 0);
        assert_eq!(timed(&shown, "tenant.receipt")["rows"], 2);
        let leaves = world.done(&signed_in_later(&world, &tenant).await, "GET", "/api/v1/ledger/leaves", None).await;
        let run =
            leaves["items"].as_array().expect("leaves").iter().find(|leaf| leaf["kind"] == "retention-run").expect("it is told").clone();
        let tables = run["entry"]["payload"]["tables"].as_array().expect("tables").clone();
        let told = tables.iter().find(|table| table["table"] == "tenant.package_history").expect("it is told");
        assert_eq!((&told["rows"], &told["days"]), (&history["rows"], &json!(30)));
        // A report goes on as before.
        world.sign_in(&mut device).await;
        world.report(&device, 3, &state("host", &[("openssl", "3.0.16-1")])).await;
    })
    .await;
}

/// A code is good once.
async fn signed_in_later(world: &World, tenant: &world::Tenant) -> Credential {
    world.hand.advance(Duration::from_secs(60));
    world.opened.ledger().sequence_step().await.expect("in order");
    signed_in(world, tenant).await
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_5_what_people_gave_to_sign_up_ends_by_the_identity_stores_own_retention() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let shown = world.done(&tenant.owner, "GET", PATH, None).await;
        let rows = |shown: &Value, table: &str| timed(shown, table)["rows"].clone();
        assert_eq!([rows(&shown, "identity.session"), rows(&shown, "identity.enrolment_token")], [json!(1), json!(1)]);
        world.hand.advance(Duration::from_secs(11 * 3_600));
        assert_eq!(step(&world).await, 0);
        world.done(&tenant.owner, "GET", PATH, None).await;
        let mut ended = 0;
        for days in [1, 40, 1] {
            world.hand.advance(DAY * days);
            ended += step(&world).await;
        }
        assert_eq!(ended, 3, "the session, the link, the enrolment token");
        let shown = world.done(&signed_in(&world, &tenant).await, "GET", PATH, None).await;
        assert_eq!(rows(&shown, "identity.session"), json!(1), "the one that was just begun");
        assert_eq!(rows(&shown, "identity.enrolment_token"), json!(0));
        assert_eq!(rows(&shown, "identity.one_time_link"), json!(0));
        assert_eq!(rows(&shown, "identity.access_token"), json!(2), "tokens that never expire stay");
        assert_eq!(timed(&shown, "identity.user_account"), Value::Null, "as long as the account");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_change_settings_chooses_and_only_within_the_bounds() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let choose =
            async |days: Value, table: &str| world.send(&tenant.owner, "PATCH", PATH, Some(json!({ "table": table, "days": days }))).await;
        let refused = choose(json!(29), "tenant.receipt").await;
        assert_eq!((refused.status, &refused.json()["field"]), (422, &json!("days")), "{}", refused.text());
        let refused = choose(json!(30), "tenant.ledger_leaf").await;
        assert_eq!((refused.status, &refused.json()["field"]), (422, &json!("table")), "{}", refused.text());
        let reader = json!({ "name": "Reader", "kind": "api", "permissions": ["trust:read"], "expires_at": world.clock.now().plus(std::time::Duration::from_secs(60)) });
        let reader = world.done(&tenant.owner, "POST", "/api/v1/tokens", Some(reader)).await;
        let reader = Credential::Bearer(reader["secret"].as_str().expect("a secret").into());
        let body = json!({ "table": "tenant.receipt", "days": 30 });
        assert_eq!(world.send(&reader, "PATCH", PATH, Some(body)).await.status, 403);
        assert_eq!(timed(&world.done(&reader, "GET", PATH, None).await, "tenant.receipt")["days"], 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_md_15_the_page_says_how_long_this_installation_keeps_and_changes_with_what_it_was_set_up_with() {
    let kept = async |days: u16| {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World::with_access_log_days(folder.path().join("data"), days).await;
        let page = world.done(&Credential::None, "GET", "/api/v1/trust", None).await;
        let tables = page["tables"].as_array().expect("tables").clone();
        let log = tables.into_iter().find(|table| table["table"] == "access_log_segment").expect("the access log");
        world.opened.close().await;
        (log["retention_days"].clone(), log["retention_since"].clone())
    };
    assert_eq!(kept(30).await, (json!(30), json!("day")));
    assert_eq!(kept(60).await, (json!(60), json!("day")));
}
