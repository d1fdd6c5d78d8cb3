//! Limits and bans: who floods is shut out for a time, and nobody else.

use std::collections::HashSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use hyper::body::Frame;
use kernel::authenticator::Authenticated;
use kernel::clock::ManualClock;
use kernel::problem::ProblemKind;
use kernel::{
    Access, Actor, Authenticator, Clock, Denied, DeviceScope, Origin, Permission, Presented, Problem, Rng, ScopeMint, SecretText, TenantId,
    Timestamp, TokenId,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use web::doors::{
    BAN_STEPS, BanChange, Banned, CREDENTIAL_RATE, CREDENTIAL_REFUSALS, DOUBTS, GUESS_POINTS, PEER_REFUSALS, REMEMBERED, TENANT_RATE,
    TURNS, TURNS_WAITING_MAX, WRONG_GUESSES,
};
use web::{Answer, Doc, Doors, Issued, NoContent, PeerInfo, RawBody, Routes, Web, WebApp};

use crate::proxies::{BALANCER, header_of, serving_app};
use crate::world::{Answered, Asking, ask};

pub(crate) const FLOODER: &str = "203.0.113.9:4711";
pub(crate) const NEIGHBOUR: &str = "203.0.113.10:4711";
/// The end of tokens that are valid, and taken from another address only.
pub(crate) const AT_HOME_ONLY: &str = "-of-99";
const READ: Access = Access::Person(Permission::DevicesRead);

/// Tokens by number, `token-7`, of tenants by the number after: `token-7-of-2`. Those that are revoked are none; those of tenant
/// [`AT_HOME_ONLY`] are taken from nowhere.
#[derive(Clone, Default)]
struct Tokens(Arc<Mutex<HashSet<String>>>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, presented: &'a Presented, _access: Access, _origin: Origin) -> Authenticated<'a> {
        if matches!(presented, Presented::Bearer(secret) if secret.expose().ends_with(AT_HOME_ONLY)) {
            return Box::pin(std::future::ready(Err(Denied::Source)));
        }
        let scope = || {
            let Presented::Bearer(secret) = presented else { return None };
            if self.0.lock().expect("not poisoned").contains(secret.expose()) {
                return None;
            }
            let (token, tenant) = secret.expose().strip_prefix("token-")?.split_once("-of-")?;
            let (token, tenant) = (TokenId::from_random(token.parse().ok()?), TenantId::from_random(tenant.parse().ok()?));
            Some(ScopeMint::for_app().mint(tenant, Actor::ApiToken(token), &[Permission::DevicesRead], DeviceScope::All))
        };
        Box::pin(std::future::ready(scope().ok_or(Denied::Unauthenticated)))
    }
}

pub(crate) struct World {
    pub(crate) app: WebApp,
    pub(crate) doors: Doors,
    pub(crate) hand: ManualClock,
    tokens: Tokens,
    /// Bodies of sign-ins that were read.
    pub(crate) read: Arc<AtomicUsize>,
    /// How many tries are let to their end.
    pub(crate) gate: Arc<Semaphore>,
    told: Arc<Mutex<Vec<(Banned, u32, bool)>>>,
}

#[derive(Clone)]
struct Doorman(Arc<AtomicUsize>, Arc<Semaphore>);

async fn sign_in(State(doorman): State<Doorman>, RawBody(body): RawBody) -> Answer<NoContent> {
    doorman.0.fetch_add(1, Ordering::SeqCst);
    let _never_closed = doorman.1.acquire().await;
    if body.as_ref() == b"right" { Ok(NoContent) } else { Err(Problem::new(ProblemKind::UNAUTHENTICATED, "Wrong."))? }
}

async fn renew() -> Answer<Issued<NoContent>> {
    Ok(Issued { credential: SecretText::new("token-7-of-2".to_owned()), answer: NoContent })
}

async fn nothing() -> Answer<NoContent> {
    Err(Problem::not_found())?
}

async fn done() -> Answer<NoContent> {
    Ok(NoContent)
}

pub(crate) fn world() -> World {
    let (clock, hand) = Clock::manual(Timestamp::from_seconds(1_795_327_200));
    let (read, gate, tokens) = (Arc::default(), Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)), Tokens::default());
    let doors = Doors::new(clock.clone(), &Rng::seeded(2));
    let told: Arc<Mutex<Vec<(Banned, u32, bool)>>> = Arc::default();
    let telling = Arc::clone(&told);
    doors.log_to(Arc::new(move |change: &BanChange| {
        telling.lock().expect("not poisoned").push((change.ban.about, change.ban.step, change.is_lifted));
    }));
    let routes = Routes::new("doors", Doorman(Arc::clone(&read), Arc::clone(&gate)))
        .post("/session", Access::Public, Doc::new("signIn", "Sign in"), sign_in)
        .takes_passwords()
        .post("/agent/token", Access::Public, Doc::new("agentToken", "An agent's way in"), nothing)
        .open_to_banned()
        .post("/agent/renewed", Access::Public, Doc::new("agentRenewed", "An agent's next token"), renew)
        .open_to_banned()
        .get("/open", Access::Public, Doc::new("open", "Public"), done)
        .get("/things", READ, Doc::new("things", "Things"), done)
        .get("/things/none", READ, Doc::new("none", "None"), nothing);
    let app = Web::builder(clock, Rng::seeded(1), Arc::new(tokens.clone())).doors(doors.clone()).mount(routes).build();
    World { app, doors, hand, tokens, read, gate, told }
}

