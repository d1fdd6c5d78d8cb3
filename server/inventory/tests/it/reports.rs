//! What happens to a report.

use inventory::changes::ChangeKind;
use inventory::report::ReportError;
use inventory::{EXPOSURE, InventoryError};
use wire::report::{Digest, Next};
use wire::state::{Kind, State};

use crate::house::{digest_of, on_both_engines, state};

#[test]
fn a_full_report_is_held_whole_and_receipted() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "5.2-1"), ("dpkg", "1.21.22")]);
        let receipt = house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        assert_eq!((receipt.device, receipt.sequence, receipt.next), (host.device, 1, Next::Wait));
        assert_eq!(receipt.stored, digest_of(&sent));
        assert_eq!(receipt.commitment, Digest(seal::hash::commitment(receipt.salt.0, digest_of(&sent).0)));

        for inventory in [house.inventory.clone(), house.restarted()] {
            let held = inventory.state_of(&house.owner(), host.device).await.expect("read").expect("reported");
            assert_eq!((held.state, held.digest), (sent.clone(), digest_of(&sent)));
        }
        let receipts = house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
        assert_eq!(receipts.iter().map(|line| (line.receipt, line.carried)).collect::<Vec<_>>(), [(receipt.receipt, "full")]);
    });
}

#[test]
fn the_same_transmission_again_gets_the_same_receipt_and_changes_nothing() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "5.2-1")]);
        let body = host.full(&sent);
        let first = house.inventory.take_in(&host.scope, &body).await.expect("taken in");
        let again = house.inventory.take_in(&host.scope, &body).await.expect("receipted again");
        assert_eq!(first, again);
        let after_restart = house.restarted().take_in(&host.scope, &body).await.expect("receipted again");
        assert_eq!(first, after_restart);

        let check_in = host.check_in(&sent);
        let first = house.inventory.take_in(&host.scope, &check_in).await.expect("taken in");
        assert_eq!(first, house.inventory.take_in(&host.scope, &check_in).await.expect("receipted again"), "from memory");
        house.inventory.fold().await.expect("folded");
        assert_eq!(first, house.inventory.take_in(&host.scope, &check_in).await.expect("receipted again"), "from the store");
        assert_eq!(house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read").len(), 2);
    });
}

#[test]
fn a_delta_changes_what_is_held_and_writes_history() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let old = state(&[("bash", "5.2-1"), ("curl", "7.88-1"), ("gone", "1")]);
        let new = state(&[("bash", "5.2-2"), ("curl", "7.88-1"), ("new", "1")]);
        house.inventory.take_in(&host.scope, &host.full(&old)).await.expect("taken in");
        let receipt = house.inventory.take_in(&host.scope, &host.delta(&old, &new)).await.expect("taken in");
        assert_eq!((receipt.stored, receipt.next), (digest_of(&new), Next::Wait));
        let held = house.inventory.state_of(&house.owner(), host.device).await.expect("read").expect("reported");
        assert_eq!(held.state, new);

        let mut history: Vec<_> = house
            .inventory
            .history(&house.owner(), host.device, (i64::MAX, i64::MAX), 10)
            .await
            .expect("read")
            .into_iter()
            .map(|line| (line.change.name, line.change.kind))
            .collect();
        history.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = [("bash", ChangeKind::Upgraded), ("gone", ChangeKind::Removed), ("new", ChangeKind::Added)];
        assert_eq!(history, expected.map(|(name, kind)| (name.to_owned(), kind)));
    });
}

#[test]
fn a_delta_to_another_base_asks_for_the_whole_state_and_changes_nothing() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let held = state(&[("bash", "5.2-1")]);
        let (unknown, new) = (state(&[("bash", "9")]), state(&[("bash", "10")]));
        house.inventory.take_in(&host.scope, &host.full(&held)).await.expect("taken in");
        let receipt = house.inventory.take_in(&host.scope, &host.delta(&unknown, &new)).await.expect("receipted");
        assert_eq!((receipt.next, receipt.stored), (Next::SendFull, digest_of(&held)));
        assert_eq!(house.inventory.state_of(&house.owner(), host.device).await.expect("read").expect("held").state, held);

        let receipt = house.inventory.take_in(&host.scope, &host.full(&new)).await.expect("taken in");
        assert_eq!((receipt.next, receipt.stored), (Next::Wait, digest_of(&new)));
    });
}

#[test]
fn a_check_in_before_any_report_asks_for_the_whole_state() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let receipt = house.inventory.take_in(&host.scope, &host.check_in(&state(&[]))).await.expect("receipted");
        assert_eq!(receipt.next, Next::SendFull);
        assert!(house.inventory.state_of(&house.owner(), host.device).await.expect("read").is_none());
    });
}

#[test]
fn an_older_report_that_arrives_late_changes_nothing() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let (old, new) = (state(&[("bash", "1")]), state(&[("bash", "2")]));
        let late = host.full(&old);
        house.inventory.take_in(&host.scope, &host.full(&new)).await.expect("taken in");
        let receipt = house.inventory.take_in(&host.scope, &late).await.expect("receipted");
        assert_eq!((receipt.sequence, receipt.stored), (1, digest_of(&new)));
        assert_eq!(house.inventory.state_of(&house.owner(), host.device).await.expect("read").expect("held").state, new);
    });
}

