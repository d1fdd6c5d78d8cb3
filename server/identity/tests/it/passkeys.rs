//! Passkeys: adding, showing and removing them, and what never counts as one. Promise OR-10.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::passkey::PASSKEYS_MAX;
use serde_json::{Value, json};
use web::PeerInfo;
use web::doors::{GUESS_POINTS, PEER_REFUSALS};

use crate::authenticator::{Authenticator, Key, base64url, client_data};
use crate::world::{As, Owner, PASSWORD, PUBLIC_URL, Reply, World, on_both_engines};

fn authenticator() -> Authenticator {
    Authenticator::new(Key::es256(), PUBLIC_URL)
}

/// The offer for a new passkey, for which a code is shown.
async fn offer(world: &World, owner: &Owner) -> Value {
    let code = world.next_code(owner);
    let offer = world.post("/account/passkeys/begin", owner.session(), json!({ "totp_code": code })).await;
    assert_eq!(offer.status, StatusCode::OK, "{offer:?}");
    offer.body
}

/// Brings what an authenticator made to the server.
async fn bring(world: &World, owner: &Owner, mut made: Value) -> Reply {
    made["name"] = "Key on my ring".into();
    world.post("/account/passkeys", owner.session(), made).await
}

/// Adds a passkey.
pub(crate) async fn add_passkey(world: &World, owner: &Owner, authenticator: &mut Authenticator) -> Reply {
    let offer = offer(world, owner).await;
    let added = bring(world, owner, authenticator.create(&offer)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    added
}

/// A question, and the tie of the browser that asked.
async fn question(world: &World) -> (Value, String) {
    let asked = world.call(Method::POST, "/session/passkey/begin", As::Nobody, None).await;
    assert_eq!(asked.status, StatusCode::OK, "{asked:?}");
    (asked.body, asked.cookie.expect("a tie"))
}

/// Answers a question in the browser of this tie.
async fn answer(world: &World, tie: &str, shown: Value) -> Reply {
    world.post("/session/passkey/finish", As::Tied(tie), shown).await
}

pub(crate) async fn sign_in(world: &World, authenticator: &Authenticator) -> Reply {
    let (question, tie) = question(world).await;
    answer(world, &tie, authenticator.get(&question)).await
}

async fn listed(world: &World, owner: &Owner) -> Vec<Value> {
    world.get("/account/passkeys", owner.session()).await.body["items"].as_array().expect("a list").clone()
}

fn refused(mut reply: Reply) -> (StatusCode, Value) {
    assert!(reply.cookie.is_none(), "a session began: {reply:?}");
    reply.body.as_object_mut().expect("a problem").remove("request");
    (reply.status, reply.body)
}

#[test]
fn promise_or_10_a_passkey_signs_its_person_in_without_a_name_a_password_or_a_code() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        for key in [Key::es256(), Key::ed25519(), Key::rs256()] {
            let mut authenticator = Authenticator::new(key, PUBLIC_URL);
            add_passkey(&world, &owner, &mut authenticator).await;
            let signed_in = sign_in(&world, &authenticator).await;
            assert_eq!(signed_in.status, StatusCode::NO_CONTENT, "{signed_in:?}");
            let session = world.get("/session", As::Session(&signed_in.cookie.expect("a session"))).await;
            assert_eq!(session.body["email"], "ada@example.org");
        }
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "passkey-added").count(), 3);
        assert_eq!(leaves.iter().filter(|kind| *kind == "signed-in").count(), 3);
    });
}

#[test]
fn a_passkey_is_added_by_who_shows_the_second_factor_in_the_same_session() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        for stale in ["000000", "", "passkey.AAAA"] {
            let begun = world.post("/account/passkeys/begin", owner.session(), json!({ "totp_code": stale })).await;
            assert_eq!(begun.status, StatusCode::FORBIDDEN, "{begun:?}");
        }
        // In another session of the same person the answer is none.
        let offer = offer(&world, &owner).await;
        let code = world.next_code(&owner);
        let other = world.sign_in(&owner.email, PASSWORD, &code).await.cookie.expect("a session");
        let mut made = authenticator().create(&offer);
        made["name"] = "Key".into();
        let elsewhere = world.post("/account/passkeys", As::Session(&other), made.clone()).await;
        assert_eq!((elsewhere.status, &elsewhere.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("client_data")));
        // The question of a sign-in is none for adding, and an answer is taken once.
        let (question, _) = question(&world).await;
        let mut of_sign_in = authenticator();
        let client = client_data("webauthn.create", question["challenge"].as_str().unwrap(), PUBLIC_URL);
        let mut forged = of_sign_in.create(&offer);
        forged["client_data"] = base64url(&client).into();
        assert_eq!(bring(&world, &owner, forged).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(bring(&world, &owner, made.clone()).await.status, StatusCode::CREATED);
        assert_eq!(bring(&world, &owner, made).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(listed(&world, &owner).await.len(), 1);
    });
}

