//! Doors that stay shut: limits and bans, by peer, credential and tenant.
//!
//! What is limited is *refusals*, not good requests: thousands of agents behind one address are no attacker.
//!
//! * A **peer** ([`crate::PeerInfo`]; of IPv6 its /64) that is refused too often (401, 403 and 404 without an accepted credential; a
//!   wrong password counts [`GUESS_POINTS`] times) is banned, each time longer ([`BAN_STEPS`]). A ban hits requests without a valid
//!   credential: whoever else is behind that address goes on. A credential that was accepted lately (`known`) is checked as
//!   ever; of others only so many may fail as [`DOUBTS`] says, then they are refused unchecked. 401s of a credential that was accepted
//!   before (a session that ended) are no refusals.
//! * A **credential** that is valid and refused too often (403, 404) is banned by itself.
//! * **Credentials** of people and programs, and **tenants**, may send so many requests as [`CREDENTIAL_RATE`] and [`TENANT_RATE`] say.
//!   Agents' routes have no such limit: the server tells agents when to report.
//! * Where passwords are tried, the body has to be there before anything is asked. Peers that guessed wrong lately, or have another
//!   try under way, take turns ([`TURNS`]), so that the others find the hashing free; none has more under way than may be wrong.
//!
//! Nothing of this concerns the host itself: the Unix socket, 127.0.0.1, ::1, and requests made inside the process. Everything is in
//! memory, bounded, and forgotten by a restart.

mod bans;
mod buckets;
mod guesses;
mod known;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use kernel::problem::ProblemKind;
use kernel::{Access, Actor, ClientCertificate, Clock, Presented, Problem, Rng, Scope, SecretText, TenantId, Timestamp};
use tokio::sync::Semaphore;

pub use self::bans::{BAN_STEPS, BANS_MAX, Ban, Banned, REMEMBERED};
use self::bans::{Bans, Whom};
use self::buckets::Buckets;
pub use self::buckets::Rate;
pub(crate) use self::guesses::Guess;
use self::known::Known;
use crate::answer::BANNED;
use crate::peer::{PeerInfo, holder_of};

/// Refusals that a peer may earn before it is banned: so many points at once, two more each second.
pub const PEER_REFUSALS: Rate = Rate { burst: 300, point_time: Duration::from_millis(500) };
/// Points of a wrong password or code: fifteen at once are borne, then one in ten seconds.
pub const GUESS_POINTS: u32 = 20;
/// For how long a peer's last wrong guess has it take turns. A right one ends that.
pub const WRONG_GUESSES: Rate = Rate { burst: 1, point_time: Duration::from_secs(600) };
/// Refusals (403, 404) that a valid credential may earn before it is banned.
pub const CREDENTIAL_REFUSALS: Rate = Rate { burst: 1_000, point_time: Duration::from_millis(100) };
/// Requests of one person's or program's credential.
pub const CREDENTIAL_RATE: Rate = Rate { burst: 2_000, point_time: Duration::from_millis(10) };
/// Requests of all persons and programs of one tenant.
pub const TENANT_RATE: Rate = Rate { burst: 20_000, point_time: Duration::from_millis(1) };
/// Credentials that may fail from a banned peer before the next are refused unchecked.
pub const DOUBTS: Rate = Rate { burst: 50, point_time: Duration::from_millis(200) };
/// Keys of each kind that are counted at a time (about 4 MiB).
pub const KEYS_MAX: usize = 65_536;
/// Tries of passwords by peers that guessed wrong lately that are under way at the same time, all such peers together.
pub const TURNS: usize = 2;
/// Further ones that wait for their turn; one more is told to come back.
pub const TURNS_WAITING_MAX: usize = 32;
/// What who does not get a turn is told to wait.
const TURN_WAIT: Duration = Duration::from_secs(5);

/// A keyed hash of a credential: tells two apart, and nothing of either.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u64);

/// That a request's peer is banned, for its guard: in the extensions of the request.
#[derive(Clone, Copy)]
pub(crate) struct Shut {
    holder: IpAddr,
    left: Duration,
}