store::statements! {
    store = Tenant;

    /// How many package sets are kept for a tenant's devices.
    COUNT_IMAGES = "SELECT CAST(COUNT(*) AS BIGINT) AS images FROM image WHERE tenant_id = $1" (BigInt) -> (images: BigInt);
}

#[test]
fn a_package_set_is_kept_as_long_as_a_device_has_it_and_no_longer() {
    on_both_engines(async |house| {
        let images = async || -> i64 {
            let tenant = house.tenant;
            let rows = house.stores.tenant(&house.owner());
            let counted = rows.read(move |tx| tx.query_one(&COUNT_IMAGES, &store::params![tenant]));
            counted.await.expect("counted").get(0).expect("a number")
        };
        let (first, second) = (house.enrol().await, house.enrol().await);
        let sent = state(&[("bash", "1"), ("dash", "1")]);
        let off = State { switched_off: vec![Kind::Packages], packages: None, ..sent.clone() };
        for host in [&first, &second] {
            house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        }
        house.inventory.save_snapshot(&house.owner()).await.expect("saved");
        assert_eq!(images().await, 1, "both share it");
        house.inventory.take_in(&first.scope, &first.delta(&sent, &off)).await.expect("taken in");
        assert_eq!(images().await, 1, "the other device has it");
        house.inventory.take_in(&second.scope, &second.delta(&sent, &off)).await.expect("taken in");
        assert_eq!(images().await, 0, "nobody has it");
        assert_eq!(house.stores.blobs().names(&house.owner()).await.expect("read"), Vec::<String>::new(), "nor does a snapshot");
        // Somebody has it again: it is written again, and read after a restart.
        house.inventory.take_in(&first.scope, &first.full(&sent)).await.expect("taken in");
        assert_eq!(images().await, 1);
        let held = house.restarted().state_of(&house.owner(), first.device).await.expect("read").expect("held").state;
        assert_eq!(held, sent);
    });
}

#[test]
fn a_kind_that_is_switched_off_is_erased_with_its_history() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let (first, second) = (state(&[("bash", "1")]), state(&[("bash", "2")]));
        house.inventory.take_in(&host.scope, &host.full(&first)).await.expect("taken in");
        house.inventory.take_in(&host.scope, &host.full(&second)).await.expect("taken in");
        let mut off = State { switched_off: vec![Kind::HostName, Kind::Packages], ..second.clone() };
        off.clear(Kind::Packages);
        off.clear(Kind::HostName);
        house.inventory.take_in(&host.scope, &host.delta(&second, &off)).await.expect("taken in");

        let held = house.inventory.state_of(&house.owner(), host.device).await.expect("read").expect("held").state;
        assert_eq!(held, off);
        let history = house.inventory.history(&house.owner(), host.device, (i64::MAX, i64::MAX), 10).await.expect("read");
        assert!(history.is_empty());
        let device = house.devices.get(&house.owner(), host.device).await.expect("there");
        assert_eq!((device.name, device.packages), (None, None));
        assert_eq!(device.not_collected, ["host-name", "packages"]);
        let fleet = house.inventory.fleet(&house.owner()).await.expect("in memory");
        assert_eq!(fleet.missing(Kind::Packages).len(), 1);
    });
}

#[test]
fn what_is_refused_leaves_no_trace() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let text = String::from_utf8(host.full(&state(&[("bash", "1")]))).expect("text");
        let with_user = text.replace(r#""host_name""#, r#""user_name":"eve","host_name""#);
        let refused = house.inventory.take_in(&host.scope, with_user.as_bytes()).await;
        let Err(InventoryError::Report(error)) = refused else { panic!("refused, not {refused:?}") };
        assert!(matches!(&error, ReportError::Unreadable { field, .. } if field == "content.full.user_name"), "{error:?}");
        assert!(house.inventory.state_of(&house.owner(), host.device).await.expect("read").is_none());
        assert!(house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read").is_empty());
    });
}

#[test]
fn a_change_of_packages_marks_the_exposure_and_a_check_in_does_not() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "1")]);
        house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        let marks = house.stores.marks().pending(&house.owner(), EXPOSURE, 10).await.expect("read");
        assert_eq!(marks.len(), 1);
        house.stores.marks().clear(&house.owner(), EXPOSURE, &marks).await.expect("cleared");
        house.inventory.take_in(&host.scope, &host.check_in(&sent)).await.expect("taken in");
        house.inventory.fold().await.expect("folded");
        assert!(house.stores.marks().pending(&house.owner(), EXPOSURE, 10).await.expect("read").is_empty());
    });
}

#[test]
fn a_foreign_tenant_sees_nothing_of_a_device() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        house.inventory.take_in(&host.scope, &host.full(&state(&[("bash", "1")]))).await.expect("taken in");
        let stranger = house.identity.create_tenant("Strangers").await.expect("created").tenant;
        let stranger = house.mint.system(stranger, kernel::SystemWork::HostAdministration);
        let refused = house.inventory.state_of(&stranger, host.device).await;
        assert_eq!(kernel::Problem::from(refused.expect_err("refused")), kernel::Problem::not_found());
        assert!(house.inventory.packages(&stranger, "", None, 10).await.expect("read").is_empty());
    });
}
