//! How many intake entries a second become durable, from many concurrent tasks.
//!
//! `cargo run --release -p store --example intake_bench -- [SECONDS] [TASKS] [FOLDER]`
//!
//! Embedded in FOLDER (a scratch folder where none is given; name one on the disk that shall be measured), and on
//! PostgreSQL where `PURSER_BENCH_DATABASE_URL` names an empty database and its owner. Each entry has 200 bytes, is
//! sealed, and counts when its append has returned. Also measured: small writes to one tenant, and point reads.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use kernel::{Clock, DeviceId, Rng, ScopeMint, SystemWork, TenantId};
use store::testing::PlainKeyRing;
use store::{StoreConfig, StoreError, Stores};

const BODY_BYTES: usize = 200;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (seconds, tasks) = (number(5), number(512));
    let folder = arguments.next().map(PathBuf::from);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = folder.unwrap_or_else(|| scratch.path().join("data"));
    measure("embedded", StoreConfig::embedded(folder), seconds, tasks).await;
    match std::env::var("PURSER_BENCH_DATABASE_URL") {
        Ok(url) => measure("PostgreSQL", StoreConfig::postgres(scratch.path().join("unused"), &url), seconds, tasks).await,
        Err(_) => println!("PostgreSQL: not measured, PURSER_BENCH_DATABASE_URL is not set"),
    }
}

async fn measure(engine: &str, config: StoreConfig, seconds: u64, tasks: u64) {
    let clock = Clock::system();
    let stores = Stores::open(config, Vec::new(), clock.clone(), Rng::system()).await.expect("the stores open");
    stores.intake().set_keys(Arc::new(PlainKeyRing::new(Rng::system())));
    let tenant = TenantId::from_random(Rng::system().bits());
    stores.create_tenant(tenant).await.expect("a tenant is made");
    let scope = ScopeMint::for_app().system(tenant, SystemWork::Intake);
    let db = stores.tenant(&scope);

    let intake = stores.intake().clone();
    let at = clock.now();
    let appends = run(&clock, seconds, tasks, move |task| {
        let intake = intake.clone();
        let device = DeviceId::from_random(task * 2 + 2);
        async move { intake.append(tenant, device, 1, at, vec![7; BODY_BYTES]).await.map(|_| ()) }
    });
    println!("{engine}: {:.0} durable intake appends/s ({tasks} tasks, {BODY_BYTES} bytes, sealed)", appends.await);

    let writer = db.clone();
    let writes = run(&clock, seconds, tasks, move |task| {
        let db = writer.clone();
        async move { db.write(move |tx| tx.mark("benchmark", i64::try_from(task).unwrap_or(0))).await }
    });
    println!("{engine}: {:.0} durable one-mark transactions/s in one tenant ({tasks} tasks)", writes.await);

    let reads = run(&clock, seconds, tasks, move |_| {
        let db = db.clone();
        async move { db.read(|tx| tx.folded_through()).await.map(|_| ()) }
    });
    println!("{engine}: {:.0} point-read transactions/s in one tenant ({tasks} tasks)", reads.await);
    stores.close().await;
}

/// Runs the work over and over in each task; how often a second it succeeded.
async fn run<W, F>(clock: &Clock, seconds: u64, tasks: u64, work: W) -> f64
where
    W: Fn(u64) -> F + Clone + Send + 'static,
    F: Future<Output = Result<(), StoreError>> + Send,
{
    let (ends, done, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let started = clock.monotonic();
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let (work, ends, done, refused) = (work.clone(), Arc::clone(&ends), Arc::clone(&done), Arc::clone(&refused));
            tokio::spawn(async move {
                while !ends.load(Ordering::Relaxed) {
                    match work(task).await {
                        Ok(()) => done.fetch_add(1, Ordering::Relaxed),
                        // Refused at the limit of what may wait: that is an answer too, but no success.
                        Err(StoreError::Busy(_)) => refused.fetch_add(1, Ordering::Relaxed),
                        Err(error) => panic!("{error}"),
                    };
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    ends.store(true, Ordering::Relaxed);
    for task in running {
        task.await.expect("no panic");
    }
    let elapsed = clock.monotonic().saturating_sub(started).as_secs_f64();
    let refused = refused.load(Ordering::Relaxed);
    if refused > 0 {
        println!("  ({refused} were refused as busy)");
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let total = done.load(Ordering::Relaxed) as f64;
    total / elapsed
}
