//! What a tenant holds its passwords and sessions to: promise OR-16. The figures themselves are tested beside them.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::preset::{PCI_LOCK, TRIES_MAX};
use serde_json::json;

use crate::world::{As, Owner, PASSWORD, Reply, World, on_both_engines};

/// Keeps the rules of both presets, each.
const FOUR: [&str; 4] = ["vexing jorqu 1", "vexing jorqu 2", "vexing jorqu 3", "vexing jorqu 4"];

fn problem(reply: &Reply) -> &str {
    reply.body["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
}

/// An owner whose tenant has chosen `pci`, signed in with a password that is good there.
async fn owner_under_pci(world: &World) -> Owner {
    let mut owner = world.owner("Weir Valley", "grace@example.org").await;
    world.choose(&owner, "pci").await;
    let code = world.next_code(&owner);
    let anew = world.sign_in_anew(&owner.email, PASSWORD, &code, FOUR[0]).await;
    assert_eq!(anew.status, StatusCode::NO_CONTENT, "{anew:?}");
    owner.cookie = anew.cookie.expect("a session");
    owner
}

async fn change(world: &World, owner: &mut Owner, old: &str, new: &str) -> Reply {
    let code = world.next_code(owner);
    let body = json!({ "password": old, "new_password": new, "totp_code": code });
    let mut changed = world.call(Method::PUT, "/account/password", owner.session(), Some(body)).await;
    if let Some(cookie) = changed.cookie.take() {
        owner.cookie = cookie;
    }
    changed
}

#[test]
fn promise_or_16_each_tenant_has_its_own_preset_and_begins_with_nist() {
    on_both_engines(async |world| {
        let (ada, grace) = (world.owner("Ada's fleet", "ada@example.org").await, world.owner("Weir Valley", "grace@example.org").await);
        world.choose(&grace, "pci").await;
        let rules = async |owner: &Owner| world.get("/session", owner.session()).await.body["password_rules"].clone();
        assert_eq!(rules(&ada).await, json!({ "chars_min": 8, "letters_and_digits": false, "remembered": 0 }));
        assert_eq!(rules(&grace).await, json!({ "chars_min": 12, "letters_and_digits": true, "remembered": 4 }));
        assert_eq!(world.get("/settings", ada.session()).await.body["preset"], "nist");
        let unknown = world.call(Method::PATCH, "/settings", ada.session(), Some(json!({ "preset": "none" }))).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn promise_or_16_an_account_is_set_up_with_a_password_that_keeps_the_rules_and_names_nobody() {
    on_both_engines(async |world| {
        let created = world.identity.create_tenant("Weir Valley Mills").await.unwrap();
        let link = created.link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        assert_eq!(offer.body["password_rules"]["chars_min"], 8);
        let code = world.code(offer.body["totp_secret"].as_str().unwrap());
        for (password, is_taken) in
            [("vexjorq", false), ("password", false), ("lovelace1815", false), ("WeirValley-99", false), ("vexjorqu", true)]
        {
            let answer = json!({ "link": link, "email": "ada.lovelace@example.org", "password": password, "totp_code": code });
            let finished = world.post("/setup/finish", As::Nobody, answer).await;
            let expected = if is_taken { StatusCode::NO_CONTENT } else { StatusCode::UNPROCESSABLE_ENTITY };
            assert_eq!(finished.status, expected, "{password}: {finished:?}");
            assert!(is_taken || finished.body["field"] == "password");
        }
    });
}

#[test]
fn promise_or_16_whose_password_does_not_keep_new_rules_is_let_in_with_another_one_only() {
    on_both_engines(async |world| {
        let owner = world.owner("Weir Valley", "grace@example.org").await;
        world.choose(&owner, "pci").await;
        let code = world.next_code(&owner);
        let wrong = world.sign_in(&owner.email, "another one entirely", &code).await;
        assert_eq!(problem(&wrong), "sign-in-refused", "who does not know the password learns nothing of the rules");
        let due = world.sign_in(&owner.email, PASSWORD, &code).await;
        assert_eq!((due.status, problem(&due), due.cookie.as_deref()), (StatusCode::FORBIDDEN, "password-due", None));
        let bad = world.sign_in_anew(&owner.email, PASSWORD, &code, "no digit in this one").await;
        assert_eq!((bad.status, &bad.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("new_password")));
        let anew = world.sign_in_anew(&owner.email, PASSWORD, &code, FOUR[0]).await;
        assert_eq!(anew.status, StatusCode::NO_CONTENT, "{anew:?}");
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED, "other sessions end");

        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::UNAUTHORIZED, "the old one is none any more");
        assert_eq!(world.sign_in(&owner.email, FOUR[0], &code).await.status, StatusCode::NO_CONTENT);
        assert!(world.leaves(owner.tenant).await.contains(&"password-changed".to_owned()));
    });
}

#[test]
fn promise_or_16_under_pci_none_of_the_last_four_passwords_comes_again_and_the_fifth_does() {
    on_both_engines(async |world| {
        let mut owner = owner_under_pci(&world).await;
        for pair in FOUR.windows(2) {
            let changed = change(&world, &mut owner, pair[0], pair[1]).await;
            assert_eq!(changed.status, StatusCode::NO_CONTENT, "{changed:?}");
        }
        for used in FOUR {
            let refused = change(&world, &mut owner, FOUR[3], used).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("new_password")), "{used}");
        }
        assert_eq!(change(&world, &mut owner, FOUR[3], "vexing jorqu 5").await.status, StatusCode::NO_CONTENT);
        assert_eq!(change(&world, &mut owner, "vexing jorqu 5", FOUR[0]).await.status, StatusCode::NO_CONTENT, "the fifth back");
    });
}

