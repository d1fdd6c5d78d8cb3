//! What is not believed (promise OR-11): each case turns one thing in a sign-in that would else go well, nobody is let in, and
//! the ledger names what was wrong. Whoever asked is told none of it.

use std::time::Duration;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use identity::single_sign_on::attempt::ATTEMPT_LIFETIME;
use identity::single_sign_on::outbound::ANSWER_BYTES_MAX;
use kernel::ProviderId;
use serde_json::{Value, json};
use store::StoreError;
use trust::{LeafKind, ledger};

use crate::made_up_provider::{CLIENT_ID, CLIENT_SECRET, Keys, MadeUpProvider, SUBJECT, Tampering, by, http, message};
use crate::single_sign_on::{House, add, away, open_house};
use crate::world::{As, Reply, World, on_both_engines};

type Taken = (&'static str, fn(&World) -> Tampering);
type Case = (&'static str, &'static str, fn(&World) -> Tampering);

fn claims(change: impl Fn(&mut Value) + Send + 'static) -> Tampering {
    Tampering { claims: Some(Box::new(change)), ..Tampering::default() }
}

fn header(change: impl Fn(&mut Value) + Send + 'static) -> Tampering {
    Tampering { header: Some(Box::new(change)), ..Tampering::default() }
}

fn token(rewrite: impl Fn(&Keys, String) -> String + Send + 'static) -> Tampering {
    Tampering { token: Some(Box::new(rewrite)), ..Tampering::default() }
}

fn discovery(change: impl Fn(&mut Value) + Send + 'static) -> Tampering {
    Tampering { discovery: Some(Box::new(change)), ..Tampering::default() }
}

fn raw(path: &'static str, answer: Vec<u8>) -> Tampering {
    Tampering { raw: [(path, answer)].into(), ..Tampering::default() }
}

/// Takes a member away.
fn without(name: &'static str) -> impl Fn(&mut Value) + Send + 'static {
    move |told| drop(told.as_object_mut().expect("an object").remove(name))
}

/// The parts of a token.
fn parts(token: &str) -> (Value, Vec<u8>, String) {
    let parts: Vec<&str> = token.split('.').collect();
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).expect("base 64");
    (serde_json::from_slice(&decode(parts[0])).expect("JSON"), decode(parts[1]), parts[2].to_owned())
}

/// HMAC-SHA-256 with a text that everybody knows, as a reader would take it that does not tell keys apart.
fn by_secret(secret: &[u8], message: &str) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
}

/// The seconds of now.
fn now(world: &World) -> i64 {
    world.clock.now().seconds()
}

