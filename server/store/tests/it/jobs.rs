//! Leased jobs.

use std::time::Duration;

use store::testing::both_engines;
use store::{JOB_PAYLOAD_BYTES_MAX, StoreError};

use crate::fixture::SCHEMAS;

const TTL: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_one_processs_until_it_is_done_or_its_lease_ends() {
    both_engines(SCHEMAS, |stores, env| async move {
        let jobs = stores.jobs().clone();
        let enqueue = jobs.clone();
        stores.system().write(move |tx| enqueue.enqueue(tx, "fetch", "kev")).await.expect("added");
        assert_eq!(jobs.lease("other", TTL).await.expect("read"), None);
        let first = jobs.lease("fetch", TTL).await.expect("read").expect("there is a job");
        assert_eq!((first.payload.as_str(), first.attempts), ("kev", 1));
        assert_eq!(jobs.lease("fetch", TTL).await.expect("read"), None);
        env.clock_hand.advance(TTL);
        let second = jobs.lease("fetch", TTL).await.expect("read").expect("the lease ended");
        assert_eq!((second.id, second.attempts), (first.id, 2));
        assert!(matches!(jobs.complete(first).await, Err(StoreError::NotOwner)));
        let retry_at = env.clock.now().plus(Duration::from_secs(5));
        jobs.fail(second, retry_at).await.expect("given back");
        assert_eq!(jobs.lease("fetch", TTL).await.expect("read"), None);
        env.clock_hand.advance(Duration::from_secs(5));
        let third = jobs.lease("fetch", TTL).await.expect("read").expect("due again");
        jobs.complete(third).await.expect("done");
        env.clock_hand.advance(TTL);
        assert_eq!(jobs.lease("fetch", TTL).await.expect("read"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_never_hold_the_same_job() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let jobs = stores.jobs().clone();
        for number in 0..20 {
            let enqueue = jobs.clone();
            stores.system().write(move |tx| enqueue.enqueue(tx, "fetch", &number.to_string())).await.expect("added");
        }
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let jobs = jobs.clone();
                tokio::spawn(async move {
                    let mut taken = Vec::new();
                    while let Some(job) = jobs.lease("fetch", TTL).await.expect("read") {
                        taken.push(job.payload);
                    }
                    taken
                })
            })
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.expect("no panic"));
        }
        // A worker that lost a race may see the queue as empty once: what is left is taken now.
        while let Some(job) = jobs.lease("fetch", TTL).await.expect("read") {
            all.push(job.payload);
        }
        all.sort_unstable_by_key(|payload| payload.parse::<i64>().expect("a number"));
        assert_eq!(all, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_past_its_limit_is_refused() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let add = |bytes: usize| {
            let (jobs, system) = (stores.jobs().clone(), stores.system().clone());
            async move { system.write(move |tx| jobs.enqueue(tx, "fetch", &"x".repeat(bytes))).await }
        };
        add(JOB_PAYLOAD_BYTES_MAX).await.expect("at the limit");
        assert!(matches!(add(JOB_PAYLOAD_BYTES_MAX + 1).await, Err(StoreError::TooLarge { .. })));
    })
    .await;
}
