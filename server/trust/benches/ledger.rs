//! How quickly a ledger takes leaves, puts them in order and proves them.
//!
//! `cargo bench -p trust --bench ledger [-- LEAVES]`: records so many leaves (a million) in transactions of a thousand, on
//! embedded storage, then orders them, asks for proofs at random and verifies each with the log's key alone.

use std::time::Duration;

use kernel::{Actor, Clock, DeviceScope, LeafId, Permission, Rng, ScopeMint, TenantId, UserId};
use seal::checkpoint::Proof;
use seal::leaf::leaf_hash;
use serde_json::json;
use store::{StoreConfig, StoreError, Stores};
use trust::{LeafEntry, LeafKind, Ledger, RootKey, SCHEMAS, Trust, ledger};

const LEAVES: usize = 1_000_000;
const A_TRANSACTION: usize = 1_000;
const PROOFS: usize = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let leaves: usize = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(LEAVES);
    let (clock, rng, folder) = (Clock::system(), Rng::system(), tempfile::tempdir()?);
    let config = StoreConfig::embedded(folder.path().to_owned());
    let stores = Stores::open(config, SCHEMAS.to_vec(), clock.clone(), rng.clone()).await?;
    let passphrase = folder.path().join("passphrase");
    let trust = Trust::open(&stores, RootKey::create(&passphrase, &rng)?).await?;
    let tenant = TenantId::from_random(rng.bits());
    trust.create_tenant(tenant).await?;
    stores.create_tenant(tenant).await?;
    let user = Actor::User(UserId::from_random(rng.bits()));
    let owner = ScopeMint::for_app().mint(tenant, user, &[Permission::LedgerRead], DeviceScope::All);
    let log = Ledger::new(&stores, &trust, ScopeMint::for_app());

    let begun = clock.monotonic();
    let mut ids: Vec<LeafId> = Vec::with_capacity(leaves);
    for first in (0..leaves).step_by(A_TRANSACTION) {
        let (keys, acting) = (trust.keyring(), owner.clone());
        let count = A_TRANSACTION.min(leaves - first);
        let write = move |tx: &mut store::Tx<'_>| {
            let entry = |number: usize| LeafEntry { kind: LeafKind::TokenCreated, subject: Some(7), payload: json!({ "number": number }) };
            (first..first + count)
                .map(|number| ledger::record(tx, &*keys, &acting, entry(number)).map(|told| told.leaf()))
                .collect::<Result<Vec<_>, StoreError>>()
        };
        ids.extend(stores.tenant(&owner).write(write).await?);
    }
    tell("recorded", leaves, clock.monotonic() - begun);

    let begun = clock.monotonic();
    let placed = log.sequence_tenant(&owner).await?;
    tell("put in their places", placed, clock.monotonic() - begun);

    let (mut times, mut checks, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..PROOFS {
        let Some(leaf) = ids.get(usize::try_from(rng.below(leaves as u64))?) else { continue };
        let begun = clock.monotonic();
        let proven = log.proof(&owner, *leaf, None).await?;
        times.push(clock.monotonic() - begun);
        bytes = proven.proof.len();
        let key = log.key(tenant);
        let begun = clock.monotonic();
        Proof::from_text(&proven.proof)?.verify(leaf_hash(&proven.leaf.commitment), &key)?;
        checks.push(clock.monotonic() - begun);
    }
    println!("a proof with its checkpoint is {bytes} bytes");
    percentiles("a proof, signed", &mut times);
    percentiles("its verification", &mut checks);
    stores.close().await;
    Ok(())
}

fn tell(what: &str, count: usize, time: Duration) {
    println!("{count} leaves {what} in {:.1} s: {:.0}/s", time.as_secs_f64(), count as f64 / time.as_secs_f64());
}

fn percentiles(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times.get((times.len().max(1) - 1) * share / 100).copied().unwrap_or_default();
    println!("{what}: p50 {:?}, p99 {:?}", at(50), at(99));
}