const OF_THE_TOKEN: &[Case] = &[
    ("a token that names another issuer", "issuer", |_| claims(|told| told["iss"] = "https://other.example".into())),
    ("a token whose issuer only has a slash more", "issuer", |_| {
        claims(|told| told["iss"] = format!("{}/", told["iss"].as_str().expect("a text")).into())
    }),
    ("a token that names no issuer", "malformed", |_| claims(without("iss"))),
    ("a token for another client", "audience", |_| claims(|told| told["aud"] = "another".into())),
    ("a token for a client whose name only begins like ours", "audience", |_| claims(|told| told["aud"] = format!("{CLIENT_ID}2").into())),
    ("a token for nobody", "audience", |_| claims(|told| told["aud"] = json!([]))),
    ("a token for several that says not to whom it was given", "authorized-party", |_| {
        claims(|told| told["aud"] = json!([CLIENT_ID, "another"]))
    }),
    ("a token for us that was given to another client", "authorized-party", |_| claims(|told| told["azp"] = "another".into())),
    ("a token for several that was given to another client", "authorized-party", |_| {
        claims(|told| {
            told["aud"] = json!([CLIENT_ID, "another"]);
            told["azp"] = "another".into();
        })
    }),
    ("a token that expired a minute ago", "expired", |world| {
        let at = now(world) - 60;
        claims(move |told| told["exp"] = at.into())
    }),
    ("a token that says not when it expires", "malformed", |_| claims(without("exp"))),
    ("a token that expires at no time at all", "malformed", |_| claims(|told| told["exp"] = json!(1e300))),
    ("a token that was made in a time to come", "issued-at", |world| {
        let at = now(world) + 61;
        claims(move |told| told["iat"] = at.into())
    }),
    ("a token that was made before it was asked for", "issued-at", |world| {
        let at = now(world) - 61;
        claims(move |told| told["iat"] = at.into())
    }),
    ("a token that does not hold yet", "not-before", |world| {
        let at = now(world) + 61;
        claims(move |told| told["nbf"] = at.into())
    }),
    ("a token with the nonce of another attempt", "nonce", |_| claims(|told| told["nonce"] = "another".into())),
    ("a token without a nonce", "nonce", |_| claims(without("nonce"))),
    ("a token that names nobody", "malformed", |_| claims(without("sub"))),
    ("a token whose person has an empty name", "subject", |_| claims(|told| told["sub"] = "".into())),
    ("a token whose person has a name of 256 bytes", "subject", |_| claims(|told| told["sub"] = "a".repeat(256).into())),
    ("a token that belongs to another access token", "access-token-hash", |_| claims(|told| told["at_hash"] = "AAAA".into())),
    ("an access token that came with another token", "access-token-hash", |_| Tampering {
        token_answer: Some(Box::new(|answer| answer["access_token"] = "another".into())),
        ..Tampering::default()
    }),
    ("a token with no signature that says so", "algorithm", |_| header(|told| told["alg"] = "none".into())),
    ("a token with no signature that says so in capitals", "algorithm", |_| header(|told| told["alg"] = "NONE".into())),
    ("a token signed with the client secret", "algorithm", |_| {
        token(|_, text| {
            let (_, claims, _) = parts(&text);
            by_secret(CLIENT_SECRET.as_bytes(), &message(&json!({ "alg": "HS256", "kid": "ec" }), &claims))
        })
    }),
    ("a token signed with the public key as if it were a secret", "algorithm", |_| {
        token(|keys, text| {
            use aws_lc_rs::signature::KeyPair as _;
            let (_, claims, _) = parts(&text);
            by_secret(keys.es256.public_key().as_ref(), &message(&json!({ "alg": "HS256", "kid": "ec" }), &claims))
        })
    }),
    ("a token whose algorithm is for another kind of key", "unknown-key", |_| header(|told| told["kid"] = "rsa".into())),
    ("a token by a key that the provider has not", "unknown-key", |_| header(|told| told["kid"] = "another".into())),
    ("a token signed by another key under a known name", "signature", |_| {
        token(|keys, text| {
            let (header, claims, _) = parts(&text);
            let message = message(&header, &claims);
            format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(by(&keys.other, &message)))
        })
    }),
    ("a token whose claims were changed after it was signed", "signature", |_| {
        token(|_, text| {
            let (header, claims, signature) = parts(&text);
            let claims = String::from_utf8(claims).expect("JSON").replace(SUBJECT, "eve");
            format!("{}.{signature}", message(&header, claims.as_bytes()))
        })
    }),
    ("a token whose signature was taken away", "signature", |_| {
        token(|_, text| {
            let (header, claims, _) = parts(&text);
            format!("{}.", message(&header, &claims))
        })
    }),
    ("a token with a signature of zeroes", "signature", |_| {
        token(|_, text| {
            let (header, claims, _) = parts(&text);
            format!("{}.{}", message(&header, &claims), BASE64_URL_SAFE_NO_PAD.encode([0; 64]))
        })
    }),
    ("a token that brings its own key along", "header", |_| {
        header(|told| told["jwk"] = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }))
    }),
    ("a token that says where its key is", "header", |_| header(|told| told["jku"] = "https://evil.example/keys".into())),
    ("a token that asks for what is not understood", "header", |_| header(|told| told["crit"] = json!(["b64"]))),
    ("a token that names two people", "malformed", |_| {
        token(|keys, text| {
            let (header, claims, _) = parts(&text);
            let claims = String::from_utf8(claims).expect("JSON").replacen('{', r#"{"sub":"eve","#, 1);
            keys.sign(&header, claims.as_bytes())
        })
    }),
    ("a token of four parts", "malformed", |_| token(|_, text| format!("{text}.AA"))),
    ("a token past its size", "malformed", |_| claims(|told| told["padding"] = "a".repeat(32 * 1_024).into())),
    ("no token", "malformed", |_| Tampering { token_answer: Some(Box::new(without("id_token"))), ..Tampering::default() }),
    ("an access token of a type that is not known", "token-type", |_| Tampering {
        token_answer: Some(Box::new(|answer| answer["token_type"] = "mac".into())),
        ..Tampering::default()
    }),
    ("a token's page that sends us elsewhere", "redirect", |_| {
        raw(
            "/token",
            b"HTTP/1.1 307 Elsewhere\r\nlocation: https://evil.example/token\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
        )
    }),
    ("an answer past its size", "too-large", |_| {
        raw("/token", http("200 OK", &vec![b' '; usize::try_from(ANSWER_BYTES_MAX).expect("a size") + 1]))
    }),
    ("an answer that is none", "malformed", |_| raw("/token", http("200 OK", b"<html>"))),
    ("a provider that fails", "status", |_| raw("/token", http("500 Failed", b"<html>"))),
];