pub(crate) fn guess(peer: &str) -> Asking {
    ask("POST", "/api/v1/session").with("content-type", "application/octet-stream").body("wrong").from(peer)
}

pub(crate) fn things(peer: &str, token: &str) -> Asking {
    ask("GET", "/api/v1/things").token(token).from(peer)
}

impl World {
    /// Wrong passwords until one is refused as banned: how many were tried.
    pub(crate) async fn flood(&self, peer: &str) -> u32 {
        for tried in 0..10_000 {
            match guess(peer).of(&self.app).await.problem().as_str() {
                "401 unauthenticated" => {}
                "429 banned" => return tried,
                other => panic!("{other}"),
            }
        }
        panic!("never banned")
    }
}

fn wait(answer: &Answered) -> u64 {
    answer.header("retry-after").parse().expect("a number of seconds")
}

#[tokio::test]
async fn promise_gl_17_a_peer_that_guesses_passwords_is_banned_before_its_body_is_read_and_its_neighbour_is_not() {
    let world = world();
    assert_eq!(world.flood(FLOODER).await, PEER_REFUSALS.burst / GUESS_POINTS + 1);
    let read = world.read.load(Ordering::SeqCst);
    let touched = Arc::new(AtomicUsize::new(0));
    let refused = ask("POST", "/api/v1/session").body(Body::new(Watched(Arc::clone(&touched)))).from(FLOODER).of(&world.app).await;
    assert_eq!((refused.problem().as_str(), wait(&refused)), ("429 banned", 60));
    assert_eq!((touched.load(Ordering::SeqCst), world.read.load(Ordering::SeqCst)), (0, read), "no body was read");
    assert_eq!(guess(NEIGHBOUR).of(&world.app).await.problem(), "401 unauthenticated");
    let right = ask("POST", "/api/v1/session").with("content-type", "application/octet-stream").body("right").from(NEIGHBOUR);
    assert_eq!(right.of(&world.app).await.status, 204);
}

/// A body that tells when somebody wants it.
struct Watched(Arc<AtomicUsize>);

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn promise_gl_17_bans_end_each_that_follows_is_longer_and_a_day_without_one_is_forgotten() {
    let world = world();
    for time in BAN_STEPS.into_iter().chain([BAN_STEPS[3]]) {
        world.flood(FLOODER).await;
        world.hand.advance(time - Duration::from_secs(1));
        let refused = guess(FLOODER).of(&world.app).await;
        assert_eq!((refused.problem().as_str(), wait(&refused)), ("429 banned", 1), "{time:?}");
        world.hand.advance(Duration::from_secs(1));
        assert_eq!(guess(FLOODER).of(&world.app).await.problem(), "401 unauthenticated", "{time:?}");
    }
    world.hand.advance(REMEMBERED);
    world.flood(FLOODER).await;
    assert_eq!(wait(&guess(FLOODER).of(&world.app).await), 60);
}

#[tokio::test]
async fn looking_for_addresses_that_do_not_exist_is_borne_for_a_while_and_then_banned() {
    let world = world();
    let look = || ask("GET", "/wp-login.php").from(FLOODER);
    for _ in 0..=PEER_REFUSALS.burst {
        assert_eq!(look().of(&world.app).await.problem(), "404 not-found");
    }
    for path in ["/wp-login.php", "/api/openapi.json", "/api/v1/open", "/api/v1/things"] {
        assert_eq!(ask("GET", path).from(FLOODER).of(&world.app).await.problem(), "429 banned", "{path}");
    }
    assert_eq!(world.doors.bans().len(), 1);
    assert_eq!(world.doors.counts().banned_requests, 4);
}

