//! Signing in and out, and how long that lasts.

use std::time::Duration;

use axum::http::StatusCode;
use identity::session::{SESSION_IDLE_MAX, SESSION_LIFETIME};

use crate::world::{As, PASSWORD, on_both_engines};

/// A code as authenticators show it, in two halves.
fn as_shown(code: &str) -> String {
    let (left, right) = code.split_at(3);
    format!("{left} {right}")
}

#[test]
fn a_person_signs_in_with_password_and_code_and_out_again() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let signed_in = world.sign_in("ADA@example.org", PASSWORD, &as_shown(&code)).await;
        assert_eq!(signed_in.status, StatusCode::NO_CONTENT);
        let cookie = signed_in.cookie.unwrap();
        assert_eq!(world.get("/session", As::Session(&cookie)).await.status, StatusCode::OK);
        assert_eq!(world.delete("/session", As::Session(&cookie)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED);
        let leaves = world.leaves(owner.tenant).await;
        assert!(leaves.contains(&"signed-in".to_owned()) && leaves.contains(&"signed-out".to_owned()), "{leaves:?}");
    });
}

#[test]
fn promise_or_10_a_code_is_taken_once() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let used_at_set_up = world.code(&owner.totp_secret);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &used_at_set_up).await.status, StatusCode::UNAUTHORIZED);
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn of_two_requests_with_one_code_one_is_let_in() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let (first, second) = tokio::join!(world.sign_in(&owner.email, PASSWORD, &code), world.sign_in(&owner.email, PASSWORD, &code));
        let let_in = [first.status, second.status].iter().filter(|status| **status == StatusCode::NO_CONTENT).count();
        assert_eq!(let_in, 1, "{first:?} {second:?}");
    });
}

#[test]
fn an_unknown_address_a_wrong_password_and_a_wrong_code_get_the_same_answer() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let mut answers = Vec::new();
        for (email, password, code) in [
            ("nobody@example.org", PASSWORD, code.as_str()),
            ("no address at all", PASSWORD, code.as_str()),
            (owner.email.as_str(), "wrong horse battery staple", code.as_str()),
            (owner.email.as_str(), PASSWORD, "000000"),
            (owner.email.as_str(), "", ""),
            (owner.email.as_str(), &"a".repeat(2_000), code.as_str()),
        ] {
            let mut answer = world.sign_in(email, password, code).await;
            assert!(answer.cookie.is_none());
            answer.body.as_object_mut().unwrap().remove("request");
            answers.push((answer.status, answer.body.to_string()));
        }
        assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT, "the code was not used up");
        assert_eq!(world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "sign-in-failed").count(), 4);
    });
}

#[test]
fn a_session_that_is_not_used_ends_and_one_that_is_used_goes_on_to_its_limit() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let begun = world.clock.now();
        while world.clock.now().since(begun) + SESSION_IDLE_MAX < SESSION_LIFETIME {
            world.hand.advance(SESSION_IDLE_MAX - Duration::from_secs(1));
            assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
        }
        world.hand.set(begun.plus(SESSION_LIFETIME));
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED, "at its limit");

        let code = world.next_code(&owner);
        let cookie = world.sign_in(&owner.email, PASSWORD, &code).await.cookie.unwrap();
        world.hand.advance(SESSION_IDLE_MAX);
        assert_eq!(world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED, "left alone");
    });
}