#[test]
fn an_offer_is_good_for_five_minutes() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let first = offer(&world, &owner).await;
        world.hand.advance(Duration::from_secs(299));
        assert_eq!(bring(&world, &owner, authenticator().create(&first)).await.status, StatusCode::CREATED);
        let second = offer(&world, &owner).await;
        world.hand.advance(Duration::from_secs(300));
        assert_eq!(bring(&world, &owner, authenticator().create(&second)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn an_offer_says_what_an_authenticator_needs_and_no_address_in_its_handle() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let eve = world.owner("Eve's fleet", "eve@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let offered = offer(&world, &owner).await;
        assert_eq!((&offered["rp_id"], &offered["user_name"]), (&json!("purser.example"), &json!("ada@example.org")));
        assert_eq!(offered["algorithms"], json!([-8, -7, -257]));
        assert_eq!(offered["passkeys"], json!([base64url(&authenticator.id)]));
        let user = world.get("/session", owner.session()).await.body["user"].as_str().unwrap().to_owned();
        assert_eq!(offered["user_handle"].as_str().unwrap().len(), 43, "32 bytes");
        assert!(!offered["user_handle"].as_str().unwrap().contains(user.trim_start_matches("usr_")));
        assert_ne!(offer(&world, &eve).await["user_handle"], offered["user_handle"]);
    });
}

#[test]
fn nobody_has_more_passkeys_than_there_may_be() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        for _ in 0..PASSKEYS_MAX - 1 {
            add_passkey(&world, &owner, &mut authenticator()).await;
        }
        let (one, two) = (offer(&world, &owner).await, offer(&world, &owner).await);
        assert_eq!(bring(&world, &owner, authenticator().create(&one)).await.status, StatusCode::CREATED);
        let beyond = bring(&world, &owner, authenticator().create(&two)).await;
        assert_eq!(
            (beyond.status, beyond.body["type"].as_str()),
            (StatusCode::CONFLICT, Some("https://purser.dev/problems/limit-reached")),
            "{beyond:?}"
        );
        let code = world.next_code(&owner);
        let begun = world.post("/account/passkeys/begin", owner.session(), json!({ "totp_code": code })).await;
        assert_eq!(begun.status, StatusCode::CONFLICT, "{begun:?}");
        assert_eq!(listed(&world, &owner).await.len(), PASSKEYS_MAX);
    });
}

#[test]
fn one_passkey_is_one_persons() {
    on_both_engines(async |world| {
        let (ada, eve) = (world.owner("Ada's fleet", "ada@example.org").await, world.owner("Eve's fleet", "eve@example.org").await);
        let mut authenticator = authenticator();
        add_passkey(&world, &ada, &mut authenticator).await;
        for owner in [&ada, &eve] {
            let offer = offer(&world, owner).await;
            let again = bring(&world, owner, authenticator.create(&offer)).await;
            assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{again:?}");
        }
        // What Eve's authenticator says of whose it is does not make it Ada's, nor the other way round.
        authenticator.user_handle = vec![7; 32];
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn whatever_is_wrong_with_a_passkey_the_answer_is_that_of_an_unknown_one() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut known = authenticator();
        add_passkey(&world, &owner, &mut known).await;
        let mut unknown = authenticator();
        unknown.user_handle = known.user_handle.clone();
        let expected = refused(sign_in(&world, &unknown).await);
        assert_eq!(expected.0, StatusCode::UNAUTHORIZED);

        let (asked, tie) = question(&world).await;
        let good = known.get(&asked);
        let with = |field: &str, value: Value| {
            let mut shown = good.clone();
            shown[field] = value;
            shown
        };
        let other = authenticator().get(&asked);
        let mut unsigned = good.clone();
        unsigned.as_object_mut().unwrap().remove("user_handle");
        let cases = [
            ("another signature", with("signature", other["signature"].clone())),
            ("another name", with("credential_id", other["credential_id"].clone())),
            ("somebody else", with("user_handle", base64url(&[7; 32]).into())),
            ("nobody", unsigned),
            ("a made-up challenge", with("client_data", base64url(&client_data("webauthn.get", &base64url(&[7; 40]), PUBLIC_URL)).into())),
            ("no client data", with("client_data", "".into())),
            (
                "another page",
                with(
                    "client_data",
                    base64url(&client_data("webauthn.get", asked["challenge"].as_str().unwrap(), "https://evil.example")).into(),
                ),
            ),
        ];
        for (name, shown) in cases {
            assert_eq!(refused(answer(&world, &tie, shown).await), expected, "{name}");
        }
        for other_tie in ["", "AAAA"] {
            assert_eq!(refused(answer(&world, other_tie, good.clone()).await), expected, "another browser");
        }
        let (_, of_other) = question(&world).await;
        assert_eq!(refused(answer(&world, &of_other, good.clone()).await), expected, "the tie of another question");
        let no_cookie = world.post("/session/passkey/finish", As::Nobody, good.clone()).await;
        assert_eq!(refused(no_cookie), expected, "no tie");
        // The control; and then the same once more.
        assert_eq!(answer(&world, &tie, good.clone()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(refused(answer(&world, &tie, good).await), expected, "taken before");
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "signed-in").count(), 1, "nobody is told to have signed in who did not");
    });
}