#[test]
fn promise_or_16_a_recovery_does_not_bring_one_of_the_last_four_passwords_back() {
    on_both_engines(async |world| {
        let mut owner = owner_under_pci(&world).await;
        assert_eq!(change(&world, &mut owner, FOUR[0], FOUR[1]).await.status, StatusCode::NO_CONTENT);
        let link = world.identity.recover_user(owner.tenant, &owner.email).await.unwrap();
        let secret = link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": secret })).await;
        let code = world.code(offer.body["totp_secret"].as_str().unwrap());
        let email = owner.email.clone();
        let answer = |password: &str| json!({ "link": secret, "email": email, "password": password, "totp_code": code });
        for used in [FOUR[0], FOUR[1]] {
            let refused = world.post("/setup/finish", As::Nobody, answer(used)).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{used}");
        }
        let recovered = world.post("/setup/finish", As::Nobody, answer(FOUR[2])).await;
        assert_eq!(recovered.status, StatusCode::NO_CONTENT, "{recovered:?}");
        (owner.cookie, owner.totp_secret) = (recovered.cookie.unwrap(), offer.body["totp_secret"].as_str().unwrap().to_owned());
        let refused = change(&world, &mut owner, FOUR[2], FOUR[1]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "the one before the recovery is remembered too");
    });
}

#[test]
fn under_nist_a_password_may_come_again_and_nothing_of_it_is_kept() {
    on_both_engines(async |world| {
        let mut owner = owner_under_pci(&world).await;
        assert_eq!(change(&world, &mut owner, FOUR[0], FOUR[1]).await.status, StatusCode::NO_CONTENT);
        world.choose(&owner, "nist").await;
        assert_eq!(change(&world, &mut owner, FOUR[1], FOUR[0]).await.status, StatusCode::NO_CONTENT);
        let kept = world.stores.identity().read(|tx| tx.query(&KEPT, &[])).await.unwrap();
        assert!(kept.is_empty(), "{} rows", kept.len());
    });
}

store::statements! {
    store = Identity;
    /// Who has former passwords.
    KEPT = "SELECT user_id FROM former_password" () -> (user_id: BigInt);
}

#[test]
fn promise_or_16_under_pci_ten_tries_lock_an_address_for_thirty_minutes() {
    on_both_engines(async |world| {
        let owner = owner_under_pci(&world).await;
        for _ in 0..TRIES_MAX {
            assert_eq!(world.sign_in(&owner.email, FOUR[0], "000000").await.status, StatusCode::UNAUTHORIZED);
        }
        world.hand.advance(PCI_LOCK - Duration::from_micros(1));
        let code = world.code(&owner.totp_secret);
        assert_eq!(world.sign_in(&owner.email, FOUR[0], &code).await.status, StatusCode::UNAUTHORIZED, "locked to the last moment");
        world.hand.advance(Duration::from_micros(1));
        let code = world.code(&owner.totp_secret);
        assert_eq!(world.sign_in(&owner.email, FOUR[0], &code).await.status, StatusCode::NO_CONTENT);
        for _ in 0..TRIES_MAX - 1 {
            assert_eq!(world.sign_in(&owner.email, FOUR[0], "000000").await.status, StatusCode::UNAUTHORIZED);
        }
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, FOUR[0], &code).await.status, StatusCode::NO_CONTENT, "one try fewer locks nobody");
    });
}

#[test]
fn a_lock_by_a_stranger_leaves_whoever_has_a_session_at_work() {
    on_both_engines(async |world| {
        let mut owner = owner_under_pci(&world).await;
        for _ in 0..=TRIES_MAX {
            world.sign_in(&owner.email, "a guess of a stranger 1", "000000").await;
        }
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, FOUR[0], &code).await.status, StatusCode::UNAUTHORIZED, "the control: it is locked");
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
        assert_eq!(change(&world, &mut owner, FOUR[0], FOUR[1]).await.status, StatusCode::NO_CONTENT, "dangerous acts go on too");
    });
}

#[test]
fn promise_or_16_under_pci_a_session_is_over_when_it_is_left_alone_for_fifteen_minutes() {
    on_both_engines(async |world| {
        let owner = owner_under_pci(&world).await;
        let quarter = Duration::from_secs(15 * 60);
        for _ in 0..3 {
            world.hand.advance(quarter - Duration::from_micros(1));
            assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
        }
        world.hand.advance(quarter);
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn a_stricter_preset_ends_a_session_that_has_lasted_too_long_already() {
    on_both_engines(async |world| {
        let owner = world.owner("Weir Valley", "grace@example.org").await;
        world.hand.advance(Duration::from_secs(11 * 3_600));
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
        world.choose(&owner, "pci").await;
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK, "within its day of twelve hours");
        world.hand.advance(Duration::from_secs(14 * 60));
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
        for _ in 0..4 {
            world.hand.advance(Duration::from_secs(14 * 60));
            world.get("/session", owner.session()).await;
        }
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED, "used all the time");
    });
}
