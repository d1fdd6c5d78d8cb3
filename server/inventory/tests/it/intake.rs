//! Check-ins, folding, and the fleet in memory against its rows.

use wire::state::State;

use crate::house::{Host, House, on_both_engines, state};

/// Names of the first `count` packages of a list that all test hosts share, one of them of the host's own version.
fn state_of(host: usize, count: usize) -> State {
    let names: Vec<_> = (0..count).map(|number| format!("package-{number}")).collect();
    let version = format!("1.{host}");
    let packages: Vec<_> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), if number == host { version.as_str() } else { "1" })).collect();
    state(&packages)
}

pub(crate) async fn fleet(house: &House, count: usize) -> Vec<(Host, State)> {
    let mut hosts = Vec::new();
    for number in 0..count {
        let host = house.enrol().await;
        let sent = state_of(number, 40);
        house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        hosts.push((host, sent));
    }
    hosts
}

#[test]
fn the_fleet_in_memory_equals_one_rebuilt_from_rows_and_one_from_the_snapshot() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 5).await;
        let owner = house.owner();
        assert_eq!(house.inventory.save_snapshot(&owner).await.expect("saved"), 5);
        let (host, old) = &hosts[3];
        let new = state_of(3, 38);
        house.inventory.take_in(&host.scope, &host.delta(old, &new)).await.expect("taken in");

        let in_memory = house.by_device(&house.inventory.fleet(&owner).await.expect("filled"), &house.devices).await;
        assert_eq!(in_memory.len(), 5);
        let rebuilt = house.by_device(&house.inventory.rebuild(&owner).await.expect("rebuilt"), &house.devices).await;
        assert!(rebuilt == in_memory, "from rows");
        let (inventory, devices) = house.restarted_with_devices();
        let from_snapshot = house.by_device(&inventory.fleet(&owner).await.expect("filled"), &devices).await;
        assert!(from_snapshot == in_memory, "from the snapshot and the changed row");
    });
}

#[test]
fn a_check_in_that_was_acknowledged_is_there_after_a_restart_once() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 2).await;
        let mut receipts = Vec::new();
        for (host, sent) in &hosts {
            receipts.push(house.inventory.take_in(&host.scope, &host.check_in(sent)).await.expect("taken in"));
        }
        let restarted = house.restarted();
        assert_eq!(restarted.fold().await.expect("folded"), 2);
        assert_eq!(restarted.fold().await.expect("folded"), 0);
        for ((host, _), receipt) in hosts.iter().zip(&receipts) {
            let lines = restarted.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
            assert_eq!(lines.iter().map(|line| line.carried).collect::<Vec<_>>(), ["check-in", "full"]);
            assert_eq!(lines[0].receipt, receipt.receipt);
        }
    });
}

#[test]
fn a_check_in_that_is_sent_again_has_its_first_receipt_however_many_wait_before_it() {
    const HOSTS: usize = 30;
    // The last round but one, which is sent again, lies wholly past the first batch.
    let rounds = inventory::fold::BATCH_ENTRIES_MAX / HOSTS + 3;
    on_both_engines(async |house| {
        let hosts = fleet(&house, HOSTS).await;
        let mut sent_before_last = Vec::new();
        for round in 0..rounds {
            let bodies: Vec<_> = hosts.iter().map(|(host, sent)| host.check_in(sent)).collect();
            let mut sending = tokio::task::JoinSet::new();
            for (place, ((host, _), body)) in hosts.iter().zip(&bodies).enumerate() {
                let (inventory, scope, body) = (house.inventory.clone(), host.scope.clone(), body.clone());
                sending.spawn(async move { (place, inventory.take_in(&scope, &body).await.expect("taken in")) });
            }
            let mut receipts = sending.join_all().await;
            receipts.sort_by_key(|(place, _)| *place);
            if round + 2 == rounds {
                sent_before_last = bodies.into_iter().zip(receipts).collect();
            }
        }
        for ((host, _), (body, (_, receipt))) in hosts.iter().zip(&sent_before_last) {
            assert_eq!(&house.inventory.take_in(&host.scope, body).await.expect("receipted again"), receipt);
        }
    });
}