/// What the ledger says was wrong with the last sign-in that was refused.
async fn fault(house: &House) -> Value {
    let (scope, keys) = (house.world.host_scope(house.owner.tenant), house.world.keys.clone());
    let provider: ProviderId = house.id.parse().expect("an id");
    let db = house.world.stores.tenant(&scope.clone());
    let read = db.read(move |tx| ledger::newest_about(tx, keys.as_ref(), &scope, (LeafKind::SignOnRefused, provider.number()), 1));
    let leaves = read.await.map_err(|error: StoreError| error.to_string()).expect("read");
    leaves.first().map_or(Value::Null, |leaf| leaf.entry.as_ref().expect("an entry")["payload"]["fault"].clone())
}

fn assert_refused(reply: &Reply, case: &str) {
    assert_eq!((reply.status, reply.cookie.as_deref()), (StatusCode::UNAUTHORIZED, None), "{case}: {reply:?}");
    assert!(reply.body["type"].as_str().expect("a type").ends_with("/sign-on-refused"), "{case}");
}

#[test]
fn promise_or_11_a_token_that_was_tampered_with_lets_nobody_in() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT, "the control");
        let mut answers = Vec::new();
        for (case, word, tampering) in OF_THE_TOKEN {
            // From now on the clock stands still, so that each leaf is the newest: so does a second of its own for each.
            house.world.hand.advance(Duration::from_secs(1));
            house.provider.tamper(tampering(&house.world));
            let mut refused = house.sign_on().await;
            assert_refused(&refused, case);
            assert_eq!(fault(&house).await, json!(word), "{case}");
            refused.body.as_object_mut().expect("an object").remove("request");
            answers.push(refused.body);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "one answer to all: {answers:#?}");
        house.provider.tamper(Tampering::default());
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT, "the control, once more");
    });
}

#[test]
fn promise_or_11_a_token_at_its_limits_is_taken() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let cases: &[Taken] = &[
            ("it expired within the leeway", |world| {
                let at = now(world) - 59;
                claims(move |told| told["exp"] = at.into())
            }),
            ("it was made within the leeway, by a clock that is ahead", |world| {
                let at = now(world) + 60;
                claims(move |told| told["iat"] = at.into())
            }),
            ("it is for several and was given to us", |_| {
                claims(|told| {
                    told["aud"] = json!([CLIENT_ID, "another"]);
                    told["azp"] = CLIENT_ID.into();
                })
            }),
            ("it says nothing of the access token", |_| claims(without("at_hash"))),
            ("its person has a name of 255 bytes", |_| claims(|told| told["sub"] = "a".repeat(255).into())),
            ("it is signed by RS256", |_| header(|told| *told = json!({ "alg": "RS256", "kid": "rsa" }))),
            ("it is signed by PS256", |_| header(|told| *told = json!({ "alg": "PS256", "kid": "rsa" }))),
            ("it names no key, and there is one only", |_| header(without("kid"))),
        ];
        for (case, tampering) in cases {
            house.provider.tamper(tampering(&house.world));
            let reply = house.sign_on().await;
            assert_eq!(reply.status, StatusCode::NO_CONTENT, "{case}: {reply:?} {}", fault(&house).await);
        }
    });
}