#[test]
fn of_two_requests_with_one_answer_one_is_let_in() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let (asked, tie) = question(&world).await;
        let shown = authenticator.get(&asked);
        let (first, second) = tokio::join!(answer(&world, &tie, shown.clone()), answer(&world, &tie, shown));
        let let_in = [first, second].iter().filter(|reply| reply.status == StatusCode::NO_CONTENT).count();
        assert_eq!(let_in, 1);
    });
}

#[test]
fn an_answer_is_good_for_five_minutes() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        for (seconds, status) in [(299, StatusCode::NO_CONTENT), (300, StatusCode::UNAUTHORIZED)] {
            let (asked, tie) = question(&world).await;
            world.hand.advance(Duration::from_secs(seconds));
            assert_eq!(answer(&world, &tie, authenticator.get(&asked)).await.status, status, "{seconds} s");
        }
    });
}

#[test]
fn an_authenticator_that_counts_backwards_is_refused_and_told_of() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        authenticator.count = 1;
        add_passkey(&world, &owner, &mut authenticator).await;
        for (count, status) in [
            (2, StatusCode::NO_CONTENT),
            (2, StatusCode::UNAUTHORIZED),
            (1, StatusCode::UNAUTHORIZED),
            (0, StatusCode::UNAUTHORIZED),
            (3, StatusCode::NO_CONTENT),
        ] {
            authenticator.count = count;
            assert_eq!(sign_in(&world, &authenticator).await.status, status, "{count}");
        }
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "sign-in-failed").count(), 3);
    });
}

#[test]
fn a_lock_of_the_password_keeps_nobody_out_who_has_a_passkey() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        world.choose(&owner, "pci").await;
        for _ in 0..12 {
            world.sign_in(&owner.email, "a stranger's guess", "000000").await;
        }
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::UNAUTHORIZED, "locked");
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn a_network_that_the_tenant_does_not_let_in_is_answered_like_an_unknown_passkey() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let code = world.next_code(&owner);
        let lists = json!({ "people": ["192.0.2.0/24"], "api": [], "agents": [] });
        let body = json!({ "token_days_max": 90, "networks": lists, "totp_code": code });
        let inside = PeerInfo::Network(SocketAddr::from(([192, 0, 2, 9], 1)));
        let outside = PeerInfo::Network(SocketAddr::from(([198, 51, 100, 9], 1)));
        let changed = world.call_from(inside, Method::PUT, "/access-policy", owner.session(), Some(body)).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        for (peer, status) in [(outside, StatusCode::UNAUTHORIZED), (inside, StatusCode::NO_CONTENT)] {
            let (asked, tie) = question(&world).await;
            let shown = authenticator.get(&asked);
            let reply = world.call_from(peer, Method::POST, "/session/passkey/finish", As::Tied(&tie), Some(shown)).await;
            assert_eq!(reply.status, status, "{reply:?}");
        }
    });
}

