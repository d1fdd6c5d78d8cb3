//! Exports that end while something is done with them: nobody waits for whoever makes or sends one, and nothing is left of it.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use kernel::{ExportId, Subject};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use trust::ArchiveError;
use trust::archives::{Archives, LIFETIME, Limits, State};
use trust::erasure;

use crate::archives::{export_keys, limited, nothing_to_fold, owner, sealed_files, told};
use crate::export::{Lived, host, live};
use crate::world::{World, on_both_engines};

/// Longer than anything here takes: what waits for what stands still never ends.
const NEVER: Duration = Duration::from_secs(60);

/// Stops whoever comes by first, until it is dropped.
struct Gate(Mutex<Option<(oneshot::Sender<()>, mpsc::Receiver<()>)>>);

/// A gate, whether somebody stands before it, and what opens it when it is dropped.
fn gate() -> (Gate, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let ((reached, is_reached), (opens, open)) = (oneshot::channel(), mpsc::channel());
    (Gate(Mutex::new(Some((reached, open)))), is_reached, opens)
}

impl Gate {
    fn pass(&self) {
        if let Some((reached, open)) = self.0.lock().expect("a gate").take() {
            // Whoever waited for it may have failed.
            let _ = reached.send(());
            let _ = open.recv();
        }
    }
}

/// Exports of the installation, of which the first one that is made stops at its first piece.
fn gated(world: &World) -> (Archives, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (gate, is_reached, opens) = gate();
    let free_bytes = Arc::new(move |_: &Path| {
        gate.pass();
        Ok(u64::MAX)
    });
    (limited(world, Limits::new(free_bytes)), is_reached, opens)
}

/// An export of the tenant that is in the middle of being made, and who makes it.
async fn in_the_middle(archives: &Archives, lived: &Lived, is_reached: oneshot::Receiver<()>) -> (ExportId, Making) {
    let asked = archives.request(&owner(lived), Subject::Tenant(lived.number)).await.expect("taken on");
    (asked.id, making(archives, is_reached).await)
}

type Making = JoinHandle<Result<Option<State>, ArchiveError>>;

async fn making(archives: &Archives, is_reached: oneshot::Receiver<()>) -> Making {
    let maker = archives.clone();
    let making = tokio::spawn(async move { maker.make_next(nothing_to_fold).await });
    is_reached.await.expect("in the middle");
    making
}

async fn made(world: &World, lived: &Lived) -> ExportId {
    let asked = world.opened.archives().request(&owner(lived), Subject::Tenant(lived.number)).await.expect("taken on");
    assert_eq!(world.opened.archives().make_next(nothing_to_fold).await.expect("made"), Some(State::Ready));
    asked.id
}

async fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, future).await.expect("it waits for nobody")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_ended_while_it_is_made_has_no_key_at_once_and_leaves_nothing() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let (archives, is_reached, opens) = gated(&world);
        let (id, making) = in_the_middle(&archives, &lived, is_reached).await;
        assert_eq!(export_keys(&world).await, 1, "the control");
        let ended = now(archives.end(&owner(&lived), id)).await.expect("ended");
        assert_eq!((ended.state, export_keys(&world).await), (State::Cancelled, 0));
        drop(opens);
        assert_eq!(making.await.expect("it ends").expect("it stopped"), Some(State::Cancelled));
        assert_eq!((export_keys(&world).await, sealed_files(&world)), (0, Vec::new()));
        assert_eq!(archives.read(&owner(&lived), id).await.expect("listed").state, State::Cancelled);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_ends_an_export_that_is_being_made_and_waits_until_nothing_of_it_is_there() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let (archives, is_reached, opens) = gated(&world);
        let (id, making) = in_the_middle(&archives, &lived, is_reached).await;
        now(archives.end_for_erasure(Subject::Device(lived.number, lived.device.device))).await.expect("ended");
        assert_eq!(export_keys(&world).await, 0);
        assert_eq!(told(&world, &lived, "export-ended", Some("erased")).await, 1);
        let remover = archives.clone();
        let removing = tokio::spawn(async move { remover.remove_for_erasure(lived.number).await });
        drop(opens);
        removing.await.expect("it ends").expect("removed");
        assert_eq!((export_keys(&world).await, sealed_files(&world)), (0, Vec::new()));
        assert_eq!(making.await.expect("it ends").expect("it stopped"), Some(State::Erased));
        assert_eq!(archives.read(&owner(&lived), id).await.expect("listed").state, State::Erased);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_export_of_one_tenant_is_made_those_of_another_end_and_go() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        let expiring = made(&world, &other).await;
        world.hand.advance(LIFETIME);
        let ended = made(&world, &other).await;
        let (archives, is_reached, opens) = gated(&world);
        let (_, making) = in_the_middle(&archives, &lived, is_reached).await;
        assert_eq!(now(archives.expire_due()).await.expect("ended"), 1);
        now(archives.remove_over()).await.expect("removed");
        assert!(!world.data.join("exports").join(expiring.to_string()).exists());
        now(archives.end_for_erasure(Subject::Tenant(other.number))).await.expect("ended");
        now(archives.remove_for_erasure(other.number)).await.expect("removed");
        assert!(!world.data.join("exports").join(ended.to_string()).exists());
        drop(opens);
        assert_eq!(making.await.expect("it ends").expect("made"), Some(State::Ready), "and it goes on");
    })
    .await;
}