#[test]
fn a_gap_is_counted_once_whether_its_check_in_is_folded_before_or_after_a_newer_state() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 1).await;
        let (host, sent) = &hosts[0];
        let with_gap = String::from_utf8(host.check_in(sent)).expect("text").replace(r#""content""#, r#""gap":7,"content""#);
        house.inventory.take_in(&host.scope, with_gap.as_bytes()).await.expect("taken in");
        let newer = state_of(0, 41);
        house.inventory.take_in(&host.scope, &host.delta(sent, &newer)).await.expect("taken in");
        house.inventory.take_in(&host.scope, with_gap.as_bytes()).await.expect("receipted again");
        house.inventory.fold().await.expect("folded");
        let held = house.inventory.state_of(&house.owner(), host.device).await.expect("read").expect("held");
        assert_eq!(held.gaps, 7);
    });
}

#[test]
fn versions_that_break_their_order_s_rules_stand_last() {
    on_both_engines(async |house| {
        for version in ["a:1", "1", "ż", "2"] {
            let host = house.enrol().await;
            house.inventory.take_in(&host.scope, &host.full(&state(&[("bash", version)]))).await.expect("taken in");
        }
        let versions = house.inventory.versions(&house.owner(), wire::state::PackageManager::Dpkg, "bash").await.expect("read");
        assert_eq!(versions.iter().map(|version| &*version.version).collect::<Vec<_>>(), ["2", "1", "a:1", "ż"]);
    });
}

#[test]
fn packages_are_found_by_name_and_version() {
    on_both_engines(async |house| {
        fleet(&house, 3).await;
        let owner = house.owner();
        let found = house.inventory.packages(&owner, "package-1", None, 100).await.expect("read");
        // package-1 and package-10 to package-19; package-1 has one more version on the host that differs in it.
        assert_eq!(found.len(), 11);
        assert_eq!((found[0].name.as_ref(), found[0].versions, found[0].devices), ("package-1", 2, 3));
        let versions = house.inventory.versions(&owner, wire::state::PackageManager::Dpkg, "package-1").await.expect("read");
        let counts: Vec<_> = versions.iter().map(|version| (version.version.as_ref(), version.devices.len())).collect();
        assert_eq!(counts, [("1.1", 1), ("1", 2)]);
    });
}

#[test]
fn a_check_in_whose_request_is_cut_off_can_be_sent_again() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 1).await;
        let (host, sent) = &hosts[0];
        let body = host.check_in(sent);
        {
            let mut cut_off = std::pin::pin!(house.inventory.take_in(&host.scope, &body));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            // It waits for the disk; where this thread was kept waiting longer than the disk, it is done already.
            let _waits_or_done = cut_off.as_mut().poll(&mut context);
        }
        // The first try may still be on its way to the disk: then the answer is "in a moment", never for ever.
        let receipt = loop {
            match house.inventory.take_in(&host.scope, &body).await {
                Ok(receipt) => break receipt,
                Err(inventory::InventoryError::Busy) => tokio::task::yield_now().await,
                Err(other) => panic!("{other}"),
            }
        };
        house.inventory.fold().await.expect("folded");
        let lines = house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
        assert_eq!(lines.iter().map(|line| line.receipt).next(), Some(receipt.receipt));
        assert_eq!(lines.len(), 2);
    });
}

#[test]
fn a_tenant_whose_check_ins_cannot_be_folded_does_not_stop_the_others() {
    on_both_engines(async |house| {
        if house.env.engine == store::Engine::Postgres {
            return; // One database for all: no tenant's file can be missing.
        }
        let hosts = fleet(&house, 1).await;
        let (host, sent) = &hosts[0];
        let nobody = kernel::TenantId::from_random(house.env.rng.bits());
        house
            .stores
            .intake()
            .append(nobody, host.device, inventory::fold::CHECK_IN, house.env.clock.now(), Vec::new())
            .await
            .expect("appended");
        house.inventory.take_in(&host.scope, &host.check_in(sent)).await.expect("taken in");
        assert_eq!(house.inventory.fold().await.expect("folded"), 1);
        let lines = house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
        assert_eq!(lines.len(), 2);
        assert_eq!(house.stores.intake().batch(nobody, 10).await.expect("read").len(), 1, "the stranger's entry stays");
    });
}