#[tokio::test]
async fn refusals_that_come_slowly_ban_nobody() {
    let world = world();
    for _ in 0..2 * PEER_REFUSALS.burst {
        world.hand.advance(PEER_REFUSALS.point_time);
        assert_eq!(ask("GET", "/nothing").from(FLOODER).of(&world.app).await.problem(), "404 not-found");
    }
}

#[tokio::test]
async fn a_network_of_the_sixth_version_is_one_peer() {
    let world = world();
    world.flood("[2001:db8:0:1::1]:1").await;
    assert_eq!(guess("[2001:db8:0:1:ffff::2]:2").of(&world.app).await.problem(), "429 banned");
    assert_eq!(guess("[2001:db8:0:2::1]:1").of(&world.app).await.problem(), "401 unauthenticated");
}

#[tokio::test]
async fn who_shares_the_flooders_address_and_has_a_valid_credential_goes_on() {
    let world = world();
    assert_eq!(things(FLOODER, "token-1-of-2").of(&world.app).await.status, 204);
    world.flood(FLOODER).await;
    assert_eq!(things(FLOODER, "token-1-of-2").of(&world.app).await.status, 204, "one that was known");
    assert_eq!(things(FLOODER, "token-3-of-2").of(&world.app).await.status, 204, "one that comes now");
    assert_eq!(ask("GET", "/nothing").token("token-1-of-2").from(FLOODER).of(&world.app).await.problem(), "404 not-found");
    assert_eq!(ask("GET", "/nothing").token("guessed").from(FLOODER).of(&world.app).await.problem(), "429 banned");
    assert_eq!(
        ask("POST", "/api/v1/agent/token").from(FLOODER).of(&world.app).await.problem(),
        "404 not-found",
        "agents renew their tokens"
    );
    let with_password = guess(FLOODER).token("token-1-of-2").of(&world.app).await;
    assert_eq!(with_password.problem(), "429 banned", "a valid credential is no ticket for guessing passwords");
}

#[tokio::test]
async fn a_banned_peers_guessed_credentials_are_checked_only_so_often_and_known_ones_always() {
    let world = world();
    assert_eq!(things(FLOODER, "token-1-of-2").of(&world.app).await.status, 204);
    world.flood(FLOODER).await;
    for number in 0..DOUBTS.burst {
        assert_eq!(things(FLOODER, "token-9-of-2").of(&world.app).await.status, 204, "{number}");
        assert_eq!(things(FLOODER, &format!("guessed-{number}")).of(&world.app).await.problem(), "429 banned");
    }
    assert_eq!(things(FLOODER, "token-4-of-2").of(&world.app).await.problem(), "429 banned", "it is not even checked");
    assert_eq!(things(FLOODER, "token-1-of-2").of(&world.app).await.status, 204);
    world.hand.advance(DOUBTS.point_time);
    assert_eq!(things(FLOODER, "token-4-of-2").of(&world.app).await.status, 204);
}

#[tokio::test]
async fn credentials_that_ended_are_no_flood_and_guessed_ones_are() {
    let world = world();
    let token = |number: u32| format!("token-{number}-of-2");
    let count = PEER_REFUSALS.burst + 100;
    for number in 0..count {
        assert_eq!(things(FLOODER, &token(number)).of(&world.app).await.status, 204);
    }
    world.tokens.0.lock().expect("not poisoned").extend((0..count).map(token));
    for number in 0..count {
        assert_eq!(things(FLOODER, &token(number)).of(&world.app).await.problem(), "401 unauthenticated", "{number}");
    }
    for number in 0..=PEER_REFUSALS.burst {
        assert_eq!(things(FLOODER, &format!("guessed-{number}")).of(&world.app).await.problem(), "401 unauthenticated");
    }
    assert_eq!(things(FLOODER, "guessed").of(&world.app).await.problem(), "429 banned");
}

#[tokio::test]
async fn a_valid_credential_that_looks_for_what_is_not_its_own_is_banned_by_itself() {
    let world = world();
    let look = |token: &str| ask("GET", "/api/v1/things/none").token(token).from(FLOODER);
    for _ in 0..=CREDENTIAL_REFUSALS.burst {
        assert_eq!(look("token-1-of-2").of(&world.app).await.problem(), "404 not-found");
    }
    let refused = look("token-1-of-2").of(&world.app).await;
    assert_eq!((refused.problem().as_str(), wait(&refused)), ("429 banned", 60));
    assert_eq!(things(NEIGHBOUR, "token-1-of-2").of(&world.app).await.problem(), "429 banned", "wherever it comes from");
    assert_eq!(things(FLOODER, "token-2-of-2").of(&world.app).await.status, 204, "others of its address and tenant go on");
    assert_eq!(guess(FLOODER).of(&world.app).await.problem(), "401 unauthenticated");
    let about = world.doors.bans().first().map(|ban| ban.about);
    assert!(about == Some(Banned::Credential(Some((TenantId::from_random(2), Actor::ApiToken(TokenId::from_random(1)))))));
}