/// A credential that was checked, for the outermost layer: in the extensions of the response.
#[derive(Clone, Copy)]
pub(crate) struct Tried {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) found: Found,
}

/// What a credential was found to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// One, were it for something else.
    Valid,
    /// One that is not taken from where it came: whoever sends it there may have stolen it, so that its holder must not suffer.
    Elsewhere,
    /// None.
    Invalid,
}

/// A request that was answered.
pub(crate) struct Settled {
    pub(crate) peer: PeerInfo,
    pub(crate) status: u16,
    /// The try of a password that it was.
    pub(crate) guess: Option<Arc<Guess>>,
    pub(crate) tried: Option<Tried>,
    pub(crate) who: Option<(TenantId, Actor)>,
}

/// A ban that began, or was lifted before its end.
#[derive(Clone, Copy)]
pub struct BanChange {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub ban: Ban,
    /// Whether it was lifted.
    pub is_lifted: bool,
}

/// Takes note of a ban, on the thread that answers a request: it must neither block nor wait.
pub type BanLog = Arc<dyn Fn(&BanChange) + Send + Sync>;

/// What was refused since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoorCounts {
    /// Bans that began.
    pub bans: u64,
    /// Requests that a ban refused.
    pub banned_requests: u64,
    /// Requests beyond a limit of their credential or tenant.
    pub limited_requests: u64,
    /// Tries of passwords that got no turn.
    pub turned_away: u64,
}

/// Limits and bans. Cloning shares them.
#[derive(Clone)]
pub struct Doors(Arc<Inner>);

struct Inner {
    clock: Clock,
    key: [u8; 32],
    state: Mutex<State>,
    log: OnceLock<BanLog>,
    turns: Arc<Semaphore>,
    waiting: Semaphore,
}

struct State {
    refusals: Buckets<IpAddr>,
    wrong: Buckets<IpAddr>,
    /// Tries of passwords that are under way: no more than requests are.
    guessing: HashMap<IpAddr, u32>,
    faults: Buckets<Fingerprint>,
    doubts: Buckets<IpAddr>,
    credentials: Buckets<Fingerprint>,
    tenants: Buckets<TenantId>,
    bans: Bans,
    known: Known,
    counts: DoorCounts,
}

impl Doors {
    /// Nobody is banned yet.
    #[must_use]
    pub fn new(clock: Clock, rng: &Rng) -> Self {
        let state = State {
            refusals: Buckets::new(PEER_REFUSALS, KEYS_MAX),
            wrong: Buckets::new(WRONG_GUESSES, KEYS_MAX),
            guessing: HashMap::new(),
            faults: Buckets::new(CREDENTIAL_REFUSALS, KEYS_MAX),
            doubts: Buckets::new(DOUBTS, KEYS_MAX),
            credentials: Buckets::new(CREDENTIAL_RATE, KEYS_MAX),
            tenants: Buckets::new(TENANT_RATE, KEYS_MAX),
            bans: Bans::default(),
            known: Known::default(),
            counts: DoorCounts::default(),
        };
        Self(Arc::new(Inner {
            clock,
            key: rng.bytes(),
            state: Mutex::new(state),
            log: OnceLock::new(),
            turns: Arc::new(Semaphore::new(TURNS)),
            waiting: Semaphore::new(TURNS_WAITING_MAX),
        }))
    }

    /// Tells this of every ban; what was given first stays.
    pub fn log_to(&self, log: BanLog) {
        let _first = self.0.log.set(log);
    }

    /// The bans that hold, the longest first.
    #[must_use]
    pub fn bans(&self) -> Vec<Ban> {
        self.state().bans.list(self.now())
    }

    /// What was refused since the start.
    #[must_use]
    pub fn counts(&self) -> DoorCounts {
        self.state().counts
    }

    /// Lifts the ban of this number.
    #[must_use]
    pub fn lift(&self, number: u64) -> Vec<Ban> {
        self.lift_where(|ban| ban.number == number)
    }

    /// Lifts the ban of this address; of IPv6 that of its /64.
    #[must_use]
    pub fn lift_peer(&self, address: IpAddr) -> Vec<Ban> {
        let holder = holder_of(address);
        self.lift_where(|ban| ban.about == Banned::Peer(holder))
    }

