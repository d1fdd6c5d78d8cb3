//! The agent at work: collect, queue, send, pause; again.
//!
//! One [`Worker::step`] does everything that is due and tells how long nothing will be. Time, chance, the network and the
//! collection are handed in, so a test can let an hour pass in no time.

use std::time::Duration;

use collect::Options;
use kernel::{Clock, Rng};
use wire::report::Receipt;
use wire::state::{Kind, State};
use words::{Sentence, Speaks, sentence};

use crate::config::{Config, INTERVAL_SECONDS_MAX, INTERVAL_SECONDS_MIN};
use crate::device::Device;
use crate::enrol;
use crate::host_identity::{HostIdentity, HostIdentityError};
use crate::log::{self, Level, causes};
use crate::outbox::{Outbox, OutboxError, Ready, Shape, Taken};
use crate::schedule::{INTERVAL_DEFAULT, Schedule};
use crate::session::{Session, SessionError};
use crate::transport::{Transport, TransportError};

const REPORTS: &str = "/api/v1/agent/reports";
/// Most transmissions that leave in one step, so that a server that always wants more does not keep the agent busy.
const STEP_TRANSMISSIONS_MAX: usize = 200;
/// How often a server may ask for the whole state in one step before it is left alone for a while.
const STEP_FULLS_MAX: usize = 3;

/// Why the agent cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The agent's folder failed.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The server.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The host cannot be told from others.
    #[error(transparent)]
    HostIdentity(#[from] HostIdentityError),
    /// The host cannot be collected.
    #[error(transparent)]
    Root(#[from] collect::RootError),
    /// The body cannot be packed.
    #[error("{}", self.sentence())]
    Pack(#[source] std::io::Error),
}

impl Speaks for WorkError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Outbox(error) => error.sentence(),
            Self::Session(error) => error.sentence(),
            Self::HostIdentity(error) => error.sentence(),
            Self::Root(error) => {
                sentence!(
                    "cannot open the root directory {path}",
                    "nie można otworzyć katalogu głównego {path}",
                    path = error.path.display()
                )
            }
            Self::Pack(_) => sentence!("cannot pack the report", "nie można spakować raportu"),
        }
    }
}

/// What a worker reads of the host; tests hand in hosts of their own.
pub trait Host {
    /// Collects the state.
    ///
    /// # Errors
    /// Where the host cannot be looked at.
    fn collect(&mut self, options: &Options) -> Result<State, collect::RootError>;

    /// Who the host is.
    ///
    /// # Errors
    /// [`HostIdentityError`].
    fn identity(&mut self, config: &Config) -> Result<HostIdentity, HostIdentityError>;
}

/// The host below a root directory.
pub struct RootHost {
    root: std::path::PathBuf,
}

impl RootHost {
    /// The host below `root`; `/` is this one.
    #[must_use]
    pub const fn new(root: std::path::PathBuf) -> Self {
        Self { root }
    }
}

impl Host for RootHost {
    fn collect(&mut self, options: &Options) -> Result<State, collect::RootError> {
        collect::collect(&Options { root: self.root.clone(), ..options.clone() })
    }

    fn identity(&mut self, config: &Config) -> Result<HostIdentity, HostIdentityError> {
        let root = collect::root::Root::open(&self.root).map_err(|_| HostIdentityError::NoMachineId)?;
        HostIdentity::read(&root, config.system_id.as_ref())
    }
}

/// The agent at work.
pub struct Worker<T, H> {
    config: Config,
    device: Device,
    outbox: Outbox,
    session: Session<T>,
    schedule: Schedule,
    host: H,
    clock: Clock,
    rng: Rng,
}

/// What a worker is made of.
pub struct Parts<T, H> {
    /// The host's own file.
    pub config: Config,
    /// The enrolment.
    pub device: Device,
    /// What waits.
    pub outbox: Outbox,
    /// The network.
    pub transport: T,
    /// The host.
    pub host: H,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
}

impl<T: Transport, H: Host> Worker<T, H> {
    /// Puts the parts together; nothing is done yet.
    pub fn new(parts: Parts<T, H>) -> Self {
        let Parts { config, device, outbox, transport, host, clock, rng } = parts;
        // What waits was collected under the settings of then: it is collected anew before anything leaves, so that a kind
        // that was switched off in between stays here.
        let may_wait = outbox.position().receipt.is_some() && outbox.waiting() == 0;
        let schedule = Schedule::new(clock.clone(), rng.clone(), may_wait);
        let session = Session::new(transport, clock.clone(), rng.clone());
        Self { config, device, outbox, session, schedule, host, clock, rng }
    }