#[test]
fn a_refused_passkey_counts_as_a_wrong_guess_and_asking_for_a_question_as_none() {
    on_both_engines(async |world| {
        let peer = PeerInfo::Network(SocketAddr::from(([198, 51, 100, 9], 1)));
        let unknown = authenticator();
        let mut refusals = 0;
        loop {
            let asked = world.call_from(peer, Method::POST, "/session/passkey/begin", As::Nobody, None).await;
            if asked.status == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
            let tie = asked.cookie.expect("a tie");
            let shown = unknown.get(&asked.body);
            let refused = world.call_from(peer, Method::POST, "/session/passkey/finish", As::Tied(&tie), Some(shown)).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
            refusals += 1;
        }
        assert_eq!(refusals, PEER_REFUSALS.burst / GUESS_POINTS + 1, "then the peer is banned");
    });
}

/// Shows a passkey once more: what stands for a code.
async fn confirm(world: &World, owner: &Owner, authenticator: &Authenticator) -> Reply {
    let asked = world.call(Method::POST, "/account/passkeys/confirm/begin", owner.session(), None).await;
    assert_eq!(asked.status, StatusCode::OK, "{asked:?}");
    world.post("/account/passkeys/confirm/finish", owner.session(), authenticator.get(&asked.body)).await
}

#[test]
fn a_passkey_that_is_shown_once_more_stands_for_one_code_of_one_act() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let none = world.call(Method::POST, "/account/passkeys/confirm/begin", owner.session(), None).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "there is none yet");
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let code = confirm(&world, &owner, &authenticator).await.body["totp_code"].as_str().expect("a text").to_owned();
        assert!(code.len() <= 64, "it fits where a code is asked for");
        // It is no code at sign-in, beside the right password either.
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::UNAUTHORIZED);
        let act = async |code: &str| world.post("/account/recovery-codes", owner.session(), json!({ "totp_code": code })).await.status;
        assert_eq!(act(&code).await, StatusCode::CREATED);
        assert_eq!(act(&code).await, StatusCode::FORBIDDEN, "once");
        let late = confirm(&world, &owner, &authenticator).await.body["totp_code"].as_str().expect("a text").to_owned();
        world.hand.advance(Duration::from_secs(120));
        assert_eq!(act(&late).await, StatusCode::FORBIDDEN, "two minutes");
    });
}

#[test]
fn nobody_confirms_with_somebody_elses_passkey_or_another_questions_answer() {
    on_both_engines(async |world| {
        let (ada, eve) = (world.owner("Ada's fleet", "ada@example.org").await, world.owner("Eve's fleet", "eve@example.org").await);
        let (mut of_ada, mut of_eve) = (authenticator(), authenticator());
        add_passkey(&world, &ada, &mut of_ada).await;
        add_passkey(&world, &eve, &mut of_eve).await;
        assert_eq!(confirm(&world, &ada, &of_eve).await.status, StatusCode::FORBIDDEN);
        // A sign-in's question answers no confirmation, and Ada's confirmation is nothing of Eve's.
        let (asked, _) = question(&world).await;
        let shown = of_ada.get(&asked);
        assert_eq!(world.post("/account/passkeys/confirm/finish", ada.session(), shown).await.status, StatusCode::FORBIDDEN);
        let code = confirm(&world, &ada, &of_ada).await.body["totp_code"].clone();
        let of_other = world.post("/account/recovery-codes", eve.session(), json!({ "totp_code": code })).await;
        assert_eq!(of_other.status, StatusCode::FORBIDDEN);
        let own = world.post("/account/recovery-codes", ada.session(), json!({ "totp_code": code })).await;
        assert_eq!(own.status, StatusCode::CREATED, "the control");
    });
}

#[test]
fn passkeys_are_listed_renamed_and_removed_by_their_person() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        let added = add_passkey(&world, &owner, &mut authenticator).await.body;
        assert_eq!((&added["name"], &added["synced"], &added["last_used_at"]), (&json!("Key on my ring"), &json!(false), &Value::Null));
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::NO_CONTENT);
        let path = format!("/account/passkeys/{}", added["passkey"].as_str().unwrap());
        for (name, status) in [("", StatusCode::UNPROCESSABLE_ENTITY), ("Blue key", StatusCode::OK)] {
            assert_eq!(world.call(Method::PATCH, &path, owner.session(), Some(json!({ "name": name }))).await.status, status);
        }
        let list = listed(&world, &owner).await;
        assert_eq!((list.len(), &list[0]["name"]), (1, &json!("Blue key")));
        assert_eq!(list[0]["last_used_at"], json!(world.clock.now().to_string()));
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NOT_FOUND);
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::UNAUTHORIZED, "it is gone");
        // The last one is gone, and its person is not kept out.
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT);
        let leaves = world.leaves(owner.tenant).await;
        for kind in ["passkey-added", "passkey-changed", "passkey-removed"] {
            assert_eq!(leaves.iter().filter(|one| *one == kind).count(), 1, "{kind}");
        }
    });
}

