//! Dirty marks and wakes.

use std::time::Duration;

use kernel::Timestamp;
use store::testing::both_engines;
use store::{StoreError, WAKE_QUIET_TIME};

use crate::fixture::SCHEMAS;

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_is_pending_until_it_is_cleared() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let mut watch = stores.marks().watch();
        stores.tenant(&scope).write(|tx| tx.mark("exposure", 5)).await.expect("marked");
        watch.changed().await;
        stores.marks().wait().await;
        assert_eq!(stores.marks().tenants_with("exposure", 10).await.expect("listed"), [tenant]);
        assert_eq!(stores.marks().tenants_with("desk", 10).await.expect("listed"), []);
        let pending = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
        assert_eq!(pending.iter().map(|mark| mark.subject).collect::<Vec<_>>(), [5]);
        stores.marks().clear(&scope, "exposure", &pending).await.expect("cleared");
        assert_eq!(stores.marks().pending(&scope, "exposure", 10).await.expect("read"), []);
        assert_eq!(stores.marks().tenants_with("exposure", 10).await.expect("listed"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_is_set_while_its_work_runs_stays() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let db = stores.tenant(&scope);
        db.write(|tx| tx.mark("exposure", 5)).await.expect("marked");
        let seen = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
        db.write(|tx| tx.mark("exposure", 5)).await.expect("marked again");
        stores.marks().clear(&scope, "exposure", &seen).await.expect("cleared");
        let left = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
        assert_eq!(left.len(), 1);
        assert_eq!(stores.marks().tenants_with("exposure", 10).await.expect("listed"), [tenant]);
        // The same subject, cleared and set anew, is another mark to whoever saw the first one.
        stores.marks().clear(&scope, "exposure", &left).await.expect("cleared");
        db.write(|tx| tx.mark("exposure", 5)).await.expect("marked anew");
        stores.marks().clear(&scope, "exposure", &left).await.expect("cleared");
        assert_eq!(stores.marks().pending(&scope, "exposure", 10).await.expect("read").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_of_an_undone_transaction_is_none() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let undone = stores
            .tenant(&scope)
            .write(|tx| {
                tx.mark("exposure", 5)?;
                Err::<(), _>(StoreError::NotOwner)
            })
            .await;
        assert!(undone.is_err());
        assert_eq!(stores.marks().pending(&scope, "exposure", 10).await.expect("read"), []);
        let elsewhere = stores.system().write(|tx| tx.mark("exposure", 5)).await;
        assert!(matches!(elsewhere, Err(StoreError::Misuse(_))), "{elsewhere:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_and_its_wake_are_found_after_a_restart() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        for round in 0..3 {
            stores.tenant(&scope).write(move |tx| tx.mark("exposure", round)).await.expect("marked");
            let seen = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
            stores.marks().clear(&scope, "exposure", &seen).await.expect("cleared");
        }
        stores.tenant(&scope).write(|tx| tx.mark("exposure", 9)).await.expect("marked");
        stores.close().await;
        let stores = env.reopen().await;
        assert_eq!(stores.marks().tenants_with("exposure", 10).await.expect("listed"), [tenant]);
        assert_eq!(stores.marks().pending(&scope, "exposure", 10).await.expect("read")[0].subject, 9);
        stores.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marking_and_clearing_at_once_loses_no_mark() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let marker = {
            let db = stores.tenant(&scope);
            tokio::spawn(async move {
                for subject in 0..60 {
                    db.write(move |tx| tx.mark("exposure", subject % 3)).await.expect("marked");
                }
            })
        };
        while !marker.is_finished() {
            let seen = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
            stores.marks().clear(&scope, "exposure", &seen).await.expect("cleared");
        }
        marker.await.expect("no panic");
        let left = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
        let listed = stores.marks().tenants_with("exposure", 10).await.expect("listed");
        assert_eq!(listed.len(), usize::from(!left.is_empty()), "a tenant with marks is listed, one without is not");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_comes_when_it_is_due_and_once_more_after_it_is_settled() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let due_at = env.clock.now().plus(Duration::from_secs(60));
        let later = due_at.plus(Duration::from_secs(60));
        let set = move |at: Timestamp| move |tx: &mut store::Tx<'_>| tx.wake("stale", at);
        let db = stores.tenant(&env.system_scope(tenant));
        db.write(set(due_at)).await.expect("set");
        db.write(set(later)).await.expect("the earlier time counts");
        assert_eq!(stores.wakes().due("stale", 10).await.expect("read"), []);
        env.clock_hand.advance(Duration::from_secs(60));
        let due = stores.wakes().due("stale", 10).await.expect("read");
        assert_eq!(due.iter().map(|wake| (wake.tenant, wake.due_at)).collect::<Vec<_>>(), [(tenant, due_at)]);
        stores.wakes().settle(&due[0]).await.expect("settled");
        assert_eq!(stores.wakes().due("stale", 10).await.expect("read"), []);
        env.clock_hand.advance(WAKE_QUIET_TIME);
        let again = stores.wakes().due("stale", 10).await.expect("read");
        assert_eq!(again.len(), 1);
        stores.wakes().settle(&again[0]).await.expect("settled");
        env.clock_hand.advance(WAKE_QUIET_TIME);
        assert_eq!(stores.wakes().due("stale", 10).await.expect("read"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_whose_work_is_done_for_now_comes_once_more_and_again_when_the_rest_is_due() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let now = env.clock.now();
        stores.tenant(&env.system_scope(tenant)).write(move |tx| tx.wake("stale", now)).await.expect("set");
        let rest = now.plus(WAKE_QUIET_TIME * 10);
        let due = async || stores.wakes().due("stale", 10).await.expect("read");
        stores.wakes().settle_until(&due().await[0], rest).await.expect("settled");
        assert_eq!(due().await, []);
        env.clock_hand.advance(WAKE_QUIET_TIME);
        stores.wakes().settle_until(&due().await[0], rest).await.expect("settled");
        env.clock_hand.set(rest.minus(Duration::from_micros(1)));
        assert_eq!(due().await, [], "not before");
        env.clock_hand.set(rest);
        let at_last = due().await;
        assert_eq!(at_last.len(), 1);
        // What is due sooner than it would come once more comes then.
        stores.wakes().settle_until(&at_last[0], rest.plus(Duration::from_secs(1))).await.expect("settled");
        env.clock_hand.advance(Duration::from_secs(1));
        assert_eq!(due().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_that_is_put_off_is_due_then_unless_it_was_announced_anew() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let (now, until) = (env.clock.now(), env.clock.now().plus(Duration::from_secs(300)));
        let set = async || stores.tenant(&scope).write(move |tx| tx.wake("stale", now)).await;
        let due = async || stores.wakes().due("stale", 10).await.expect("read");
        set().await.expect("set");
        stores.wakes().put_off(&due().await[0], until).await.expect("put off");
        env.clock_hand.set(until.minus(Duration::from_micros(1)));
        assert_eq!(due().await, []);
        env.clock_hand.set(until);
        let old = due().await;
        assert_eq!(old.len(), 1);
        set().await.expect("set anew");
        stores.wakes().put_off(&old[0], until.plus(Duration::from_secs(300))).await.expect("put off");
        assert_eq!(due().await.len(), 1, "what was announced anew is due now");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_that_was_announced_anew_is_not_settled_by_who_saw_the_old_one() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let now = env.clock.now();
        stores.tenant(&scope).write(move |tx| tx.wake("stale", now)).await.expect("set");
        let old = stores.wakes().due("stale", 10).await.expect("read");
        stores.tenant(&scope).write(move |tx| tx.wake("stale", now)).await.expect("set anew");
        stores.wakes().settle(&old[0]).await.expect("settled");
        assert_eq!(stores.wakes().due("stale", 10).await.expect("read").len(), 1);
    })
    .await;
}
