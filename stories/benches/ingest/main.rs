//! How many reports a second one `purser serve` takes in: durable, sealed, receipted, over TLS.
//!
//! `cargo bench -p stories --bench ingest -- --purser PATH [--tenants N] [--devices N] [--packages N] [--check-ins N] [--connections N]
//! [--keep DIR]` (devices are a tenant's; check-ins are counted over the whole fleet). Client and server run on the same machine: the processor time
//! of each is printed apart, and the rate that the server alone could reach on this many processors follows from it.
//!
//! Enrolments and first reports come tenant by tenant, check-ins from one tenant after the other, which is the harder
//! order. With `--keep DIR` the fleet stays in that folder and the next run with it begins with the check-ins: a
//! million devices take a while to enrol.

mod client;
mod device;
mod kept;
mod process;

use std::io::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use kernel::{Clock, Rng};

use client::Client;
use device::{Device, send, state};
use kept::Shape;
use process::{Server, cpu_seconds, memory_bytes};

/// Pieces of work whose bodies are made and kept at a time.
const AT_A_TIME: usize = 2_000;
/// Different states that the fleet's devices have.
const STATES: usize = 64;
/// From which they are made.
const STATES_SEED: u64 = 1;
/// Tenants that are made at a time.
const TENANT_MAKERS: usize = 4;

struct Options {
    purser: PathBuf,
    keep: Option<PathBuf>,
    tenants: usize,
    devices: usize,
    packages: u32,
    check_ins: usize,
    connections: usize,
    port: u16,
}

fn options() -> Result<Options, Error> {
    let mut options = Options {
        purser: PathBuf::from("dist/bin/purser"),
        keep: None,
        tenants: 1,
        devices: 500,
        packages: 1_000,
        check_ins: 20_000,
        connections: 32,
        port: 18_443,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        if name == "--bench" {
            continue; // `cargo bench` adds it.
        }
        let value = arguments.next().ok_or_else(|| Error::other(format!("{name} needs a value")))?;
        let number = || value.parse::<usize>().map_err(|_| Error::other(format!("{name} needs a number, not {value}")));
        match name.as_str() {
            "--purser" => options.purser = value.into(),
            "--keep" => options.keep = Some(value.into()),
            "--tenants" => options.tenants = number()?,
            "--devices" => options.devices = number()?,
            "--packages" => options.packages = u32::try_from(number()?).map_err(Error::other)?,
            "--check-ins" => options.check_ins = number()?,
            "--connections" => options.connections = number()?,
            "--port" => options.port = u16::try_from(number()?).map_err(Error::other)?,
            _ => return Err(Error::other(format!("unknown option {name}"))),
        }
    }
    Ok(options)
}

fn main() -> Result<(), Error> {
    let options = options()?;
    let (clock, rng) = (Clock::system(), Rng::system());
    let scratch = tempfile::tempdir()?;
    let data = options.keep.as_deref().unwrap_or(scratch.path());
    std::fs::create_dir_all(data)?;
    let server = Server::start(&options.purser, data, options.port, &[])?;
    let (idle, _) = memory_bytes(server.id())?;
    println!("cold start {:.0} ms, idle memory {:.1} MB", server.cold_start.as_secs_f64() * 1e3, idle as f64 / 1e6);
    println!(
        "{} tenants x {} devices x {} packages over {} connections",
        options.tenants, options.devices, options.packages, options.connections
    );

    let run = Run { clock: &clock, server: &server, options: &options };
    let total = options.tenants * options.devices;
    // The same in each run, since a kept fleet must know what it has reported.
    let seeded = Rng::seeded(STATES_SEED);
    let states: Vec<_> = (0..STATES).map(|_| state(&seeded, options.packages)).collect();
    let shape = Shape { tenants: options.tenants, devices: options.devices, packages: options.packages };
    let kept = kept::read(data, &shape, &states)?;
    let is_new = kept.is_none();
    let mut devices = match kept {
        Some(devices) => devices,
        None => enrol(&run, total)?,
    };
    let mut tokens = Vec::with_capacity(total);
    let sign_in = |client: &mut Client, number: usize, ()| devices[number].sign_in(client, &rng);
    run.phase("sign-ins", total, |_| Ok(()), sign_in, |_, token| tokens.push(token))?;
    devices.iter_mut().zip(tokens).for_each(|(device, token)| device.signed_in(token));

    let devices: Vec<Mutex<Device>> = devices.into_iter().map(Mutex::new).collect();
    let device = |number: usize| devices[number % total].lock().unwrap_or_else(PoisonError::into_inner);
    let send_from = |client: &mut Client, number: usize, body: Vec<u8>| {
        let token = device(number).token();
        send(client, &token, &body)
    };
    if is_new {
        let full = |number: usize| device(number).full(clock.now(), &states[number % states.len()]);
        println!("a full report is about {} bytes as sent", device(0).full(clock.now(), &states[0])?.len());
        run.phase("full reports", total, full, send_from, |_, _| ())?;
        if options.keep.is_some() {
            kept::write(data, &shape, &devices)?;
        }
    }
    // From tenant to tenant: as many of them as there are between two devices of one.
    let spread = |number: usize| number % options.tenants * options.devices + number / options.tenants % options.devices;
    let check_in = |number: usize| device(spread(number)).check_in(clock.now());
    let send_spread = |client: &mut Client, number: usize, body: Vec<u8>| send_from(client, spread(number), body);
    run.phase("check-ins", options.check_ins, check_in, send_spread, |_, _| ())?;
    let (now, highest) = memory_bytes(server.id())?;
    println!("server memory {:.1} MB, highest {:.1} MB", now as f64 / 1e6, highest as f64 / 1e6);
    if options.keep.is_some() {
        kept::write(data, &shape, &devices)?;
    }
    Ok(())
}

