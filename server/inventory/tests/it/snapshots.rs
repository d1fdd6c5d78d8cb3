//! A snapshot that is being made while what it read is erased.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use inventory::Inventory;
use kernel::{KeyError, KeyRef, KeyRing, Place};
use seal::Zeroizing;
use tokio::sync::oneshot;

use crate::house::on_both_engines;
use crate::intake::fleet;

/// How often whoever forgets has a turn while the snapshot is held up: far more than forgetting takes where it waits for nobody.
const TURNS: usize = 200_000;

/// Opens nothing until it may, once.
struct Held {
    keys: Arc<dyn KeyRing>,
    gate: Mutex<Option<(oneshot::Sender<()>, Receiver<()>)>>,
}

impl Held {
    fn over(keys: Arc<dyn KeyRing>) -> Arc<Self> {
        Arc::new(Self { keys, gate: Mutex::default() })
    }

    /// The next value is opened only when this sends; it tells when somebody waits.
    fn hold(&self) -> (oneshot::Receiver<()>, Sender<()>) {
        let ((reached, waits), (go_on, released)) = (oneshot::channel(), channel());
        *self.gate.lock().expect("no panic") = Some((reached, released));
        (waits, go_on)
    }
}

impl KeyRing for Held {
    fn seal(&self, key: KeyRef, place: Place, plaintext: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.keys.seal(key, place, plaintext)
    }

    fn open(&self, key: KeyRef, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let gate = self.gate.lock().expect("no panic").take();
        if let Some((reached, released)) = gate {
            reached.send(()).expect("the test waits for it");
            released.recv().expect("the test lets it go on");
        }
        self.keys.open(key, place, sealed)
    }

    fn blind_index(&self, key: KeyRef, purpose: &'static str, value: &[u8]) -> Result<[u8; 32], KeyError> {
        self.keys.blind_index(key, purpose, value)
    }

    fn ensure(&self, key: KeyRef) -> Result<(), KeyError> {
        self.keys.ensure(key)
    }

    fn was_destroyed(&self, key: KeyRef) -> Result<bool, KeyError> {
        self.keys.was_destroyed(key)
    }
}

#[test]
fn who_forgets_a_device_waits_for_the_snapshot_that_has_read_it_and_forgets_that_too() {
    on_both_engines(async |house| {
        let hosts = fleet(&house, 2).await;
        let (owner, gone) = (house.owner(), hosts[0].0.device);
        let keys = Held::over(house.trust.keyring());
        let inventory = Inventory::new(house.stores.clone(), keys.clone(), house.devices.clone(), house.mint.clone());
        inventory.fleet(&owner).await.expect("filled");

        let (waits, go_on) = keys.hold();
        let saving = tokio::spawn({
            let (inventory, owner) = (inventory.clone(), owner.clone());
            async move { inventory.save_snapshot(&owner).await }
        });
        waits.await.expect("it has read the rows, and opens the first");
        house.delete_rows(gone).await;
        let forgetting = tokio::spawn({
            let (inventory, owner) = (inventory.clone(), owner.clone());
            async move { inventory.forget_device(&owner, gone).await }
        });
        for _ in 0..TURNS {
            if forgetting.is_finished() {
                break;
            }
            tokio::task::yield_now().await;
        }
        go_on.send(()).expect("it waits");
        assert_eq!(saving.await.expect("no panic").expect("saved"), 2, "as they were when it read them");
        forgetting.await.expect("no panic").expect("forgotten");
        assert!(!house.snapshot().await.contains(&gone.to_string()));
    });
}
