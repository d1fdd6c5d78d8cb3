//! Tries of passwords that are under way, and credentials that others send along.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use web::doors::{DOUBTS, GUESS_POINTS, PEER_REFUSALS, TURNS};

use crate::doors::{AT_HOME_ONLY, FLOODER, NEIGHBOUR, World, guess, things, world};
use crate::world::ask;

/// A body that never comes.
struct Slow;

impl hyper::body::Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// A body that comes when it is sent.
struct Late(Option<oneshot::Receiver<Bytes>>);

impl hyper::body::Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(waiting) = self.0.as_mut() else { return Poll::Ready(None) };
        let sent = ready!(Pin::new(waiting).poll(context));
        self.0 = None;
        Poll::Ready(sent.ok().map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Lets every other task go as far as it can, on this runtime of one thread.
async fn pause() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// Tries that are begun and let to no end until the gate opens.
async fn begun(world: &Arc<World>, count: usize) -> Vec<JoinHandle<String>> {
    let asked = |_| {
        let world = Arc::clone(world);
        tokio::spawn(async move { guess(FLOODER).of(&world.app).await.problem() })
    };
    let tries = (0..count).map(asked).collect();
    pause().await;
    tries
}

#[tokio::test]
async fn whoever_sends_slowly_holds_no_turn() {
    let world = Arc::new(world());
    assert_eq!(guess(FLOODER).of(&world.app).await.problem(), "401 unauthenticated", "from here on it takes turns");
    for _ in 0..=TURNS {
        let world = Arc::clone(&world);
        tokio::spawn(async move { ask("POST", "/api/v1/session").body(Body::new(Slow)).from(FLOODER).of(&world.app).await.status });
    }
    let [whole] = begun(&world, 1).await.try_into().expect("one");
    assert!(whole.is_finished());
    assert_eq!(whole.await.expect("no panic"), "401 unauthenticated");
}

#[tokio::test]
async fn no_more_guesses_of_a_peer_are_under_way_than_it_may_have_wrong() {
    let world = Arc::new(world());
    world.gate.forget_permits(Semaphore::MAX_PERMITS);
    let borne = (PEER_REFUSALS.burst / GUESS_POINTS) as usize;
    let tries = begun(&world, borne).await;
    assert_eq!(world.read.load(Ordering::SeqCst), TURNS + 1, "one goes on at once, the others take turns though none was wrong yet");
    let [more] = begun(&world, 1).await.try_into().expect("one");
    assert!(more.is_finished(), "one more than may be wrong waits for nothing");
    assert_eq!(more.await.expect("no panic"), "429 too-many-requests");
    let neighbour = Arc::clone(&world);
    let neighbour = tokio::spawn(async move { guess(NEIGHBOUR).of(&neighbour.app).await.problem() });
    pause().await;
    assert_eq!(world.read.load(Ordering::SeqCst), TURNS + 2, "whose is another address waits for none of them");
    world.gate.add_permits(1_000);
    for tried in tries.into_iter().chain([neighbour]) {
        assert_eq!(tried.await.expect("no panic"), "401 unauthenticated");
    }
    assert_eq!(world.flood(FLOODER).await, 1, "all of them count");
}

#[tokio::test]
async fn a_ban_that_begins_while_a_body_comes_holds_for_it() {
    let world = Arc::new(world());
    let (sender, body) = oneshot::channel();
    let body = Body::new(Late(Some(body)));
    let late = Arc::clone(&world);
    let late = tokio::spawn(async move {
        let asked = ask("POST", "/api/v1/session").with("content-type", "application/octet-stream").body(body).from(FLOODER);
        asked.of(&late.app).await.problem()
    });
    pause().await;
    world.flood(FLOODER).await;
    let read = world.read.load(Ordering::SeqCst);
    sender.send(Bytes::from_static(b"wrong")).expect("it is waited for");
    assert_eq!(late.await.expect("no panic"), "429 banned");
    assert_eq!(world.read.load(Ordering::SeqCst), read);
}

#[tokio::test]
async fn whoever_does_not_wait_for_the_answer_has_guessed_wrong() {
    let world = Arc::new(world());
    world.gate.forget_permits(Semaphore::MAX_PERMITS);
    for _ in 0..=PEER_REFUSALS.burst / GUESS_POINTS {
        for tried in begun(&world, 1).await {
            tried.abort();
            let _cancelled = tried.await;
        }
    }
    assert_eq!(guess(FLOODER).of(&world.app).await.problem(), "429 banned");
}

#[tokio::test]
async fn a_stolen_key_that_is_not_taken_from_here_bans_whoever_sends_it_and_not_its_holder() {
    let world = world();
    let stolen = format!("token-1{AT_HOME_ONLY}");
    for _ in 0..PEER_REFUSALS.burst {
        assert_eq!(things(FLOODER, &stolen).of(&world.app).await.problem(), "403 source-not-allowed");
    }
    assert_eq!(things(FLOODER, &stolen).of(&world.app).await.problem(), "403 source-not-allowed");
    assert_eq!(things(FLOODER, &stolen).of(&world.app).await.problem(), "429 banned", "and it is told no more whether the key is one");
    assert_eq!(things(NEIGHBOUR, &stolen).of(&world.app).await.problem(), "403 source-not-allowed", "the key itself is not banned");
}

#[tokio::test]
async fn a_token_that_was_renewed_at_a_banned_address_is_no_guess() {
    let world = world();
    world.flood(FLOODER).await;
    assert_eq!(ask("POST", "/api/v1/agent/renewed").from(FLOODER).of(&world.app).await.status, 204);
    for number in 0..DOUBTS.burst {
        assert_eq!(things(FLOODER, &format!("guessed-{number}")).of(&world.app).await.problem(), "429 banned");
    }
    assert_eq!(things(FLOODER, "token-8-of-2").of(&world.app).await.problem(), "429 banned", "the control: nobody gave this one out here");
    assert_eq!(things(FLOODER, "token-7-of-2").of(&world.app).await.status, 204);
}

#[tokio::test]
async fn a_banned_peer_is_told_that_it_is_whatever_it_sends_as_a_credential() {
    let world = world();
    world.flood(FLOODER).await;
    let malformed = ask("GET", "/api/v1/things").with("authorization", "Basic cHVyc2Vy").from(FLOODER);
    assert_eq!(malformed.of(&world.app).await.problem(), "429 banned");
}

#[tokio::test]
async fn a_peer_takes_turns_until_ten_minutes_after_its_last_wrong_guess_and_not_longer_for_many() {
    let world = Arc::new(world());
    let late = Duration::from_secs(599);
    for _ in 0..2 {
        assert_eq!(guess(FLOODER).of(&world.app).await.problem(), "401 unauthenticated");
        world.hand.advance(late);
    }
    // Others, who guessed wrong a moment ago, hold every turn.
    let holders: Vec<String> = (0..TURNS).map(|number| format!("198.51.100.{number}:1")).collect();
    for holder in &holders {
        assert_eq!(guess(holder).of(&world.app).await.problem(), "401 unauthenticated");
    }
    world.gate.forget_permits(Semaphore::MAX_PERMITS);
    for holder in holders {
        let world = Arc::clone(&world);
        tokio::spawn(async move { guess(&holder).of(&world.app).await.status });
    }
    pause().await;
    let before = world.read.load(Ordering::SeqCst);
    let waiting = begun(&world, 1).await;
    assert_eq!(world.read.load(Ordering::SeqCst), before, "the last one is not ten minutes old");
    waiting.iter().for_each(JoinHandle::abort);
    pause().await;
    world.hand.advance(Duration::from_secs(1_200));
    let _free = begun(&world, 1).await;
    assert_eq!(world.read.load(Ordering::SeqCst), before + 1, "and no longer");
}