/// Makes the tenants and enrols their devices.
fn enrol(run: &Run<'_>, total: usize) -> Result<Vec<Device>, Error> {
    let tokens = tenants(run.server, run.options.tenants)?;
    let mut devices = Vec::with_capacity(total);
    run.phase(
        "enrolments",
        total,
        |_| Ok(()),
        |client, number, ()| Device::enrol(client, number, &tokens[number / run.options.devices]),
        |_, device| devices.push(device),
    )?;
    Ok(devices)
}

/// Makes tenants, and an enrolment token for each.
fn tenants(server: &Server, count: usize) -> Result<Vec<String>, Error> {
    let make = |number: usize| -> Result<String, Error> {
        let created = server.purser(&["tenant", "create", &format!("tenant {number}"), "--output", "json"])?;
        let tenant = created["tenant"].as_str().unwrap_or_default().to_owned();
        let enrolment = server.purser(&["enrolment", "create", "--tenant", &tenant, "--output", "json"])?;
        Ok(enrolment["token"].as_str().unwrap_or_default().to_owned())
    };
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..TENANT_MAKERS)
            .map(|maker| scope.spawn(move || (maker..count).step_by(TENANT_MAKERS).map(make).collect::<Result<Vec<_>, _>>()))
            .collect();
        let mut tokens = Vec::with_capacity(count);
        for maker in makers {
            tokens.extend(maker.join().map_err(|_| Error::other("a maker of tenants panicked"))??);
        }
        Ok(tokens)
    })
}

struct Run<'a> {
    clock: &'a Clock,
    server: &'a Server,
    options: &'a Options,
}

impl Run<'_> {
    /// Does `count` pieces of work over all connections and prints rate and processor time. What `make` makes is made
    /// beforehand, [`AT_A_TIME`] pieces at a time, and does not count.
    fn phase<P: Send, T: Send>(
        &self,
        name: &str,
        count: usize,
        make: impl Fn(usize) -> Result<P, Error>,
        work: impl Fn(&mut Client, usize, P) -> Result<T, Error> + Sync,
        mut take: impl FnMut(usize, T),
    ) -> Result<(), Error> {
        if count == 0 {
            return Ok(());
        }
        let mut clients: Vec<Client> =
            (0..self.options.connections.min(count)).map(|_| Client::connect(self.options.port)).collect::<Result<_, _>>()?;
        let mut spent = Spent::default();
        for first in (0..count).step_by(AT_A_TIME) {
            let numbers = first..count.min(first + AT_A_TIME);
            let pieces: Vec<(usize, Mutex<Option<P>>)> =
                numbers.map(|number| Ok((number, Mutex::new(Some(make(number)?))))).collect::<Result<_, Error>>()?;
            let before = self.now()?;
            let next = AtomicUsize::new(0);
            let parts: Vec<Result<Vec<(usize, T)>, Error>> = std::thread::scope(|scope| {
                let worker = |client| scope.spawn(|| run_pieces(client, &pieces, &next, &work));
                let workers: Vec<_> = clients.iter_mut().map(worker).collect();
                workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(Error::other("a worker panicked")))).collect()
            });
            spent.add(&before, &self.now()?);
            let mut done = Vec::new();
            for part in parts {
                done.extend(part?);
            }
            done.sort_by_key(|(number, _)| *number);
            done.into_iter().for_each(|(number, result)| take(number, result));
        }
        let Spent { seconds, server_cpu, client_cpu } = spent;
        println!(
            "{name}: {count} in {seconds:.2} s = {:.0}/s; CPU: server {server_cpu:.2} s ({:.0} µs each), client {client_cpu:.2} s",
            count as f64 / seconds,
            server_cpu / count as f64 * 1e6
        );
        Ok(())
    }

    fn now(&self) -> Result<Spent, Error> {
        let (server_cpu, client_cpu) = (cpu_seconds(self.server.id())?, cpu_seconds(std::process::id())?);
        Ok(Spent { seconds: self.clock.monotonic().as_secs_f64(), server_cpu, client_cpu })
    }
}

/// Seconds that passed, and that the processors worked.
#[derive(Default)]
struct Spent {
    seconds: f64,
    server_cpu: f64,
    client_cpu: f64,
}

impl Spent {
    fn add(&mut self, from: &Self, to: &Self) {
        self.seconds += to.seconds - from.seconds;
        self.server_cpu += to.server_cpu - from.server_cpu;
        self.client_cpu += to.client_cpu - from.client_cpu;
    }
}

/// One connection's share of the pieces: the next one that nobody has taken, until there is none.
fn run_pieces<P, T>(
    client: &mut Client,
    pieces: &[(usize, Mutex<Option<P>>)],
    next: &AtomicUsize,
    work: &impl Fn(&mut Client, usize, P) -> Result<T, Error>,
) -> Result<Vec<(usize, T)>, Error> {
    let mut done = Vec::new();
    while let Some((number, piece)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
        let piece = piece.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(piece) = piece {
            done.push((*number, work(client, *number, piece)?));
        }
    }
    Ok(done)
}