#[test]
fn promise_or_10_a_recovery_ends_every_passkey_and_adds_none() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let link = world.identity.recover_user(owner.tenant, &owner.email).await.unwrap();
        let secret = link.secret.expose();
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::NO_CONTENT, "a link alone ends nothing");
        let offer = world.post("/setup/begin", As::Nobody, json!({ "link": secret })).await;
        let totp_secret = offer.body["totp_secret"].as_str().unwrap();
        let (asked, tie) = question(&world).await;
        let shown = authenticator.get(&asked);
        let body = json!({ "link": secret, "email": owner.email, "password": "vexing jorqu 1", "totp_code": world.code(totp_secret) });
        let finished = world.post("/setup/finish", As::Nobody, body).await;
        assert_eq!(finished.status, StatusCode::NO_CONTENT, "{finished:?}");
        let session = finished.cookie.expect("a session");
        assert_eq!(world.get("/account/passkeys", As::Session(&session)).await.body["items"], json!([]));
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer(&world, &tie, shown).await.status, StatusCode::UNAUTHORIZED, "what was signed before neither");
    });
}

#[test]
fn a_changed_password_leaves_passkeys_as_they_are() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let code = world.next_code(&owner);
        let body = json!({ "password": PASSWORD, "new_password": "vexing jorqu 1", "totp_code": code });
        let changed = world.call(Method::PUT, "/account/password", owner.session(), Some(body)).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{changed:?}");
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::NO_CONTENT);
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "passkey-added").count(), 1);
    });
}

#[test]
fn what_is_stored_of_a_passkey_is_sealed() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let rows = world.stores.identity().read(|tx| tx.query(&STORED, &[])).await.unwrap();
        assert_eq!(rows.len(), 1);
        for column in 0..4 {
            let bytes: Vec<u8> = rows[0].get(column).unwrap();
            let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            assert!(!holds(&authenticator.id[..8]) && !holds(b"ring"), "column {column}");
        }
    });
}

store::statements! {
    store = Identity;
    /// What is stored of passkeys.
    STORED = "SELECT credential_index, credential, public_key, name FROM passkey"
        () -> (credential_index: Blob, credential: Blob, public_key: Blob, name: Blob);
}

#[test]
fn a_server_says_at_which_origin_passkeys_work() {
    on_both_engines(async |world| {
        let said = world.get("/session/passkey", As::Nobody).await;
        assert_eq!((said.status, said.body), (StatusCode::OK, json!({ "origin": "https://purser.example", "off": null })));
    });
}

#[test]
fn where_the_public_address_is_no_name_passkeys_are_off_and_a_code_stays_good() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let world = world.moved_to("https://192.0.2.7:8443");
        assert_eq!(world.get("/session/passkey", As::Nobody).await.body, json!({ "origin": null, "off": "ip-address" }));
        let code = world.next_code(&owner);
        let begun = world.post("/account/passkeys/begin", owner.session(), json!({ "totp_code": code })).await;
        assert_eq!(
            (begun.status, begun.body["type"].as_str()),
            (StatusCode::CONFLICT, Some("https://purser.dev/problems/passkeys-off")),
            "{begun:?}"
        );
        assert_eq!(world.call(Method::POST, "/session/passkey/begin", As::Nobody, None).await.status, StatusCode::CONFLICT);
        assert_eq!(listed(&world, &owner).await.len(), 1, "they are listed and can be removed");
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn at_another_address_of_the_server_a_passkey_is_not_taken() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut authenticator = authenticator();
        add_passkey(&world, &owner, &mut authenticator).await;
        let world = world.moved_to("https://purser.example:8443");
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::UNAUTHORIZED);
        authenticator.origin = "https://purser.example:8443".to_owned();
        assert_eq!(sign_in(&world, &authenticator).await.status, StatusCode::NO_CONTENT, "the name is the same, and so is the passkey");
    });
}
