//! One-time links: set-up and recovery.

use std::time::Duration;

use axum::http::StatusCode;
use identity::link::LINK_LIFETIME;
use kernel::data_map::DataClass;
use serde_json::json;

use crate::world::{As, PASSWORD, PUBLIC_URL, on_both_engines};

#[test]
fn an_owner_sets_the_account_up_and_is_signed_in() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let session = world.get("/session", owner.session()).await;
        assert_eq!(session.status, StatusCode::OK);
        assert_eq!(session.body["email"], "ada@example.org");
        assert_eq!(session.body["tenant_name"], "Ada's fleet");
        assert_eq!(session.body["tenant"], owner.tenant.to_string());
        assert_eq!(session.body["language"], "en");
        assert_eq!(world.leaves(owner.tenant).await, ["setup-finished", "tenant-created"]);
    });
}

#[test]
fn the_page_of_a_link_shows_the_same_secret_each_time_as_text_address_and_picture() {
    on_both_engines(async |world| {
        let created = world.identity.create_tenant("Ada's fleet").await.unwrap();
        let link = created.link.secret.expose();
        assert_eq!(created.link.url.expose(), format!("{PUBLIC_URL}/setup#{link}"));
        let first = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        let second = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        assert_eq!(first.body, second.body);
        assert_eq!(first.body["purpose"], "setup");
        let secret = first.body["totp_secret"].as_str().unwrap();
        assert!(first.body["totp_uri"].as_str().unwrap().contains(secret));
        assert!(first.body["totp_svg"].as_str().unwrap().contains("<svg"));
    });
}

#[test]
fn promise_gl_1_an_account_is_set_up_with_a_mail_address_and_nothing_else_about_anybody() {
    on_both_engines(async |world| {
        let created = world.identity.create_unnamed_tenant().await.unwrap();
        let link = created.link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        let code = world.code(offer.body["totp_secret"].as_str().unwrap());
        let factors = json!({ "link": link, "password": PASSWORD, "totp_code": code });
        let with = |more: &[(&str, &str)]| {
            let mut answer = factors.clone();
            more.iter().for_each(|(field, value)| answer[field] = json!(value));
            answer
        };
        let without = world.post("/setup/finish", As::Nobody, with(&[])).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "the address is the one thing that must be told");
        for field in ["name", "company", "contact", "phone", "vat", "address"] {
            let more = with(&[("email", "ada@example.org"), (field, "canary")]);
            assert_eq!(world.post("/setup/finish", As::Nobody, more).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} is taken");
        }
        let finished = world.post("/setup/finish", As::Nobody, with(&[("email", "ada@example.org")])).await;
        assert_eq!(finished.status, StatusCode::NO_CONTENT, "{finished:?}");
        let session = world.get("/session", As::Session(&finished.cookie.unwrap())).await;
        let held = (session.body["email"].as_str(), session.body["tenant_name"].as_str());
        assert_eq!(held, (Some("ada@example.org"), Some(created.tenant.to_string().as_str())));
    });
}

#[test]
fn promise_gl_1_of_an_account_and_its_organisation_there_is_room_for_a_mail_address_and_a_name_only() {
    let tables = identity::SCHEMAS.iter().flat_map(|schema| schema.tables).filter(|table| ["tenant", "user_account"].contains(&table.name));
    let telling =
        tables.flat_map(|table| table.columns).filter(|column| matches!(column.class, DataClass::Identifying | DataClass::Personal));
    assert_eq!(telling.map(|column| column.name).collect::<Vec<_>>(), ["name", "email_index", "email"]);
}

#[test]
fn a_link_works_once() {
    on_both_engines(async |world| {
        let created = world.identity.create_tenant("Ada's fleet").await.unwrap();
        let link = created.link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        let code = world.code(offer.body["totp_secret"].as_str().unwrap());
        let answer = json!({ "link": link, "email": "ada@example.org", "password": PASSWORD, "totp_code": code });
        assert_eq!(world.post("/setup/finish", As::Nobody, answer.clone()).await.status, StatusCode::NO_CONTENT);
        let again = world.post("/setup/finish", As::Nobody, answer).await;
        assert_eq!((again.status, &again.body["type"]), (StatusCode::GONE, &json!("https://purser.dev/problems/link-not-valid")));
        assert_eq!(world.post("/setup/begin", As::Nobody, json!({ "link": link })).await.status, StatusCode::GONE);
    });
}

