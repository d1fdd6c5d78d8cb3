//! Tries of passwords that are under way: how many a peer may have at a time, and who takes turns.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::Problem;
use kernel::problem::ProblemKind;
use tokio::sync::OwnedSemaphorePermit;

use super::{Doors, GUESS_POINTS, PEER_REFUSALS, State, TURN_WAIT, judged};
use crate::peer::PeerInfo;

/// A try of a password whose body has arrived. One that is dropped before it was settled (whoever asked has gone away, the work
/// took too long) counts as wrong: else a flood that waits for no answer would never be one.
pub(crate) struct Guess {
    doors: Doors,
    holder: IpAddr,
    is_settled: AtomicBool,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Doors {
    /// Lets a try of a password go on, in its turn where its peer guessed wrong lately or has another under way; none where nobody
    /// is judged. A ban is asked for by the caller.
    ///
    /// # Errors
    /// `too-many-requests`: so many of the peer's are under way that it would be banned if all of them were wrong, or too many
    /// wait for their turn.
    pub(crate) async fn guess(&self, peer: PeerInfo) -> Result<Option<Guess>, Problem> {
        let Some(holder) = judged(peer) else { return Ok(None) };
        let (is_doubted, is_too_many) = {
            let (now, mut state) = (self.now(), self.state());
            let under_way = state.guessing.get(&holder).copied().unwrap_or_default();
            let earned = state.refusals.points(&holder, now).saturating_add(under_way.saturating_mul(GUESS_POINTS));
            let is_too_many = under_way > 0 && earned.saturating_add(GUESS_POINTS) > PEER_REFUSALS.burst;
            if !is_too_many {
                *state.guessing.entry(holder).or_default() += 1;
            }
            (under_way > 0 || state.wrong.points(&holder, now) > 0, is_too_many)
        };
        if is_too_many {
            return Err(self.turned_away("Too many sign-ins from this address are under way. Try again soon."));
        }
        // From here on it is counted back when this is dropped.
        let mut guess = Guess { doors: self.clone(), holder, is_settled: AtomicBool::new(true), _turn: None };
        if is_doubted {
            let Ok(_waits) = self.0.waiting.try_acquire() else {
                return Err(self.turned_away("Somebody at this address guessed wrong lately, and many such wait already. Try again soon."));
            };
            guess._turn = Arc::clone(&self.0.turns).acquire_owned().await.ok();
        }
        guess.is_settled = AtomicBool::new(false);
        Ok(Some(guess))
    }

    fn turned_away(&self, detail: &'static str) -> Problem {
        self.state().counts.turned_away += 1;
        Problem::new(ProblemKind::TOO_MANY, detail).retry_after(TURN_WAIT)
    }
}

impl Guess {
    /// Its answer is known.
    pub(super) fn settled(&self) {
        self.is_settled.store(true, Ordering::SeqCst);
    }
}

impl Drop for Guess {
    fn drop(&mut self) {
        if !self.is_settled.load(Ordering::SeqCst) {
            self.doors.wrong_guess(self.holder);
        }
        let mut state = self.doors.state();
        if let Some(under_way) = state.guessing.get_mut(&self.holder) {
            *under_way = under_way.saturating_sub(1);
            if *under_way == 0 {
                state.guessing.remove(&self.holder);
            }
        }
    }
}

impl State {
    /// For as long as the last wrong guess says, whatever was before.
    pub(super) fn mark_wrong(&mut self, holder: IpAddr, now: Duration) {
        self.wrong.clear(&holder);
        let _it_is_empty = self.wrong.put(holder, 1, now);
    }
}