    /// Lifts every ban.
    #[must_use]
    pub fn lift_all(&self) -> Vec<Ban> {
        self.lift_where(|_| true)
    }

    fn lift_where(&self, is_meant: impl Fn(&Ban) -> bool) -> Vec<Ban> {
        let now = self.now();
        let mut state = self.state();
        let lifted = state.bans.lift(now, is_meant);
        // Who is let in again begins anew.
        for (whom, _) in &lifted {
            match whom {
                Whom::Peer(holder) => {
                    state.refusals.clear(holder);
                    state.wrong.clear(holder);
                    state.doubts.clear(holder);
                }
                Whom::Credential(fingerprint) => state.faults.clear(fingerprint),
            }
        }
        drop(state);
        let bans: Vec<Ban> = lifted.into_iter().map(|(_, ban)| ban).collect();
        bans.iter().for_each(|ban| self.tell(*ban, true));
        bans
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.0.clock.monotonic()
    }

    fn tell(&self, ban: Ban, is_lifted: bool) {
        if let Some(log) = self.0.log.get() {
            log(&BanChange { at: self.0.clock.now(), ban, is_lifted });
        }
    }
}

/// What the router asks, in the order of a request.
impl Doors {
    /// Whether a request's peer is banned.
    pub(crate) fn knock(&self, peer: PeerInfo) -> Option<Shut> {
        let holder = judged(peer)?;
        let left = self.state().bans.left(&Whom::Peer(holder), self.now())?;
        Some(Shut { holder, left })
    }

    /// The fingerprint of a credential; none where there is none. With another client certificate it is another one: whoever shows a stolen
    /// token without the key that it is bound to earns a ban for what they show, and its holder goes on.
    pub(crate) fn fingerprint(&self, presented: &Presented, certificate: Option<ClientCertificate>) -> Option<Fingerprint> {
        let secret = match presented {
            Presented::Nothing => return None,
            Presented::Bearer(secret) | Presented::Session(secret) => secret,
        };
        Some(self.fingerprint_of(secret, certificate))
    }

    /// The fingerprint of a client certificate that is a credential by itself.
    pub(crate) fn of_certificate(&self, certificate: ClientCertificate) -> Fingerprint {
        self.fingerprint_of(&SecretText::new(String::new()), Some(certificate))
    }

