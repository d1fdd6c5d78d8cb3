//! Recovery codes, and that no way to another password leaves the second factor out: promise OR-10.

use axum::http::{Method, StatusCode};
use identity::recovery_codes::RECOVERY_CODES;
use serde_json::json;

use crate::world::{As, Owner, PASSWORD, World, on_both_engines};

async fn make(world: &World, owner: &Owner, code: &str) -> Vec<String> {
    let made = world.post("/account/recovery-codes", owner.session(), json!({ "totp_code": code })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body["codes"].as_array().expect("a list").iter().map(|code| code.as_str().expect("a text").to_owned()).collect()
}

async fn left(world: &World, owner: &Owner) -> u64 {
    world.get("/account/recovery-codes", owner.session()).await.body["left"].as_u64().expect("a number")
}

#[test]
fn each_of_ten_codes_stands_for_the_second_factor_once_and_never_for_the_password() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        assert_eq!(left(&world, &owner).await, 0);
        let code = world.next_code(&owner);
        let codes = make(&world, &owner, &code).await;
        assert_eq!(codes.len(), RECOVERY_CODES);
        let wrong = world.sign_in(&owner.email, "another password altogether", &codes[0]).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "it is no password");
        let typed = codes[0].to_lowercase().replace('-', " ");
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &typed).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &codes[0]).await.status, StatusCode::UNAUTHORIZED, "once");
        for code in &codes[1..] {
            assert_eq!(world.sign_in(&owner.email, PASSWORD, code).await.status, StatusCode::NO_CONTENT);
        }
        assert_eq!(left(&world, &owner).await, 0);
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "recovery-code-used").count(), RECOVERY_CODES);
        assert!(leaves.contains(&"recovery-codes-made".to_owned()));
    });
}

#[test]
fn of_two_requests_with_one_recovery_code_one_is_let_in() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let codes = make(&world, &owner, &code).await;
        let (first, second) =
            tokio::join!(world.sign_in(&owner.email, PASSWORD, &codes[0]), world.sign_in(&owner.email, PASSWORD, &codes[0]));
        let let_in = [first, second].iter().filter(|reply| reply.status == StatusCode::NO_CONTENT).count();
        assert_eq!(let_in, 1);
    });
}

#[test]
fn a_new_set_takes_a_fresh_code_and_ends_the_old_one() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let old = make(&world, &owner, &code).await;
        for stale in [code.as_str(), "000000", ""] {
            let refused = world.post("/account/recovery-codes", owner.session(), json!({ "totp_code": stale })).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        }
        assert_eq!(left(&world, &owner).await, RECOVERY_CODES as u64, "a refused request ends nothing");
        let new = make(&world, &owner, &old[0]).await;
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &old[1]).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &new[0]).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn nobodys_code_opens_somebody_elses_account() {
    on_both_engines(async |world| {
        let (ada, eve) = (world.owner("Ada's fleet", "ada@example.org").await, world.owner("Eve's fleet", "eve@example.org").await);
        let code = world.next_code(&eve);
        let eves = make(&world, &eve, &code).await;
        assert_eq!(world.sign_in(&ada.email, PASSWORD, &eves[0]).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in("nobody@example.org", PASSWORD, &eves[0]).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in(&eve.email, PASSWORD, &eves[0]).await.status, StatusCode::NO_CONTENT, "none of that used it up");
    });
}

#[test]
fn what_is_stored_of_a_recovery_code_is_none() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let codes = make(&world, &owner, &code).await;
        let digests = world.stores.identity().read(|tx| tx.query(&DIGESTS, &[])).await.unwrap();
        assert_eq!(digests.len(), RECOVERY_CODES);
        for row in digests {
            let digest: Vec<u8> = row.get(0).unwrap();
            assert!(codes.iter().all(|code| !digest.windows(4).any(|bytes| code.as_bytes().starts_with(bytes))));
            let hexadecimal: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(world.sign_in(&owner.email, PASSWORD, &hexadecimal).await.status, StatusCode::UNAUTHORIZED);
        }
    });
}

store::statements! {
    store = Identity;
    /// What is stored of recovery codes.
    DIGESTS = "SELECT code_digest FROM recovery_code" () -> (code_digest: Blob);
}

#[test]
fn promise_or_10_no_way_to_another_password_leaves_the_second_factor_out() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let codes = make(&world, &owner, &code).await;
        // By its owner: the present password alone is not enough, and a code that was taken is none.
        for stale in [code.as_str(), "000000", ""] {
            let body = json!({ "password": PASSWORD, "new_password": "vexing jorqu 1", "totp_code": stale });
            let refused = world.call(Method::PUT, "/account/password", owner.session(), Some(body)).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
            let refused = world.sign_in_anew(&owner.email, PASSWORD, stale, "vexing jorqu 1").await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
        }
        // By a link, which is made on the host only: it sets a new second factor too, and ends the old one with its codes.
        let link = world.identity.recover_user(owner.tenant, &owner.email).await.unwrap();
        let secret = link.secret.expose();
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": secret })).await;
        let new_totp = offer.body["totp_secret"].as_str().unwrap();
        for (code, expected) in [
            (String::new(), StatusCode::UNPROCESSABLE_ENTITY),
            (world.code(&owner.totp_secret), StatusCode::UNPROCESSABLE_ENTITY),
            (codes[0].clone(), StatusCode::UNPROCESSABLE_ENTITY),
            (world.code(new_totp), StatusCode::NO_CONTENT),
        ] {
            let body = json!({ "link": secret, "email": owner.email, "password": "vexing jorqu 1", "totp_code": code });
            assert_eq!(world.post("/setup/finish", As::Nobody, body).await.status, expected);
        }
        for old in [world.next_code(&owner), codes[1].clone()] {
            assert_eq!(world.sign_in(&owner.email, "vexing jorqu 1", &old).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(world.sign_in(&owner.email, "vexing jorqu 1", &world.code(new_totp)).await.status, StatusCode::NO_CONTENT);
        // There is no other: no route takes a password but these, and none of them is somebody else's. The two of passkeys take none.
        let changing = world.routes.iter().filter(|route| !matches!(route.method.name(), "GET" | "DELETE"));
        let about_passwords = changing.filter(|route| ["/setup", "/session", "/password"].iter().any(|word| route.path.contains(word)));
        let ids: Vec<&str> = about_passwords.map(|route| route.id).collect();
        assert_eq!(ids, ["changePassword", "signIn", "beginPasskeySignIn", "finishPasskeySignIn", "beginSetup", "finishSetup"]);
    });
}
