//! How many reports a second one `purser serve` takes in: durable, sealed, receipted, over TLS.
//!
//! `cargo bench -p stories --bench ingest -- --purser PATH [--tenants N] [--devices N] [--packages N] [--check-ins N] [--connections N]`
//! (devices are a tenant's; check-ins are a device's). Client and server run on the same machine: the processor time
//! of each is printed apart, and the rate that the server alone could reach on this many processors follows from it.

mod client;
mod device;
mod process;

use std::io::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::{Clock, Rng};

use client::Client;
use device::{Device, state};
use process::{Server, cpu_seconds, memory_bytes};

struct Options {
    purser: PathBuf,
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
        tenants: 1,
        devices: 500,
        packages: 1_000,
        check_ins: 40,
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
    let server = Server::start(&options.purser, scratch.path(), options.port, &[])?;
    let (idle, _) = memory_bytes(server.id())?;
    println!("cold start {:.0} ms, idle memory {:.1} MB", server.cold_start.as_secs_f64() * 1e3, idle as f64 / 1e6);
    println!(
        "{} tenants x {} devices x {} packages over {} connections",
        options.tenants, options.devices, options.packages, options.connections
    );

    let mut tokens = Vec::new();
    for number in 0..options.tenants {
        let created = server.purser(&["tenant", "create", &format!("tenant {number}"), "--output", "json"])?;
        let tenant = created["tenant"].as_str().unwrap_or_default().to_owned();
        let enrolment = server.purser(&["enrolment", "create", "--tenant", &tenant, "--output", "json"])?;
        tokens.push(enrolment["token"].as_str().unwrap_or_default().to_owned());
    }
    let run = Run { clock: &clock, server: &server, options: &options };
    let total = options.tenants * options.devices;
    let devices = run.phase("enrolments", total, |client, number| Device::enrol(client, &rng, &tokens[number % tokens.len()]))?;
    let states: Vec<_> = (0..64).map(|_| state(&rng, options.packages)).collect();
    let mut devices = devices;
    let mut bodies = Vec::new();
    for (number, device) in devices.iter_mut().enumerate() {
        bodies.push(device.full(clock.now(), &states[number % states.len()])?);
    }
    println!("a full report is {} bytes", bodies.first().map_or(0, Vec::len));
    run.phase("full reports", total, |client, number| devices[number].send(client, &bodies[number]).map(|_| ()))?;
    for round in 0..options.check_ins.min(3) {
        let bodies: Vec<_> = devices.iter_mut().map(|device| device.check_in(clock.now())).collect::<Result<_, _>>()?;
        run.phase(&format!("check-ins, round {}", round + 1), total, |client, number| {
            devices[number].send(client, &bodies[number]).map(|_| ())
        })?;
    }
    let rounds = options.check_ins.saturating_sub(3);
    let mut bodies: Vec<Vec<Vec<u8>>> = Vec::new();
    for device in &mut devices {
        bodies.push((0..rounds).map(|_| device.check_in(clock.now())).collect::<Result<_, _>>()?);
    }
    run.phase("check-ins, all other rounds", total * rounds, |client, number| {
        devices[number % total].send(client, &bodies[number % total][number / total]).map(|_| ())
    })?;
    let (now, highest) = memory_bytes(server.id())?;
    println!("server memory {:.1} MB, highest {:.1} MB", now as f64 / 1e6, highest as f64 / 1e6);
    Ok(())
}

struct Run<'a> {
    clock: &'a Clock,
    server: &'a Server,
    options: &'a Options,
}

impl Run<'_> {
    /// Does `count` pieces of work over all connections and prints rate and processor time.
    fn phase<T: Send>(
        &self,
        name: &str,
        count: usize,
        work: impl Fn(&mut Client, usize) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let next = Arc::new(AtomicUsize::new(0));
        let (server_before, client_before) = (cpu_seconds(self.server.id())?, cpu_seconds(std::process::id())?);
        let begun = self.clock.monotonic();
        let parts: Vec<Result<Vec<(usize, T)>, Error>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.options.connections.min(count))
                .map(|_| {
                    let (next, work) = (Arc::clone(&next), &work);
                    scope.spawn(move || {
                        let mut client = Client::connect(self.options.port)?;
                        let mut done = Vec::new();
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number >= count {
                                return Ok(done);
                            }
                            done.push((number, work(&mut client, number)?));
                        }
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(Error::other("a worker panicked")))).collect()
        });
        let seconds = (self.clock.monotonic() - begun).as_secs_f64();
        let mut done = Vec::new();
        for part in parts {
            done.extend(part?);
        }
        done.sort_by_key(|(number, _)| *number);
        let server_cpu = cpu_seconds(self.server.id())? - server_before;
        let client_cpu = cpu_seconds(std::process::id())? - client_before;
        let rate = count as f64 / seconds;
        println!(
            "{name}: {count} in {seconds:.2} s = {rate:.0}/s; CPU: server {server_cpu:.2} s ({:.0} µs each), client {client_cpu:.2} s",
            server_cpu / count as f64 * 1e6
        );
        Ok(done.into_iter().map(|(_, value)| value).collect())
    }
}
