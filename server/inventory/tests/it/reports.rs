//! What happens to a report.

use std::collections::BTreeSet;

use inventory::changes::ChangeKind;
use inventory::report::ReportError;
use inventory::{EXPOSURE, InventoryError};
use seal::checkpoint::Proof;
use seal::leaf::leaf_hash;
use seal::log_file::{Line, LogError, Verifier};
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

#[test]
fn promise_op_16_every_transmission_has_a_receipt_in_the_log_whose_proof_verifies_offline_and_a_dropped_one_is_noticed() {
    on_both_engines(async |house| {
        let ledger = trust::Ledger::new(&house.stores, &house.trust, house.mint.clone());
        let (host, owner) = (house.enrol().await, house.owner());
        let (old, new) = (state(&[("bash", "5.2")]), state(&[("bash", "5.3")]));
        let mut given = BTreeSet::new();
        for body in [host.full(&old), host.check_in(&old), host.delta(&old, &new), host.check_in(&new), host.check_in(&new)] {
            let receipt = house.inventory.take_in(&host.scope, &body).await.expect("taken in");
            given.insert((receipt.receipt.to_string(), receipt.commitment.to_string(), receipt.received_at.micros(), receipt.size_bytes));
        }
        house.inventory.fold().await.expect("folded");

        let (lines, next) = ledger.file(&owner, 0).await.expect("read");
        assert_eq!(next, None);
        let texts: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).expect("JSON")).collect();
        let key = ledger.key(house.tenant);
        let verify = |texts: &[String]| {
            let mut verifier = Verifier::begin(&texts[0], Some(&key))?;
            texts[1..].iter().try_for_each(|text| verifier.take(text))?;
            verifier.end()
        };
        verify(&texts).expect("whole");

        let mut found = BTreeSet::new();
        for (place, line) in lines.iter().enumerate() {
            let Line::Leaf { index, entry: Some(entry), .. } = line else { continue };
            let receipts = entry["payload"]["receipts"].as_array().cloned().unwrap_or_default();
            for receipt in &receipts {
                let text = |field: usize| receipt[field].as_str().expect("a text").to_owned();
                found.insert((text(0), text(1), receipt[2].as_i64().expect("a time"), receipt[3].as_u64().expect("a size")));
            }
            if !receipts.is_empty() {
                let without: Vec<String> = [&texts[..place], &texts[place + 1..]].concat();
                let is_noticed = matches!(
                    verify(&without),
                    Err(LogError::Missing { expected, .. } | LogError::Truncated { from: expected, .. }) if expected == *index
                );
                assert!(is_noticed, "leaf {index} is dropped: {:?}", verify(&without));
            }
        }
        assert_eq!(found, given);
        for leaf in ledger.leaves(&owner, None, 100).await.expect("read") {
            let proven = ledger.proof(&owner, leaf.leaf, None).await.expect("proven");
            let proof = Proof::from_text(&proven.proof).expect("a proof");
            proof.verify(leaf_hash(&leaf.commitment), &key).expect("it holds with nothing but the key");
        }
    });
}