#[tokio::test]
async fn a_credential_has_its_requests_and_a_tenant_its_own_and_one_more_waits() {
    let world = world();
    for _ in 0..CREDENTIAL_RATE.burst {
        assert_eq!(things(FLOODER, "token-1-of-2").of(&world.app).await.status, 204);
    }
    let refused = things(FLOODER, "token-1-of-2").of(&world.app).await;
    assert_eq!((refused.problem().as_str(), wait(&refused)), ("429 too-many-requests", 1));
    for number in 2..=TENANT_RATE.burst / CREDENTIAL_RATE.burst {
        for _ in 0..CREDENTIAL_RATE.burst {
            assert_eq!(things(FLOODER, &format!("token-{number}-of-2")).of(&world.app).await.status, 204);
        }
    }
    assert_eq!(things(FLOODER, "token-99-of-2").of(&world.app).await.problem(), "429 too-many-requests");
    assert_eq!(things(FLOODER, "token-99-of-40").of(&world.app).await.status, 204, "another tenant has its own");
    world.hand.advance(CREDENTIAL_RATE.point_time);
    assert_eq!(things(FLOODER, "token-1-of-2").of(&world.app).await.status, 204);
    assert_eq!((world.doors.counts().limited_requests, world.doors.bans().len()), (2, 0), "good requests ban nobody");
}

#[tokio::test]
async fn the_host_itself_is_never_banned() {
    let world = world();
    for peer in [Some("127.0.0.1:1"), Some("[::1]:1"), Some("[::ffff:127.0.0.1]:1"), None] {
        for _ in 0..2 * PEER_REFUSALS.burst {
            let asking = ask("GET", "/nothing");
            let asking = if let Some(peer) = peer { asking.from(peer) } else { asking.over(PeerInfo::Local) };
            assert_eq!(asking.of(&world.app).await.problem(), "404 not-found");
        }
    }
    assert_eq!(world.flood("127.0.0.2:1").await, PEER_REFUSALS.burst / GUESS_POINTS + 1, "the control: another address of the network");
}

#[tokio::test]
async fn peers_that_guessed_wrong_take_turns_and_the_others_do_not_wait_for_them() {
    let world = Arc::new(world());
    // Each guesses wrong once, while nobody waits.
    let doubtful = TURNS + TURNS_WAITING_MAX + 1;
    let peer = |number: usize| format!("198.51.100.{number}:1");
    for number in 0..doubtful {
        assert_eq!(guess(&peer(number)).of(&world.app).await.problem(), "401 unauthenticated");
    }
    // Long after the first points have run out, and a moment before the doubt ends.
    world.hand.advance(WRONG_GUESSES.point_time - Duration::from_secs(1));
    let (forgiven, signed_in) = (peer(doubtful), guess(&peer(doubtful)).of(&world.app).await.status);
    assert_eq!(signed_in, 401);
    let right = ask("POST", "/api/v1/session").with("content-type", "application/octet-stream").body("right").from(&forgiven);
    assert_eq!(right.of(&world.app).await.status, 204);
    world.gate.forget_permits(Semaphore::MAX_PERMITS);
    let before = world.read.load(Ordering::SeqCst);
    let reached = |count: usize| {
        let world = Arc::clone(&world);
        async move {
            while world.read.load(Ordering::SeqCst) < before + count {
                tokio::task::yield_now().await;
            }
        }
    };
    let asked = |peer: String| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { guess(&peer).of(&world.app).await.problem() })
    };
    let tries: Vec<_> = (0..TURNS + TURNS_WAITING_MAX).map(|number| asked(peer(number))).collect();
    reached(TURNS).await;
    // On this runtime of one thread each pause lets every other task go as far as it can.
    for _ in 0..doubtful {
        tokio::task::yield_now().await;
    }
    let refused = guess(&peer(doubtful - 1)).of(&world.app).await;
    assert_eq!((refused.problem().as_str(), wait(&refused)), ("429 too-many-requests", 5), "one more than may wait");
    assert_eq!(world.read.load(Ordering::SeqCst), before + TURNS);
    let clean = [asked(NEIGHBOUR.to_owned()), asked(forgiven)];
    reached(TURNS + 2).await;
    world.hand.advance(Duration::from_secs(1));
    let late = asked(peer(doubtful - 1));
    reached(TURNS + 3).await;
    world.gate.add_permits(1_000);
    for tried in clean.into_iter().chain([late]) {
        assert_eq!(tried.await.expect("no panic"), "401 unauthenticated");
    }
    for tried in tries {
        assert_eq!(tried.await.expect("no panic"), "401 unauthenticated", "who waits has its turn");
    }
    assert_eq!(world.doors.counts().turned_away, 1);
}

