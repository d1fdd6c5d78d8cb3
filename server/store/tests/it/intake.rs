//! The intake log, and a process that is killed while it appends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use kernel::{DeviceId, KeyError, Rng, TenantId, Timestamp};
use store::testing::{PlainKeyRing, both_engines, on_sqlite};
use store::{FOLDED_KEPT_MAX, INTAKE_BODY_BYTES_MAX, Ripeness, StoreConfig, StoreError, Stores};

use crate::fixture::SCHEMAS;

const CHILD_VARIABLE: &str = "PURSER_TEST_INTAKE_CHILD";
const AT: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn ids() -> (TenantId, DeviceId) {
    (TenantId::from_random(42), DeviceId::from_random(44))
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_come_back_in_order_until_they_are_removed() {
    both_engines(SCHEMAS, |stores, env| async move {
        let (tenant, device) = ids();
        let appends: Vec<_> = (0..2_000_i64)
            .map(|number| {
                let intake = stores.intake().clone();
                tokio::spawn(async move { intake.append(tenant, device, number, AT, format!("body {number}").into_bytes()).await })
            })
            .collect();
        let mut numbers = BTreeSet::new();
        for append in appends {
            numbers.insert(append.await.expect("no panic").expect("appended"));
        }
        assert_eq!(numbers, (1..=2_000).collect());
        let batch = stores.intake().batch(tenant, 10_000).await.expect("read");
        assert_eq!(batch.iter().map(|entry| entry.number).collect::<BTreeSet<_>>(), numbers);
        assert!(batch.is_sorted_by_key(|entry| entry.number));
        for entry in &batch {
            assert_eq!(entry.body, format!("body {}", entry.kind).into_bytes());
            assert_eq!((entry.tenant, entry.device, entry.at), (tenant, device, AT));
        }
        stores.intake().forget_through(tenant, 1_999);
        stores.intake().sweep().await.expect("swept");
        assert_eq!(stores.intake().batch(tenant, 10).await.expect("read").iter().map(|entry| entry.number).collect::<Vec<_>>(), [2_000]);
        stores.intake().forget_through(tenant, 2_000);
        stores.intake().sweep().await.expect("swept");
        stores.close().await;
        let stores = env.reopen().await;
        stores.intake().learn().await.expect("read");
        assert_eq!(stores.intake().size(), (0, 0), "what was swept is not in the log");
        let next = stores.intake().append(tenant, device, 0, AT, vec![]).await.expect("appended");
        assert_eq!(next, 2_001, "a number is never given twice");
        stores.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_read_and_removed_tenant_by_tenant() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let intake = stores.intake();
        let tenants: Vec<_> = [9, 3, 6].map(TenantId::from_random).to_vec();
        let (_, device) = ids();
        for tenant in tenants.iter().chain(&tenants) {
            intake.append(*tenant, device, 0, AT, Vec::new()).await.expect("appended");
        }
        let mut sorted = tenants.clone();
        sorted.sort();
        intake.learn().await.expect("read");
        assert_eq!(intake.size(), (3, 6));
        assert_eq!(intake.tenants_after(None, Ripeness::Any, 10), sorted);
        assert_eq!(intake.tenants_after(None, Ripeness::Any, 2), sorted[..2]);
        assert_eq!(intake.tenants_after(Some(sorted[0]), Ripeness::Any, 10), sorted[1..]);
        intake.forget_through(tenants[0], 4);
        intake.forget_through(tenants[1], 4);
        intake.sweep().await.expect("swept");
        let mut left = Vec::new();
        for tenant in &tenants {
            left.push(intake.batch(*tenant, 10).await.expect("read").iter().map(|entry| entry.number).collect::<Vec<_>>());
        }
        assert_eq!(left, [vec![], vec![5], vec![3, 6]]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_keeps_what_is_folded_behind_it_in_the_log_up_to_a_limit() {
    both_engines(SCHEMAS, |stores, env| async move {
        let intake = stores.intake().clone();
        let (stuck, busy, device) = (TenantId::from_random(3), TenantId::from_random(9), ids().1);
        let append = |tenant| intake.append(tenant, device, 0, AT, Vec::new());
        append(stuck).await.expect("appended");
        let fold = async |count: usize| {
            let appends: Vec<_> = (0..count)
                .map(|_| {
                    let intake = intake.clone();
                    tokio::spawn(async move { intake.append(busy, device, 0, AT, Vec::new()).await.expect("appended") })
                })
                .collect();
            let mut last = 0;
            for append in appends {
                last = append.await.expect("no panic").max(last);
            }
            intake.learn().await.expect("read");
            intake.forget_through(busy, last);
            intake.sweep().await.expect("swept");
        };
        for _ in 0..FOLDED_KEPT_MAX / 10_000 {
            fold(10_000).await;
        }
        let in_the_log = async |stores: &Stores| {
            stores.intake().learn().await.expect("read");
            stores.intake().size()
        };
        stores.close().await;
        let stores = env.reopen().await;
        assert_eq!(in_the_log(&stores).await, (2, FOLDED_KEPT_MAX + 1), "they lie behind the stuck one, and fold again without effect");
        let last = stores.intake().append(busy, device, 0, AT, Vec::new()).await.expect("appended");
        stores.intake().learn().await.expect("read");
        stores.intake().forget_through(busy, last);
        stores.intake().sweep().await.expect("swept");
        stores.close().await;
        let stores = env.reopen().await;
        assert_eq!(in_the_log(&stores).await, (1, 1), "past the limit they went one by one");
        stores.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_past_its_limit_is_refused() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let (tenant, device) = ids();
        stores.intake().append(tenant, device, 0, AT, vec![0; INTAKE_BODY_BYTES_MAX]).await.expect("at the limit");
        let refused = stores.intake().append(tenant, device, 0, AT, vec![0; INTAKE_BODY_BYTES_MAX + 1]).await;
        assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folding_remembers_how_far_it_came_and_never_goes_back() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        assert_eq!(db.read(|tx| tx.folded_through()).await.expect("read"), 0);
        db.write(|tx| tx.set_folded_through(7)).await.expect("set");
        db.write(|tx| tx.set_folded_through(5)).await.expect("set");
        assert_eq!(db.read(|tx| tx.folded_through()).await.expect("read"), 7);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_log_is_sealed() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let (tenant, device) = ids();
        stores.intake().append(tenant, device, 0, AT, b"planted-host-name".to_vec()).await.expect("appended");
        stores.close().await;
        for file in std::fs::read_dir(&env.dir).expect("a folder") {
            let path = file.expect("an entry").path();
            let bytes = if path.is_file() { std::fs::read(&path).expect("a file") } else { Vec::new() };
            assert!(!bytes.windows(17).any(|window| window == b"planted-host-name"), "{}", path.display());
        }
        let stores = Stores::open(StoreConfig::embedded(env.dir.clone()), SCHEMAS.to_vec(), env.clock.clone(), env.rng.clone()).await;
        let stores = stores.expect("opened");
        stores.intake().set_keys(Arc::new(PlainKeyRing::new(Rng::seeded(12))));
        let opened = stores.intake().batch(tenant, 10).await;
        assert!(matches!(opened, Err(StoreError::Key(KeyError::Altered { .. }))), "{opened:?}");
        stores.close().await;
    })
    .await;
}

/// Not a test of its own: the process that the next one kills.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_appends_until_it_is_killed() {
    let Ok(place) = std::env::var(CHILD_VARIABLE) else { return };
    let config =
        if place.starts_with("postgres") { StoreConfig::postgres("unused".into(), &place) } else { StoreConfig::embedded(place.into()) };
    let stores = Stores::open(config, SCHEMAS.to_vec(), kernel::Clock::system(), Rng::system()).await.expect("opened");
    stores.intake().set_keys(Arc::new(PlainKeyRing::new(Rng::seeded(11))));
    let tasks: Vec<_> = (0..64_i64)
        .map(|task| {
            let intake = stores.intake().clone();
            tokio::spawn(async move {
                let (tenant, device) = ids();
                for number in 0_i64.. {
                    let given = intake.append(tenant, device, task, AT, number.to_be_bytes().to_vec()).await.expect("appended");
                    println!("acknowledged {given}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_no_acknowledged_entry_and_doubles_none() {
    both_engines(SCHEMAS, |stores, env| async move {
        stores.close().await;
        let place = env.database_url.clone().unwrap_or_else(|| env.dir.to_string_lossy().into_owned());
        let mut acknowledged = BTreeSet::new();
        for round in 1..=3_usize {
            let mut child = Command::new(std::env::current_exe().expect("this program"))
                .args(["--exact", "intake::the_child_appends_until_it_is_killed", "--nocapture"])
                .env(CHILD_VARIABLE, &place)
                .stdout(Stdio::piped())
                .spawn()
                .expect("the child starts");
            let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            let number = |line: std::io::Result<String>| line.ok()?.split("acknowledged ").nth(1)?.parse::<i64>().ok();
            for found in lines.by_ref().filter_map(number).take(round * 700) {
                assert!(acknowledged.insert(found), "the number {found} was given twice");
            }
            child.kill().expect("killed");
            child.wait().expect("ended");
            // What it had printed before it died counts as well.
            acknowledged.extend(lines.filter_map(number));
        }
        let stores = env.reopen().await;
        let kept = stores.intake().batch(ids().0, 1_000_000).await.expect("every entry opens");
        let numbers: BTreeSet<i64> = kept.iter().map(|entry| entry.number).collect();
        let lost: Vec<_> = acknowledged.difference(&numbers).collect();
        assert!(lost.is_empty(), "{:?}: lost {lost:?}", stores.engine());
        let sent: BTreeSet<_> = kept.iter().map(|entry| (entry.kind, entry.body.clone(), entry.number)).collect();
        assert_eq!(sent.len(), kept.len());
        stores.close().await;
    })
    .await;
}
