//! One agent, one server, one clock, no network.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use agent::config::Config;
use agent::device::Device;
use agent::enrol::{Join, join, key_for};
use agent::host_identity::{HostIdentity, HostIdentityError};
use agent::outbox::{INSPECTION_COPY_FILE, Outbox};
use agent::session::{Session, SessionError};
use agent::state_dir::StateDir;
use agent::transport::{Request, Response, Transport, TransportError};
use agent::work::{Host, Parts, Worker};
use collect::Options;
use kernel::{Clock, ManualClock, Rng};
use wire::Timestamp;
use wire::report::Digest;
use wire::state::{Package, PackageManager, State};

use crate::fake_server::FakeServer;

/// Leads to the server in the same process.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) server: Rc<RefCell<FakeServer>>,
    pub(crate) is_cut: Rc<RefCell<bool>>,
    /// The server hears everything, and nobody hears its answers to enrolments.
    pub(crate) loses_enrolments: Rc<RefCell<bool>>,
    bound: Vec<Digest>,
}

impl Line {
    fn met(&self) -> Digest {
        self.server.borrow().certificates[0]
    }

    fn carry(&self, request: Request<'_>) -> Result<Response, TransportError> {
        if *self.is_cut.borrow() {
            return Err(TransportError::Unreachable("the line is cut".into()));
        }
        let (status, body) = self.server.borrow_mut().handle(request.path, request.bearer, request.content_encoding, request.body);
        if *self.loses_enrolments.borrow() && request.path.ends_with("/enrol") {
            return Err(TransportError::Unreachable("the answer is lost".into()));
        }
        Ok(Response { status, retry_after: None, body })
    }
}

impl Transport for Line {
    fn probe(&mut self, request: Request<'_>) -> Result<(Response, Digest), TransportError> {
        Ok((self.carry(request)?, self.met()))
    }

    fn bind(&mut self, certificates: &[Digest]) {
        self.bound = certificates.to_vec();
    }

    fn send(&mut self, request: Request<'_>) -> Result<Response, TransportError> {
        if !self.bound.contains(&self.met()) {
            return Err(TransportError::OtherCertificate);
        }
        self.carry(request)
    }
}

/// A host that says what the test wants.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) state: Rc<RefCell<State>>,
    pub(crate) identity: Rc<RefCell<HostIdentity>>,
}

impl Host for Scripted {
    fn collect(&mut self, options: &Options) -> Result<State, collect::RootError> {
        let mut state = self.state.borrow().clone();
        for kind in &options.kinds_off {
            state.clear(*kind);
            state.switched_off.push(*kind);
        }
        state.canonicalise();
        Ok(state)
    }

    fn identity(&mut self, _config: &Config) -> Result<HostIdentity, HostIdentityError> {
        Ok(self.identity.borrow().clone())
    }
}

pub(crate) fn package(name: &str, version: &str) -> Package {
    Package {
        manager: PackageManager::Dpkg,
        name: name.into(),
        architecture: "amd64".into(),
        version: version.into(),
        source: None,
        source_version: None,
        held: false,
        incomplete: false,
        installed_at: None,
        vendor: None,
    }
}

pub(crate) fn identity(number: u8) -> HostIdentity {
    HostIdentity { system_id: Digest([number; 32]), fingerprint: Digest([number + 1; 32]), pieces: vec![Digest([number + 2; 32])] }
}

pub(crate) struct World {
    pub(crate) hand: ManualClock,
    pub(crate) line: Line,
    pub(crate) host: Scripted,
    pub(crate) clock: Clock,
    pub(crate) folder: PathBuf,
    _scratch: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let (clock, hand) = Clock::manual(Timestamp::from_seconds(1_800_000_000));
        let scratch = tempfile::tempdir().unwrap();
        let state = State {
            host_name: Some(wire::Identifying::new("canary-host".into())),
            packages: Some(vec![package("bash", "5.2"), package("zlib1g", "1.3")]),
            ..State::default()
        };
        let host = Scripted { state: Rc::new(RefCell::new(state)), identity: Rc::new(RefCell::new(identity(10))) };
        let server = Rc::new(RefCell::new(FakeServer::new(clock.clone())));
        let line = Line { server, is_cut: Rc::default(), loses_enrolments: Rc::default(), bound: Vec::new() };
        Self { hand, line, host, clock, folder: scratch.path().join("agent"), _scratch: scratch }
    }

    /// Enrols the host and starts its agent.
    pub(crate) fn enrolled(&self) -> Worker<Line, Scripted> {
        self.try_to_enrol(Rng::seeded(5)).unwrap();
        self.restart()
    }

    /// One attempt to enrol the host.
    pub(crate) fn try_to_enrol(&self, rng: Rng) -> Result<(), SessionError> {
        let dir = StateDir::open(&self.folder).unwrap();
        let mut session = Session::new(self.line.clone(), self.clock.clone(), rng.clone());
        let request = Join {
            server: "https://purser.example.org".parse().unwrap(),
            server_key: self.line.server.borrow().server_key(),
            token: FakeServer::enrolment_token(),
            host: self.host.identity.borrow().clone(),
            host_name: None,
        };
        let key = key_for(&dir, &request.host, &rng).unwrap();
        join(&mut session, request, &key)?.save(&dir).unwrap();
        Ok(())
    }

    /// Starts the agent of the folder as it was left.
    pub(crate) fn restart(&self) -> Worker<Line, Scripted> {
        self.start_in(&self.folder, self.host.clone())
    }

    pub(crate) fn start_in(&self, folder: &Path, host: Scripted) -> Worker<Line, Scripted> {
        let dir = StateDir::open(folder).unwrap();
        let device = Device::load(&dir).unwrap().unwrap();
        Worker::new(Parts {
            config: Config::default(),
            device,
            outbox: Outbox::open(dir).unwrap(),
            transport: self.line.clone(),
            host,
            clock: self.clock.clone(),
            rng: Rng::seeded(u64::from(self.clock.now().seconds().unsigned_abs() as u32)),
        })
    }

    pub(crate) fn install(&self, name: &str, version: &str) {
        let mut state = self.host.state.borrow_mut();
        let packages = state.packages.get_or_insert_default();
        packages.retain(|package| package.name != name);
        packages.push(package(name, version));
        packages.sort();
    }

    pub(crate) fn remove(&self, name: &str) {
        self.host.state.borrow_mut().packages.get_or_insert_default().retain(|package| package.name != name);
    }

    pub(crate) fn cut_line(&self, is_cut: bool) {
        *self.line.is_cut.borrow_mut() = is_cut;
    }

    pub(crate) fn server(&self) -> std::cell::RefMut<'_, FakeServer> {
        self.line.server.borrow_mut()
    }

    /// The inspection copy's bytes.
    pub(crate) fn copy(&self) -> Vec<u8> {
        std::fs::read(self.folder.join(INSPECTION_COPY_FILE)).unwrap()
    }

    pub(crate) fn copy_digest(&self) -> Digest {
        Digest(seal::hash::sha256(&self.copy()))
    }
}