    fn fingerprint_of(&self, secret: &SecretText, certificate: Option<ClientCertificate>) -> Fingerprint {
        let certificate = certificate.map(ClientCertificate::digest).unwrap_or_default();
        let [a, b, c, d, e, f, g, h, ..] = seal::hash::hmac_sha256(&self.0.key, &[&certificate[..], secret.expose().as_bytes()]);
        Fingerprint(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Whether a credential was accepted lately.
    pub(crate) fn is_known(&self, fingerprint: Fingerprint) -> bool {
        self.state().known.contains(fingerprint)
    }

    /// The answer to a banned peer.
    pub(crate) fn shut(&self, shut: Shut) -> Problem {
        let mut state = self.state();
        state.counts.banned_requests += 1;
        state.bans.count_refused(&Whom::Peer(shut.holder));
        banned("Too many requests from this address were refused; those with a valid credential go on.", shut.left)
    }

    /// Whether a credential may be checked at all.
    pub(crate) fn may_check(&self, peer: PeerInfo, shut: Option<Shut>, fingerprint: Fingerprint) -> Result<(), Problem> {
        if judged(peer).is_none() {
            return Ok(());
        }
        let now = self.now();
        let mut state = self.state();
        let whom = Whom::Credential(fingerprint);
        if let Some(left) = state.bans.left(&whom, now) {
            state.counts.banned_requests += 1;
            state.bans.count_refused(&whom);
            return Err(banned("Too many requests with this credential were refused.", left));
        }
        let Some(shut) = shut else { return Ok(()) };
        let is_doubted = !state.known.contains(fingerprint) && state.doubts.points(&shut.holder, now) >= DOUBTS.burst;
        drop(state);
        if is_doubted { Err(self.shut(shut)) } else { Ok(()) }
    }

    /// A banned peer's credential was none: the answer, which tells nothing of that.
    pub(crate) fn failed(&self, shut: Shut) -> Problem {
        let _is_full = self.state().doubts.put(shut.holder, 1, self.now());
        self.shut(shut)
    }

    /// A credential was accepted: whether it and its tenant have requests left.
    pub(crate) fn accepted(&self, peer: PeerInfo, fingerprint: Fingerprint, scope: &Scope, access: Access) -> Result<(), Problem> {
        if judged(peer).is_none() {
            return Ok(());
        }
        let now = self.now();
        let mut state = self.state();
        state.known.insert(fingerprint);
        if !matches!(access, Access::Person(_) | Access::Program(_)) {
            return Ok(());
        }
        let of_credential = state.credentials.put(fingerprint, 1, now);
        let limited = of_credential.map_err(|wait| ("This credential", wait));
        let limited = limited.and_then(|()| state.tenants.put(scope.tenant(), 1, now).map_err(|wait| ("This tenant", wait)));
        limited.map_err(|(whose, wait)| {
            state.counts.limited_requests += 1;
            let detail = format!("{whose} sends more requests than are taken. Ask again in {} s.", seconds(wait));
            Problem::new(ProblemKind::TOO_MANY, detail).retry_after(wait)
        })
    }

    /// A credential was given out, over a connection with this client certificate: its holder goes on from wherever others are banned.
    pub(crate) fn issued(&self, secret: &SecretText, certificate: Option<ClientCertificate>) {
        let fingerprint = self.fingerprint_of(secret, certificate);
        self.state().known.insert(fingerprint);
    }

    /// Counts what was refused, and bans.
    pub(crate) fn settle(&self, settled: &Settled) {
        let Some(holder) = judged(settled.peer) else { return };
        if let Some(guess) = &settled.guess {
            guess.settled();
            match settled.status {
                401 => return self.wrong_guess(holder),
                ..300 => self.state().wrong.clear(&holder),
                _ => {}
            }
        }
        if !matches!(settled.status, 401 | 403 | 404) {
            return;
        }
        match settled.tried {
            Some(Tried { fingerprint, found: Found::Valid }) => {
                self.count(Whom::Credential(fingerprint), Banned::Credential(settled.who), |state, now| {
                    state.faults.put(fingerprint, 1, now)
                });
            }
            Some(Tried { fingerprint, found: Found::Invalid }) if self.is_known(fingerprint) => {}
            _ => self.count(Whom::Peer(holder), Banned::Peer(holder), |state, now| state.refusals.put(holder, 1, now)),
        }
    }

    fn wrong_guess(&self, holder: IpAddr) {
        self.count(Whom::Peer(holder), Banned::Peer(holder), |state, now| {
            state.mark_wrong(holder, now);
            state.refusals.put(holder, GUESS_POINTS, now)
        });
    }

    /// Counts something against somebody, who is banned where it is too much.
    fn count(&self, whom: Whom, about: Banned, put: impl FnOnce(&mut State, Duration) -> Result<(), Duration>) {
        let (now, at) = (self.now(), self.0.clock.now());
        let mut state = self.state();
        // A ban is not made longer while it holds: what it refuses is no refusal of this kind.
        if put(&mut state, now).is_ok() || state.bans.left(&whom, now).is_some() {
            return;
        }
        let ban = state.bans.begin(whom, about, now, at);
        state.counts.bans += 1;
        drop(state);
        self.tell(ban, false);
    }
}

/// Whom a request is put down to; none for the host itself.
fn judged(peer: PeerInfo) -> Option<IpAddr> {
    let PeerInfo::Network(address) = peer else { return None };
    let address = address.ip().to_canonical();
    let is_hosts_own = address == Ipv4Addr::LOCALHOST || address == Ipv6Addr::LOCALHOST;
    (!is_hosts_own).then(|| holder_of(address))
}

fn banned(why: &str, left: Duration) -> Problem {
    Problem::new(BANNED, format!("{why} Ask again in {} s.", seconds(left))).retry_after(left)
}

/// Whole seconds, rounded up: who waits as long as told is not told again.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