#[test]
fn promise_or_11_an_answer_is_taken_once_in_the_browser_that_asked_and_from_whom_it_asked() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let is_over = |reply: &Reply, case: &str| {
            assert_eq!((reply.status, reply.cookie.as_deref()), (StatusCode::GONE, None), "{case}: {reply:?}");
        };
        // An answer that comes a second time.
        let one = house.away().await;
        let back = house.provider.visit(&one.location);
        assert_eq!(house.finish(&one.cookie, &back).await.status, StatusCode::NO_CONTENT);
        is_over(&house.finish(&one.cookie, &back).await, "a second time");
        // An answer in another browser, in one that kept nothing, and with a state that nobody gave.
        let (mine, theirs) = (house.away().await, house.away().await);
        let back = house.provider.visit(&mine.location);
        is_over(&house.finish(&theirs.cookie, &back).await, "in another browser");
        is_over(&house.finish("", &back).await, "in a browser that kept nothing");
        let mut other = back.clone();
        other.state = "another".into();
        is_over(&house.finish(&mine.cookie, &other).await, "with another state");
        other.state = "a".repeat(65);
        is_over(&house.finish(&mine.cookie, &other).await, "with a state past its size");
        // An answer on the page of another provider.
        let second = add(&house.world, &house.owner, &house.provider, open_house()).await;
        let mixed_up = json!({ "provider": second, "state": back.state, "code": back.code, "issuer": house.provider.issuer });
        is_over(&house.finish_with(&mine.cookie, mixed_up).await, "on the page of another provider");
        assert_eq!(house.finish(&mine.cookie, &back).await.status, StatusCode::NO_CONTENT, "none of it has used it up");
        // An answer that comes late.
        let (late, in_time) = (house.away().await, house.away().await);
        let (late_back, in_time_back) = (house.provider.visit(&late.location), house.provider.visit(&in_time.location));
        house.world.hand.advance(ATTEMPT_LIFETIME - Duration::from_secs(1));
        assert_eq!(house.finish(&in_time.cookie, &in_time_back).await.status, StatusCode::NO_CONTENT);
        house.world.hand.advance(Duration::from_secs(1));
        is_over(&house.finish(&late.cookie, &late_back).await, "late");
    });
}

#[test]
fn promise_or_11_a_code_of_another_attempt_lets_nobody_in() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        // Somebody puts the code of their own attempt into another one: the proof key is another.
        let (mine, theirs) = (house.away().await, house.away().await);
        let (mut back, injected) = (house.provider.visit(&mine.location), house.provider.visit(&theirs.location));
        let right = std::mem::replace(&mut back.code, injected.code);
        assert_refused(&house.finish(&mine.cookie, &back).await, "a code of another attempt");
        assert_eq!(fault(&house).await, json!("code-refused"));
        // A code that was given out for an attempt that is over.
        house.world.hand.advance(Duration::from_secs(1));
        let next = house.away().await;
        let mut back = house.provider.visit(&next.location);
        back.code = right;
        assert_refused(&house.finish(&next.cookie, &back).await, "a code of before");
        assert_eq!(fault(&house).await, json!("code-refused"));
    });
}

#[test]
fn promise_or_11_an_answer_that_names_another_provider_is_not_redeemed() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        for issuer in [json!("https://other.example"), json!(format!("{}/", house.provider.issuer)), Value::Null] {
            house.world.hand.advance(Duration::from_secs(1));
            let away = house.away().await;
            let back = house.provider.visit(&away.location);
            let redeemed = house.provider.asked().iter().filter(|path| *path == "/token").count();
            let body = json!({ "provider": house.id, "state": back.state, "code": back.code, "issuer": issuer });
            assert_refused(&house.finish_with(&away.cookie, body).await, &issuer.to_string());
            assert_eq!(fault(&house).await, json!("another-provider"), "{issuer}");
            let since = house.provider.asked().iter().filter(|path| *path == "/token").count();
            assert_eq!(since, redeemed, "the code was sent to nobody");
        }
    });
}

#[test]
fn promise_or_11_what_is_told_of_somebody_else_is_not_believed() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        house.provider.vouch_for(json!({ "sub": SUBJECT }), json!({ "email": "ada@example.org" }));
        house.provider.tamper(Tampering { userinfo: Some(Box::new(|told| told["sub"] = "eve".into())), ..Tampering::default() });
        assert_refused(&house.sign_on().await, "of another person");
        assert_eq!(fault(&house).await, json!("another-subject"));
        house.world.hand.advance(Duration::from_secs(1));
        house
            .provider
            .tamper(Tampering { userinfo: Some(Box::new(|told| *told = json!({ "email": "ada@example.org" }))), ..Tampering::default() });
        assert_refused(&house.sign_on().await, "of nobody");
        assert_eq!(fault(&house).await, json!("another-subject"));
        house.world.hand.advance(Duration::from_secs(1));
        house.provider.vouch_for(json!({ "sub": SUBJECT }), json!({}));
        house.provider.tamper(Tampering::default());
        assert_refused(&house.sign_on().await, "with no address");
        assert_eq!(fault(&house).await, json!("no-email"));
    });
}

