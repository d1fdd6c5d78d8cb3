//! Signing in and out, and how long that lasts.

use std::time::Duration;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use axum::http::StatusCode;
use identity::preset::{Preset, SessionLimits};
use kernel::{KeyRef, Place, UserId};
use store::{Sealed, StoreError, params};

use crate::world::{As, Owner, PASSWORD, World, on_both_engines};

store::statements! {
    store = Identity;
    /// The only account of a tenant.
    ACCOUNT = "SELECT user_id, password_hash FROM user_account WHERE tenant_id = $1" (BigInt) -> (user_id: BigInt, password_hash: Blob);
    /// Puts another hash in its place.
    SET_HASH = "UPDATE user_account SET password_hash = $2 WHERE user_id = $1" (BigInt, Blob);
    /// What a recovery does to the account, as far as a sign-in can see it.
    RECOVER = "UPDATE user_account SET version = version + 1 WHERE tenant_id = $1" (BigInt);
}

/// How often a test looks for a leaf before it goes on without one.
const LOOKS: u32 = 5_000;

/// The owner's stored hash; puts another in its place first, where one is given.
async fn stored_hash(world: &World, owner: &Owner, planted: Option<String>) -> String {
    let (keys, tenant) = (world.keys.clone(), owner.tenant);
    let opened = world.stores.identity().write(move |tx| {
        let row = tx.query_one(&ACCOUNT, &params![tenant])?;
        let user: UserId = row.get(0)?;
        let (key, place) = (KeyRef::User(tenant, user), Place { table: 301, column: 5, row: user.number() });
        if let Some(hash) = &planted {
            tx.execute(&SET_HASH, &params![user, Sealed::seal(keys.as_ref(), key, place, hash)?])?;
        }
        let sealed: Sealed<String> = tx.query_one(&ACCOUNT, &params![tenant])?.get(1)?;
        sealed.open(keys.as_ref(), key, place)
    });
    opened.await.map_err(|error: StoreError| error.to_string()).expect("opened")
}

#[test]
fn promise_gl_5_a_password_is_kept_as_argon2id_and_a_weaker_hash_is_replaced_at_the_next_sign_in() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        assert!(stored_hash(&world, &owner, None).await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
        let weak = weak.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string();
        assert_eq!(world.identity.password_hashes().await.unwrap(), (1, 0));
        assert_eq!(stored_hash(&world, &owner, Some(weak.clone())).await, weak);
        assert_eq!(world.identity.password_hashes().await.unwrap(), (1, 1), "the doctor sees it");
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT);
        assert!(stored_hash(&world, &owner, None).await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(world.identity.password_hashes().await.unwrap(), (1, 0));
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT, "with the new hash");
    });
}

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
fn a_sign_in_that_read_the_account_before_its_owner_got_back_in_is_refused() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (code, tenant) = (world.next_code(&owner), owner.tenant);
        // The account is being recovered, and that is not committed until the sign-in has checked what it read.
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (commit, may_commit) = std::sync::mpsc::channel::<()>();
        let mut begun = Some(begun);
        let recovering = world.stores.identity().write(move |tx| {
            tx.execute(&RECOVER, &params![tenant])?;
            if let Some(begun) = begun.take() {
                let _the_test_failed = begun.send(());
            }
            let _the_test_failed = may_commit.recv();
            Ok::<_, StoreError>(())
        });
        let signing_in = async {
            has_begun.await.unwrap();
            world.sign_in(&owner.email, PASSWORD, &code).await
        };
        let committing = async {
            // The leaf is the last that is written before the account; where none comes, the sign-in waits earlier.
            for _ in 0..LOOKS {
                if world.leaves(tenant).await.contains(&"signed-in".to_owned()) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            commit.send(()).unwrap();
        };
        let (recovered, signed_in, ()) = tokio::join!(recovering, signing_in, committing);
        recovered.unwrap();
        assert_eq!((signed_in.status, signed_in.cookie), (StatusCode::UNAUTHORIZED, None));
        assert!(world.leaves(tenant).await.contains(&"sign-in-failed".to_owned()));
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
fn after_ten_failures_nothing_is_checked_until_a_pause_is_over_and_success_begins_anew() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let mut wrong = world.sign_in(&owner.email, PASSWORD, "000000").await;
        for _ in 1..10 {
            assert_eq!(world.sign_in(&owner.email, PASSWORD, "000000").await.status, StatusCode::UNAUTHORIZED);
        }
        let failed = async || world.instance_leaves().await.iter().filter(|kind| *kind == "sign-in-failed").count();
        let before = failed().await;
        let mut paused = world.sign_in(&owner.email, PASSWORD, &code).await;
        assert_eq!(failed().await, before + 1, "as much is done as for an address that nobody has");
        for answer in [&mut wrong, &mut paused] {
            answer.body.as_object_mut().unwrap().remove("request");
        }
        assert_eq!((paused.status, paused.body), (wrong.status, wrong.body), "the right code gets the answer of a wrong one");
        assert_eq!(world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "sign-in-failed").count(), 10);
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK, "a session that exists goes on");

        world.hand.advance(Duration::from_secs(1));
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT, "the pause is over");
        for _ in 0..9 {
            assert_eq!(world.sign_in(&owner.email, PASSWORD, "000000").await.status, StatusCode::UNAUTHORIZED);
        }
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT, "it was counted anew");
    });
}

#[test]
fn a_session_that_is_not_used_ends_and_one_that_is_used_goes_on_to_its_limit() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (begun, SessionLimits { idle, lifetime }) = (world.clock.now(), Preset::Nist.session_limits());
        while world.clock.now().since(begun) + idle < lifetime {
            world.hand.advance(idle - Duration::from_secs(1));
            assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
        }
        world.hand.set(begun.plus(lifetime));
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED, "at its limit");

        let code = world.next_code(&owner);
        let cookie = world.sign_in(&owner.email, PASSWORD, &code).await.cookie.unwrap();
        world.hand.advance(idle);
        assert_eq!(world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED, "left alone");
    });
}