/// Takes what is sent, and stops at the first bytes.
struct Taking {
    gate: Gate,
    taken: u64,
}

impl Write for Taking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gate.pass();
        self.taken += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_fetched_when_its_export_ends_breaks_off() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let (archives, me) = (world.opened.archives(), owner(&lived));
        for is_erased in [false, true] {
            let id = made(&world, &lived).await;
            let fetched = archives.fetch(&me, id).await.expect("it begins");
            let (gate, is_reached, opens) = gate();
            let sending = tokio::task::spawn_blocking(move || {
                let mut taking = Taking { gate, taken: 0 };
                ((fetched.write)(&mut taking).is_err(), taking.taken < fetched.length)
            });
            is_reached.await.expect("it has begun");
            if is_erased {
                now(archives.end_for_erasure(Subject::Tenant(lived.number))).await.expect("ended");
            } else {
                now(archives.end(&me, id)).await.expect("ended");
            }
            drop(opens);
            assert_eq!(sending.await.expect("it ends"), (true, true), "{is_erased}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_the_servers_end_stops_is_made_by_the_next_process_however_often_that_is() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let asked = world.opened.archives().request(&owner(&lived), Subject::Tenant(lived.number)).await.expect("taken on");
        for _ in 0..=trust::archives::ATTEMPTS_MAX {
            let (archives, is_reached, opens) = gated(&world);
            let making = making(&archives, is_reached).await;
            archives.stop();
            drop(opens);
            assert_eq!(making.await.expect("it ends").expect("it stopped"), None);
            assert_eq!(export_keys(&world).await, 0, "what it has written opens no more");
            assert_eq!(archives.make_next(nothing_to_fold).await.expect("nothing"), None, "it is not begun again");
        }
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        world.opened.archives().fetch(&owner(&lived), asked.id).await.expect("whole");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_whose_intake_cannot_be_folded_keeps_no_other_waiting_for_ever() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        let archives = world.opened.archives();
        let broken = archives.request(&owner(&lived), Subject::Tenant(lived.number)).await.expect("taken on");
        world.hand.advance(Duration::from_secs(1));
        let behind = archives.request(&owner(&other), Subject::Tenant(other.number)).await.expect("taken on");
        let fold = async |tenant| if tenant == lived.number { Err("the intake is broken".to_owned()) } else { Ok(()) };
        for _ in 0..trust::archives::ATTEMPTS_MAX {
            assert!(matches!(archives.make_next(fold).await, Err(ArchiveError::Unprepared(_))));
        }
        assert_eq!(archives.make_next(fold).await.expect("given up"), Some(State::Failed));
        assert_eq!(archives.read(&owner(&lived), broken.id).await.expect("listed").state, State::Failed);
        assert_eq!(archives.make_next(fold).await.expect("made"), Some(State::Ready));
        assert_eq!(archives.read(&owner(&other), behind.id).await.expect("listed").state, State::Ready);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_removed_holds_up_its_own_tenants_erasure_and_nothing_else() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        let (archives, erasures) = (world.opened.archives(), world.opened.erasures());
        let (stuck, others) = (made(&world, &lived).await, made(&world, &other).await);
        let folder = |id: ExportId| world.data.join("exports").join(id.to_string());
        // A folder in it is none of ours, and is never removed.
        let inside = folder(stuck).join("inside");
        std::fs::create_dir(&inside).expect("made");
        world.hand.advance(LIFETIME);
        assert_eq!(archives.expire_due().await.expect("both end"), 2);
        assert_eq!(export_keys(&world).await, 0, "neither opens any more");
        assert!(archives.remove_over().await.is_err(), "it is said");
        assert_eq!((folder(stuck).exists(), folder(others).exists()), (true, false));

        let ask = async |subject: Subject| erasures.request(&host(subject.tenant()), subject, Duration::ZERO).await.expect("asked for").id;
        let of_other = ask(Subject::Device(other.number, other.device.device)).await;
        assert_eq!(erasures.run(of_other).await.expect("erased").state, erasure::State::Done);
        let own = ask(Subject::Device(lived.number, lived.device.device)).await;
        assert!(erasures.run(own).await.is_err());
        erasures.bar_again().await.expect("and a server starts");
        std::fs::remove_dir(&inside).expect("removed");
        assert_eq!(erasures.run(own).await.expect("erased").state, erasure::State::Done);
        assert!(!folder(stuck).exists());
    })
    .await;
}