    /// The device that it works for.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// What waits.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The border to the network.
    pub const fn transport(&mut self) -> &mut T {
        self.session.transport()
    }

    /// The host's own file, as it is now.
    pub const fn config(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Collects and sends once, whatever the schedule says.
    ///
    /// # Errors
    /// [`WorkError`]; what could not be sent waits in the spool.
    pub fn once(&mut self) -> Result<(), WorkError> {
        self.collect()?;
        self.send()
    }

    /// Does what is due, and tells how long nothing will be.
    ///
    /// # Errors
    /// [`WorkError`] where going on is useless: the device is retired, or the agent's folder or the host fails. A server
    /// that is away, busy or strange is waited for.
    pub fn step(&mut self) -> Result<Duration, WorkError> {
        if self.schedule.is_collection_due() {
            self.collect()?;
        }
        if self.outbox.waiting() > 0 && self.schedule.is_sending_due() {
            match self.send() {
                Ok(()) => self.schedule.sent(),
                Err(WorkError::Session(error)) if !error.is_problem("device-retired") => self.pause(&error),
                Err(error) => return Err(error),
            }
        }
        Ok(self.schedule.idle(self.outbox.waiting() > 0))
    }

    fn pause(&mut self, error: &SessionError) {
        let retry_after = match error {
            SessionError::Refused(refusal) => refusal.retry_after,
            _ => None,
        };
        let pause = self.schedule.failed(retry_after);
        let level = if error.is_temporary() { Level::Warn } else { Level::Error };
        let waiting = self.outbox.waiting();
        log::line(level, "server.failed", &[("error", &causes(error)), ("waiting", &waiting), ("pause_seconds", &pause.as_secs())]);
    }

    fn collect(&mut self) -> Result<(), WorkError> {
        let started = self.clock.monotonic();
        let options = Options { kinds_off: self.kinds_off(), own_system_id: self.config.system_id.is_some(), ..Options::default() };
        let state = self.host.collect(&options)?;
        let (packages, blind_spots) = (state.packages.as_ref().map_or(0, Vec::len), state.blind_spots.len());
        let queued = self.outbox.queue(state, self.clock.now())?;
        let interval = self.interval();
        self.schedule.collected(interval);
        let duration_ms = self.clock.monotonic().saturating_sub(started).as_millis();
        let queued = queued.map_or("nothing", Shape::name);
        let fields: [(&str, &dyn std::fmt::Display); 4] =
            [("packages", &packages), ("blind_spots", &blind_spots), ("queued", &queued), ("duration_ms", &duration_ms)];
        log::line(Level::Info, "host.collected", &fields);
        Ok(())
    }

    /// What the host switches off, and what the server does not want; the server can switch nothing on.
    fn kinds_off(&self) -> Vec<Kind> {
        let wanted = self.outbox.position().settings.kinds_wanted.as_ref();
        let is_off = |kind: &Kind| self.config.kinds_off.contains(kind) || wanted.is_some_and(|wanted| !wanted.contains(kind));
        Kind::ALL.into_iter().filter(is_off).collect()
    }

    fn interval(&self) -> Duration {
        let wished = || self.outbox.position().settings.report_interval_seconds;
        let clamp = |seconds: u64| Duration::from_secs(seconds.clamp(INTERVAL_SECONDS_MIN, INTERVAL_SECONDS_MAX));
        self.config.interval.or_else(|| wished().map(clamp)).unwrap_or(INTERVAL_DEFAULT)
    }

    /// Sends everything that waits, oldest first.
    fn send(&mut self) -> Result<(), WorkError> {
        let mut fulls = 0;
        for _ in 0..STEP_TRANSMISSIONS_MAX {
            self.sign_in()?;
            let Some(ready) = self.outbox.next(self.session.schema())? else {
                if !self.outbox.position().wants_full {
                    return Ok(());
                }
                // What waited was no use any more: the whole state goes instead, at once.
                self.collect()?;
                continue;
            };
            if self.transmit(&ready)? == Taken::WantsFull {
                log::line(Level::Info, "server.wants_full", &[("sequence", &ready.sequence)]);
                fulls += 1;
                if fulls > STEP_FULLS_MAX {
                    return Err(SessionError::NeverSatisfied.into());
                }
                self.collect()?;
            }
        }
        Ok(())
    }

    fn transmit(&mut self, ready: &Ready) -> Result<Taken, WorkError> {
        let packed = self.config.compression.pack(&ready.body).map_err(WorkError::Pack)?;
        let encoding = Some(self.config.compression.content_encoding());
        let receipt = match self.session.post_as_device::<Receipt>(REPORTS, encoding, &packed) {
            Err(error) if is_renewable(&error) => {
                let before = self.device.device;
                self.sign_in()?;
                if self.device.device != before {
                    // What is ready belongs to the device that this one was copied from.
                    return Ok(Taken::Held);
                }
                self.session.post_as_device::<Receipt>(REPORTS, encoding, &packed)
            }
            other => other,
        };
        let receipt = match receipt {
            Err(SessionError::Refused(refusal)) if matches!(refusal.status, 400 | 413 | 415 | 422) => {
                // It will be refused again: make room for the next one, and tell the loss.
                self.outbox.refused()?;
                return Err(SessionError::Refused(refusal).into());
            }
            other => other?,
        };
        let copy =
            if ready.shape == Shape::CheckIn { "left alone (nothing changed, only its digest was sent)" } else { "written before sending" };
        let (receipt_id, size) = (receipt.receipt, ready.body.len());
        let taken = self.outbox.receipted(ready, receipt, self.clock.now())?;
        let fields: [(&str, &dyn std::fmt::Display); 7] = [
            ("device.id", &self.device.device),
            ("receipt.id", &receipt_id),
            ("sequence", &ready.sequence),
            ("shape", &ready.shape.name()),
            ("size_bytes", &size),
            ("packed_bytes", &packed.len()),
            ("inspection_copy", &copy),
        ];
        log::line(Level::Info, "report.sent", &fields);
        Ok(taken)
    }

    /// Signs in where there is no good token, as the device that this host really is.
    ///
    /// # Errors
    /// [`WorkError`].
    pub fn sign_in(&mut self) -> Result<(), WorkError> {
        if self.session.is_signed_in() {
            return Ok(());
        }
        let host = self.host.identity(&self.config)?;
        if !self.device.host.is_same_host(&host) {
            log::line(Level::Warn, "device.cloned", &[("reason", &"this host is not the one that was enrolled")]);
            self.split_off(host.clone())?;
        }
        let pins = match self.session.sign_in(&self.device) {
            Err(error) if error.is_problem("device-cloned") => {
                log::line(Level::Warn, "device.cloned", &[("reason", &"the server knows this key from another host")]);
                self.split_off(host)?;
                self.session.sign_in(&self.device)?
            }
            other => other?,
        };
        self.outbox.remember(self.session.settings())?;
        if let Some(instance_keys) = pins {
            self.device.instance_keys = instance_keys;
            self.device.save(self.outbox.dir()).map_err(OutboxError::from)?;
            log::line(Level::Info, "server.keys_changed", &[("device.id", &self.device.device)]);
        }
        Ok(())
    }

    /// Becomes a device of its own: a new key, a new id, and nothing of the copied conversation.
    fn split_off(&mut self, host: HostIdentity) -> Result<(), WorkError> {
        let options = Options { kinds_off: Kind::ALL.into_iter().filter(|kind| *kind != Kind::HostName).collect(), ..Options::default() };
        let is_named = !self.kinds_off().contains(&Kind::HostName);
        let host_name = if is_named { self.host.collect(&options)?.host_name } else { None };
        self.session.sign_out();
        let key = enrol::key_for(self.outbox.dir(), &host, &self.rng).map_err(OutboxError::from)?;
        let device = enrol::split_off(&mut self.session, &self.device, host, host_name, &key)?;
        self.outbox.forget()?;
        device.save(self.outbox.dir()).map_err(OutboxError::from)?;
        log::line(Level::Info, "device.enrolled", &[("device.id", &device.device), ("copy_of", &self.device.device)]);
        self.device = device;
        // What was queued before was under the other device's numbers.
        self.collect()
    }
}

/// Whether a new token, or a fresh look at the server's certificate, may help.
const fn is_renewable(error: &SessionError) -> bool {
    match error {
        SessionError::Refused(refusal) => refusal.status == 401,
        SessionError::Transport(TransportError::OtherCertificate) => true,
        _ => false,
    }
}