#[test]
fn promise_or_11_a_provider_that_is_not_what_it_should_be_is_not_gone_to() {
    on_both_engines(async |world| {
        let cases: [(&str, &str, Tampering); 12] = [
            ("it names another issuer", "discovery-issuer", discovery(|told| told["issuer"] = "https://other.example".into())),
            ("one of its pages is not over TLS", "not-https", discovery(|told| told["token_endpoint"] = "http://localhost/token".into())),
            ("its keys are not over TLS", "not-https", discovery(|told| told["jwks_uri"] = "file:///etc/passwd".into())),
            ("its keys lie inside the host's network", "not-public", discovery(|told| told["jwks_uri"] = "https://127.0.0.1/keys".into())),
            ("it takes no proof keys", "no-pkce", discovery(|told| told["code_challenge_methods_supported"] = json!(["plain"]))),
            ("it gives out no codes", "no-code-flow", discovery(|told| told["response_types_supported"] = json!(["id_token"]))),
            (
                "it signs with secrets only",
                "no-known-algorithm",
                discovery(|told| told["id_token_signing_alg_values_supported"] = json!(["HS256", "none"])),
            ),
            (
                "it knows clients by certificates only",
                "no-known-client-authentication",
                discovery(|told| told["token_endpoint_auth_methods_supported"] = json!(["tls_client_auth"])),
            ),
            (
                "its keys are secrets",
                "keys",
                Tampering {
                    keys: Some(Box::new(|set| *set = json!({ "keys": [{ "kty": "oct", "k": "AAAA", "alg": "HS256" }] }))),
                    ..Tampering::default()
                },
            ),
            (
                "it sends us elsewhere",
                "redirect",
                raw(
                    "/.well-known/openid-configuration",
                    b"HTTP/1.1 302 Found\r\nlocation: https://169.254.169.254/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
                ),
            ),
            ("it says nothing that can be read", "discovery-malformed", raw("/.well-known/openid-configuration", http("200 OK", b"[]"))),
            ("it is not there", "status", raw("/.well-known/openid-configuration", http("404 Not Found", b""))),
        ];
        let provider = MadeUpProvider::start(world.clock.clone()).await;
        let world = world.trusting(provider.trusted());
        let owner = world.owner("Ada's fleet", "owner@example.org").await;
        let id = add(&world, &owner, &provider, open_house()).await;
        for (case, word, tampering) in cases {
            provider.tamper(tampering);
            let checked = world.post(&format!("/sign-on/providers/{id}/check"), owner.session(), json!({})).await;
            assert_eq!(checked.body["fault"], json!(word), "{case}: {checked:?}");
            let begun = world.post("/sign-on/begin", As::Nobody, json!({ "provider": id })).await;
            assert_eq!((begun.status, begun.cookie.as_deref()), (StatusCode::FAILED_DEPENDENCY, None), "{case}: {begun:?}");
        }
        provider.tamper(Tampering::default());
        world.hand.advance(Duration::from_secs(5));
        let away = away(world.post("/sign-on/begin", As::Nobody, json!({ "provider": id })).await);
        let house = House { world, provider, owner, id };
        let back = house.provider.visit(&away.location);
        assert_eq!(house.finish(&away.cookie, &back).await.status, StatusCode::NO_CONTENT, "the control");
    });
}

#[test]
fn new_keys_of_a_provider_are_learned_and_a_stranger_cannot_have_them_read_again_and_again() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT);
        let rename = |name: &'static str| {
            let keys = move |set: &mut Value| set["keys"][0]["kid"] = name.into();
            let header = move |told: &mut Value| told["kid"] = name.into();
            house.provider.tamper(Tampering { keys: Some(Box::new(keys)), header: Some(Box::new(header)), ..Tampering::default() });
        };
        rename("next");
        assert_refused(&house.sign_on().await, "within a minute nobody asks again");
        house.world.hand.advance(Duration::from_secs(60));
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT, "the keys were read anew");
        let read = house.provider.asked().iter().filter(|path| *path == "/keys").count();
        assert_eq!(read, 2);
    });
}