#[tokio::test]
async fn bans_are_told_of_listed_and_lifted() {
    let world = world();
    world.flood(FLOODER).await;
    world.flood("[2001:db8:0:1::1]:1").await;
    let numbers: Vec<u64> = world.doors.bans().iter().map(|ban| ban.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(world.doors.bans()[0].refused, 1);
    assert_eq!(world.doors.lift(99).len(), 0);
    assert_eq!(world.doors.lift(1).len(), 1);
    assert_eq!(world.flood(FLOODER).await, PEER_REFUSALS.burst / GUESS_POINTS + 1, "its refusals are forgotten too");
    assert_eq!(world.doors.lift_peer("2001:db8:0:1::77".parse().expect("an address")).len(), 1);
    assert_eq!((world.doors.lift_all().len(), world.doors.bans().len()), (1, 0));
    let flooder = Banned::Peer("203.0.113.9".parse().expect("an address"));
    let network = Banned::Peer("2001:db8:0:1::".parse().expect("an address"));
    let told = world.told.lock().expect("not poisoned");
    let (begun, lifted) = (|about| (about, 1, false), |about| (about, 1, true));
    assert!(*told == [begun(flooder), begun(network), lifted(flooder), begun(flooder), lifted(network), lifted(flooder)]);
}

/// Asks many times over one connection: the statuses of the answers.
async fn statuses(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, count: usize, fields: &str) -> Vec<String> {
    let request = format!("GET /nothing HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    let last = format!("GET /nothing HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n");
    let mut answers = Vec::new();
    for number in 0..count {
        stream.write_all(if number + 1 == count { &last } else { &request }.as_bytes()).await.expect("it is written");
        if number + 1 < count {
            let mut part = vec![0; 16_384];
            let read = stream.read(&mut part).await.expect("an answer");
            answers.extend_from_slice(&part[..read]);
        }
    }
    stream.read_to_end(&mut answers).await.expect("the last answer");
    let text = String::from_utf8_lossy(&answers).into_owned();
    text.split("HTTP/1.1 ").skip(1).map(|answer| answer.get(..3).unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn promise_gl_17_a_flood_that_says_it_is_somebody_else_bans_its_sender_and_not_whom_it_names() {
    let serving = serving_app(&["127.0.0.9", "unix"], world().app).await;
    let count = usize::try_from(PEER_REFUSALS.burst).expect("a small number") + 10;
    let spoofed = "X-Forwarded-For: 127.0.0.7\r\nForwarded: for=127.0.0.7\r\n";
    let flood = statuses(serving.connect([127, 0, 0, 8], &[]).await.expect("a connection"), count, spoofed).await;
    assert_eq!((flood.len(), flood.last().map(String::as_str)), (count, Some("429")));
    let victim = statuses(serving.connect([127, 0, 0, 7], &[]).await.expect("a connection"), 2, "").await;
    assert_eq!(victim, ["404", "404"]);
}

#[tokio::test]
async fn behind_a_listed_balancer_a_client_that_floods_is_banned_and_the_others_are_not() {
    let serving = serving_app(&["127.0.0.9"], world().app).await;
    let count = usize::try_from(PEER_REFUSALS.burst).expect("a small number") + 10;
    let (flooder, other) = (header_of([198, 51, 100, 9]), header_of([198, 51, 100, 10]));
    let flood = statuses(serving.connect(BALANCER, &flooder).await.expect("a connection"), count, "").await;
    assert_eq!(flood.last().map(String::as_str), Some("429"));
    assert_eq!(statuses(serving.connect(BALANCER, &flooder).await.expect("a connection"), 1, "").await, ["429"], "on a new connection too");
    assert_eq!(statuses(serving.connect(BALANCER, &other).await.expect("a connection"), 2, "").await, ["404", "404"]);
}