#[test]
fn where_many_tenants_report_a_check_in_waits_for_others_of_its_tenant_but_not_for_long() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 1).await;
        let (host, sent) = &hosts[0];
        let stranger_checks_in = async || {
            let (tenant, now) = (kernel::TenantId::from_random(house.env.rng.bits()), house.env.clock.now());
            // Not of this version's form: folding leaves it out.
            let appended = house.stores.intake().append(tenant, host.device, inventory::fold::CHECK_IN, now, Vec::new());
            appended.await.expect("appended");
        };
        let receipts = async || {
            let lines = house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
            lines.len()
        };
        house.inventory.take_in(&host.scope, &host.check_in(sent)).await.expect("taken in");
        for _ in 1..inventory::fold::PROMPT_TENANTS_MAX {
            stranger_checks_in().await;
        }
        house.inventory.fold_ripe().await.expect("folded");
        assert_eq!(house.stores.intake().batch(house.tenant, 10).await.expect("read").len(), 0, "few tenants are folded at once");

        // Where a stranger's store does not exist, its entry stays; on PostgreSQL it is gone.
        for _ in house.stores.intake().size().0..inventory::fold::PROMPT_TENANTS_MAX {
            stranger_checks_in().await;
        }
        house.inventory.take_in(&host.scope, &host.check_in(sent)).await.expect("taken in");
        house.inventory.fold_ripe().await.expect("folded");
        assert_eq!(house.stores.intake().batch(house.tenant, 10).await.expect("read").len(), 1, "it waits");
        assert_eq!(receipts().await, 3, "who asks for receipts sees it");

        house.inventory.take_in(&host.scope, &host.check_in(sent)).await.expect("taken in");
        house.stores.intake().learn().await.expect("read");
        house.env.clock_hand.advance(inventory::fold::RIPE_TIME);
        house.inventory.fold_ripe().await.expect("folded");
        assert_eq!(house.stores.intake().batch(house.tenant, 10).await.expect("read").len(), 0, "its time has come");
        assert_eq!(receipts().await, 4);
    });
}

#[test]
fn a_snapshot_has_nothing_of_a_device_that_is_being_erased() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 2).await;
        let owner = house.owner();
        assert_eq!(house.inventory.save_snapshot(&owner).await.expect("saved"), 2, "the control");
        // Its rows are there until the erasure deletes them.
        house.devices.bar_erased(house.tenant, hosts[0].0.device).await.expect("barred");
        assert_eq!(house.inventory.save_snapshot(&owner).await.expect("saved"), 1);
    });
}

#[test]
fn a_snapshot_that_is_made_while_devices_are_erased_never_outlives_them() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 8).await;
        let owner = house.owner();
        let (inventory, scope) = (house.inventory.clone(), owner.clone());
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let saving = tokio::spawn(async move {
            while stopped.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Empty) {
                inventory.save_snapshot(&scope).await.expect("saved");
            }
        });
        for (erased, (host, _)) in hosts.iter().enumerate() {
            house.devices.bar_erased(house.tenant, host.device).await.expect("barred");
            house.delete_rows(host.device).await;
            house.inventory.forget_device(&owner, host.device).await.expect("forgotten");
            let snapshot = house.snapshot().await;
            let is_there = |device: kernel::DeviceId| snapshot.contains(&device.to_string());
            assert!(!is_there(host.device), "device {erased}");
        }
        stop.send(()).expect("it still saves");
        saving.await.expect("no panic");
    });
}

#[test]
fn a_check_in_that_arrives_of_an_erased_tenant_leaves_the_intake_log() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 1).await;
        let (host, sent) = &hosts[0];
        house.inventory.take_in(&host.scope, &host.check_in(sent)).await.expect("taken in");
        assert_eq!(house.stores.intake().size().1, 0, "it is not learnt yet");
        // The end of an erasure: the key goes, and so does the store.
        house.trust.destroy_and_tell(&house.stores, None, kernel::Subject::Tenant(house.tenant)).await.expect("destroyed");
        house.stores.remove_tenant(&house.owner()).await.expect("removed");
        let (inventory, _) = house.restarted_with_devices();
        assert_eq!(inventory.fold().await.expect("folded"), 0);
        assert_eq!(house.stores.intake().size(), (0, 0), "nothing waits any more");
        assert_eq!(house.waiting_entries().await, 0, "nor is it there");
    });
}