#[test]
fn a_link_works_for_a_day_and_not_longer() {
    on_both_engines(async |world| {
        let created = world.identity.create_tenant("Ada's fleet").await.unwrap();
        let link = json!({ "link": created.link.secret.expose() });
        world.hand.advance(LINK_LIFETIME - Duration::from_micros(1));
        assert_eq!(world.post("/setup/begin", As::Nobody, link.clone()).await.status, StatusCode::OK);
        world.hand.advance(Duration::from_micros(1));
        let late = world.post("/setup/begin", As::Nobody, link).await;
        let unknown = world.post("/setup/begin", As::Nobody, json!({ "link": "prs_set_never" })).await;
        assert_eq!((late.status, unknown.status), (StatusCode::GONE, StatusCode::GONE));
        assert_eq!(late.body["detail"], unknown.body["detail"]);
    });
}

#[test]
fn set_up_names_the_field_that_is_not_acceptable() {
    on_both_engines(async |world| {
        let created = world.identity.create_tenant("Ada's fleet").await.unwrap();
        let link = created.link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        let code = world.code(offer.body["totp_secret"].as_str().unwrap());
        for (field, email, password, code) in [
            ("email", "no address", PASSWORD, code.as_str()),
            ("password", "ada@example.org", "seven c", code.as_str()),
            ("totp_code", "ada@example.org", PASSWORD, "not-a-code"),
        ] {
            let answer = json!({ "link": link, "email": email, "password": password, "totp_code": code });
            let refused = world.post("/setup/finish", As::Nobody, answer).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
        }
        let answer = json!({ "link": link, "email": "ada@example.org", "password": PASSWORD, "totp_code": code });
        assert_eq!(world.post("/setup/finish", As::Nobody, answer).await.status, StatusCode::NO_CONTENT, "the link was not used up");
    });
}

#[test]
fn an_address_has_one_account() {
    on_both_engines(async |world| {
        world.owner("Ada's fleet", "ada@example.org").await;
        let second = world.identity.create_tenant("Another").await.unwrap();
        let link = second.link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        let code = world.code(offer.body["totp_secret"].as_str().unwrap());
        let answer = json!({ "link": link, "email": "ADA@example.org", "password": PASSWORD, "totp_code": code });
        let refused = world.post("/setup/finish", As::Nobody, answer).await;
        assert_eq!((refused.status, &refused.body["field"]), (StatusCode::CONFLICT, &json!("email")));
    });
}

#[test]
fn recovery_replaces_both_factors_and_ends_every_session() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let link = world.identity.recover_user(owner.tenant, "Ada@example.org").await.unwrap();
        let secret = link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": secret })).await;
        assert_eq!(offer.body["purpose"], "recovery");
        let new_totp = offer.body["totp_secret"].as_str().unwrap();
        assert_ne!(new_totp, owner.totp_secret);
        let answer =
            |email: &str| json!({ "link": secret, "email": email, "password": "another long password", "totp_code": world.code(new_totp) });
        let wrong = world.post("/setup/finish", As::Nobody, answer("eve@example.org")).await;
        assert_eq!((wrong.status, &wrong.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("email")));
        let recovered = world.post("/setup/finish", As::Nobody, answer("ada@example.org")).await;
        assert_eq!(recovered.status, StatusCode::NO_CONTENT, "{recovered:?}");
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/session", As::Session(&recovered.cookie.unwrap())).await.status, StatusCode::OK);

        world.hand.advance(Duration::from_secs(60));
        let with_old = world.sign_in(&owner.email, PASSWORD, &world.code(&owner.totp_secret)).await;
        assert_eq!(with_old.status, StatusCode::UNAUTHORIZED);
        let with_new = world.sign_in(&owner.email, "another long password", &world.code(new_totp)).await;
        assert_eq!(with_new.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn a_tenant_without_an_account_gets_a_new_set_up_link_and_the_old_one_stops() {
    on_both_engines(async |world| {
        let created = world.identity.create_tenant("Ada's fleet").await.unwrap();
        let renewed = world.identity.recover_user(created.tenant, "ada@example.org").await.unwrap();
        let old = world.post("/setup/begin", As::Nobody, json!({ "link": created.link.secret.expose() })).await;
        let new = world.post("/setup/begin", As::Nobody, json!({ "link": renewed.secret.expose() })).await;
        assert_eq!((old.status, new.status, &new.body["purpose"]), (StatusCode::GONE, StatusCode::OK, &json!("setup")));
    });
}

#[test]
fn nobody_is_recovered_in_another_tenant() {
    on_both_engines(async |world| {
        world.owner("Ada's fleet", "ada@example.org").await;
        let other = world.owner("Bob's fleet", "bob@example.org").await;
        assert!(world.identity.recover_user(other.tenant, "ada@example.org").await.is_err());
    });
}
