//! What happens outside of a transaction is told of before and after, whatever comes between.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::{Actor, DeviceId, DeviceScope, KeyError, KeyRing, Permission, Scope, ScopeMint, Subject, SystemWork, TenantId, UserId};
use serde_json::{Value, json};
use store::{StoreError, params};
use trust::ledger::aftermath::ORPHANS_AT_ONCE;
use trust::ledger::{self, Aftermath, Asking, Effect, EffectKind, Intent, Outcome};
use trust::second_copy::CopyKeyring;
use trust::{DestroyKey, LeafKind, Ledger, RollEpoch, Trust, TrustError};

use crate::setup::{House, on_both_engines};

store::statements! {
    store = Tenant;
    /// Whoever may write the database removes what says that intents are open.
    FORGET_INTENTS = "DELETE FROM ledger_intent WHERE tenant_id = $1" (BigInt);
}

store::statements! {
    registry = SYSTEM;
    store = System;
    /// The same of the instance's.
    FORGET_INSTANCE_INTENTS = "DELETE FROM instance_ledger_intent" ();
}

#[derive(Clone)]
struct Mail(i64);

impl Effect for Mail {
    const KIND: EffectKind = EffectKind::Mail;

    fn facts(&self) -> Value {
        json!({ "delivery": self.0 })
    }
}

/// Who knows what became of mails, and how often it was asked.
struct Post {
    answer: fn(&Value) -> Result<Option<Outcome>, StoreError>,
    asked: AtomicUsize,
}

impl Post {
    fn answering(answer: fn(&Value) -> Result<Option<Outcome>, StoreError>) -> Arc<Self> {
        Arc::new(Self { answer, asked: AtomicUsize::new(0) })
    }
}

impl Aftermath for Post {
    fn kind(&self) -> EffectKind {
        EffectKind::Mail
    }

    fn ask(&self, _: Option<TenantId>, facts: Value) -> Asking<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = (self.answer)(&facts);
        Box::pin(async { answer })
    }
}

fn tenant() -> TenantId {
    TenantId::from_random(1 << 1)
}

fn owner() -> Scope {
    ScopeMint::for_app().mint(tenant(), Actor::User(UserId::from_random(9 << 1)), &[Permission::LedgerRead], DeviceScope::All)
}

async fn furnished(house: &House) -> (Trust, Ledger) {
    let trust = house.trust().await;
    trust.create_tenant(tenant()).await.expect("created");
    house.stores.create_tenant(tenant()).await.expect("created");
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    (trust, ledger)
}

async fn intend<E: Effect>(house: &House, keys: Arc<dyn KeyRing>, effect: E) -> Intent<E> {
    let store = house.stores.tenant(&owner());
    let intended: Result<_, StoreError> = store.write(move |tx| ledger::intend(tx, &*keys, &owner(), effect.clone())).await;
    intended.expect("recorded")
}

/// Kind, actor and payload of every leaf, the oldest first.
async fn told(ledger: &Ledger) -> Vec<(LeafKind, String, Value)> {
    let leaves = ledger.leaves(&owner(), None, 100).await.expect("read");
    leaves.into_iter().rev().map(|leaf| (leaf.kind, leaf.actor_kind, leaf.opened.expect("not erased").1["payload"].clone())).collect()
}

#[test]
fn an_effect_has_a_leaf_before_it_and_one_after_it_that_names_the_first() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let mail = intend(&house, trust.keyring(), Mail(7)).await;
        house.hand.advance(Duration::from_secs(1));
        mail.tell(&house.stores, trust.keyring(), Some(&owner()), Outcome::Failed { why: "refused" }).await.expect("told");
        let told = told(&ledger).await;
        let before = json!({ "effect": "mail", "facts": { "delivery": 7 } });
        let after = json!({ "effect": "mail", "intent": mail.leaf().to_string(), "outcome": "failed", "why": "refused" });
        let by_user = "user".to_owned();
        assert_eq!(told, [(LeafKind::EffectIntended, by_user.clone(), before), (LeafKind::EffectEnded, by_user, after)]);
    });
}

#[test]
fn an_orphan_is_closed_once_its_time_is_up_with_what_who_knows_of_it_says() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let post = Post::answering(|facts| Ok(Some(Outcome::Done { facts: json!({ "delivery": facts["delivery"], "code": 250 }) })));
        let known_by: [Arc<dyn Aftermath>; 1] = [Arc::clone(&post) as _];
        let mail = intend(&house, trust.keyring(), Mail(7)).await;
        house.hand.advance(EffectKind::Mail.time_limit() - Duration::from_micros(1));
        assert_eq!(ledger.close_orphans(&known_by).await.expect("stepped"), 0, "whoever intends it may be at it still");
        house.hand.advance(Duration::from_micros(1));
        assert_eq!(ledger.close_orphans(&known_by).await.expect("stepped"), 1);
        let (kind, actor, payload) = told(&ledger).await.pop().expect("leaves");
        assert_eq!((kind, actor.as_str()), (LeafKind::EffectEnded, "system-reconciler"));
        assert_eq!((&payload["outcome"], &payload["facts"]), (&json!("done"), &json!({ "delivery": 7, "code": 250 })));
        assert_eq!((&payload["intent"], &payload["closed_by"]), (&json!(mail.leaf().to_string()), &json!("reconciler")));
        house.hand.advance(EffectKind::Mail.time_limit());
        assert_eq!(ledger.close_orphans(&known_by).await.expect("stepped"), 0, "once");
        mail.tell(&house.stores, trust.keyring(), Some(&owner()), Outcome::done()).await.expect("nothing to tell");
        assert_eq!(told(&ledger).await.len(), 2, "who comes late tells nothing twice");
        assert_eq!(post.asked.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn what_nobody_can_know_is_told_as_unknown_and_what_ended_in_time_is_not_asked_about() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let ended = intend(&house, trust.keyring(), Mail(7)).await;
        ended.tell(&house.stores, trust.keyring(), Some(&owner()), Outcome::done()).await.expect("told");
        let _orphan = intend(&house, trust.keyring(), Mail(8)).await;
        house.hand.advance(EffectKind::Mail.time_limit());
        assert_eq!(ledger.close_orphans(&[]).await.expect("stepped"), 1);
        let (_, _, payload) = told(&ledger).await.pop().expect("leaves");
        assert_eq!((&payload["outcome"], &payload["closed_by"]), (&json!("unknown"), &json!("reconciler")));
    });
}

#[test]
fn who_cannot_say_just_now_is_asked_again_and_holds_no_other_ledger_up() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let _orphan = intend(&house, trust.keyring(), Mail(7)).await;
        let (keys, actor) = (trust.keyring(), Actor::System(SystemWork::HostAdministration));
        let of_instance = house.stores.system().write(move |tx| ledger::intend_instance(tx, &*keys, actor, Mail(8)));
        let _of_instance: Intent<Mail> = of_instance.await.map_err(|error: StoreError| error).expect("recorded");
        house.hand.advance(EffectKind::Mail.time_limit());
        let at_a_loss: [Arc<dyn Aftermath>; 1] = [Post::answering(|facts| match facts["delivery"] {
            Value::Number(ref delivery) if delivery.as_i64() == Some(7) => Err(StoreError::Unavailable("the post is closed".into())),
            _ => Ok(Some(Outcome::done())),
        })];
        assert_eq!(ledger.close_orphans(&at_a_loss).await.expect("stepped"), 1, "the instance's");
        house.hand.advance(Duration::from_secs(10));
        assert_eq!(ledger.close_orphans(&[Post::answering(|_| Ok(Some(Outcome::done())))]).await.expect("stepped"), 1, "the tenant's");
    });
}

#[test]
fn of_one_effect_nobody_can_say_what_became_and_the_others_of_its_ledger_are_closed_all_the_same() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let _stuck = intend(&house, trust.keyring(), Mail(7)).await;
        house.hand.advance(Duration::from_secs(1));
        let behind = intend(&house, trust.keyring(), Mail(8)).await;
        house.hand.advance(EffectKind::Mail.time_limit());
        let post: [Arc<dyn Aftermath>; 1] = [Post::answering(|facts| match facts["delivery"].as_i64() {
            Some(7) => Err(StoreError::Unavailable("the post is closed".into())),
            _ => Ok(Some(Outcome::done())),
        })];
        assert_eq!(ledger.close_orphans(&post).await.expect("stepped"), 1);
        assert_eq!(outcome(&ledger).await["intent"], json!(behind.leaf().to_string()));
    });
}

#[test]
fn an_intent_whose_row_was_removed_is_found_by_its_leaf_and_closed_once_its_time_is_up() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let ended = intend(&house, trust.keyring(), Mail(6)).await;
        ended.tell(&house.stores, trust.keyring(), Some(&owner()), Outcome::done()).await.expect("told");
        let lost = intend(&house, trust.keyring(), Mail(7)).await;
        let (keys, actor) = (trust.keyring(), Actor::System(SystemWork::HostAdministration));
        let of_instance = house.stores.system().write(move |tx| ledger::intend_instance(tx, &*keys, actor, Mail(8)));
        let _of_instance: Intent<Mail> = of_instance.await.map_err(|error: StoreError| error).expect("recorded");
        let known_by: [Arc<dyn Aftermath>; 1] = [Post::answering(|_| Ok(Some(Outcome::done())))];
        house.hand.advance(EffectKind::Mail.time_limit());
        assert_eq!(ledger.close_lost(&known_by).await.expect("looked"), 0, "what is open is not lost");

        house.stores.tenant(&owner()).write(|tx| tx.execute(&FORGET_INTENTS, &params![tenant()])).await.expect("removed");
        house.stores.system().write(|tx| tx.execute(&FORGET_INSTANCE_INTENTS, &[])).await.expect("removed");
        let _later = intend(&house, trust.keyring(), Mail(9)).await;
        house.hand.advance(Duration::from_secs(1));
        house.stores.tenant(&owner()).write(|tx| tx.execute(&FORGET_INTENTS, &params![tenant()])).await.expect("removed");
        assert_eq!(ledger.close_orphans(&known_by).await.expect("stepped"), 0, "no row says so");
        assert_eq!(ledger.close_lost(&known_by).await.expect("looked"), 2, "whose time is up");
        let (_, actor, payload) = told(&ledger).await.pop().expect("leaves");
        assert_eq!((actor.as_str(), &payload["outcome"], &payload["row"]), ("system-reconciler", &json!("done"), &json!("removed")));
        assert_eq!(payload["intent"], json!(lost.leaf().to_string()));
        assert_eq!(ledger.close_lost(&known_by).await.expect("looked"), 0, "once");
        house.hand.advance(EffectKind::Mail.time_limit());
        assert_eq!(ledger.close_lost(&known_by).await.expect("looked"), 1, "the later one");
    });
}

#[test]
fn an_intent_to_the_very_act_that_is_open_is_that_one_taken_over() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let first = intend(&house, trust.keyring(), Mail(7)).await;
        house.hand.advance(Duration::from_secs(60));
        let again = intend(&house, trust.keyring(), Mail(7)).await;
        assert_eq!(again.leaf(), first.leaf());
        house.hand.advance(EffectKind::Mail.time_limit() - Duration::from_secs(60));
        assert_eq!(ledger.close_orphans(&[]).await.expect("stepped"), 0, "its time begins anew");
        again.tell(&house.stores, trust.keyring(), Some(&owner()), Outcome::done()).await.expect("told");
        let later = intend(&house, trust.keyring(), Mail(7)).await;
        assert_ne!(later.leaf(), first.leaf(), "what was closed stays closed");
        assert_eq!(told(&ledger).await.len(), 3);
    });
}

#[test]
fn an_intent_whose_transaction_is_undone_leaves_nothing_open() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let keys = trust.keyring();
        let undone: Result<Intent<Mail>, StoreError> = house
            .stores
            .tenant(&owner())
            .write(move |tx| {
                let _intent = ledger::intend(tx, &*keys, &owner(), Mail(7))?;
                Err(StoreError::NotFound)
            })
            .await;
        assert!(matches!(undone, Err(StoreError::NotFound)));
        house.hand.advance(EffectKind::Mail.time_limit());
        assert_eq!(ledger.close_orphans(&[]).await.expect("stepped"), 0);
        assert_eq!(told(&ledger).await, []);
    });
}

#[test]
fn a_step_closes_as_many_orphans_of_a_ledger_as_it_may_and_the_next_one_the_rest() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        for number in 0..=ORPHANS_AT_ONCE as i64 {
            let _orphan = intend(&house, trust.keyring(), Mail(number)).await;
        }
        house.hand.advance(EffectKind::Mail.time_limit());
        assert_eq!(ledger.close_orphans(&[]).await.expect("stepped"), ORPHANS_AT_ONCE);
        assert_eq!(ledger.close_orphans(&[]).await.expect("stepped"), 1);
    });
}

fn device() -> Subject {
    Subject::Device(tenant(), DeviceId::from_random(5 << 1))
}

async fn is_destroyed(house: &House, trust: &Trust) -> bool {
    house.with_keys(trust, |keys| keys.was_destroyed(device().key()).expect("asked")).await
}

/// The only outcome in the ledger.
async fn outcome(ledger: &Ledger) -> Value {
    let told = told(ledger).await;
    let mut outcomes = told.into_iter().filter(|(kind, ..)| *kind == LeafKind::EffectEnded);
    let (_, _, payload) = outcomes.next().expect("an outcome");
    assert!(outcomes.next().is_none(), "it is told of once");
    payload
}

#[test]
fn a_destroyed_key_is_told_of_before_and_after_with_what_it_was_committed_to() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        trust.ensure_all(vec![device().key()]).await.expect("made");
        let destroyed = trust.destroy_and_tell(&house.stores, Some(&owner()), device()).await.expect("destroyed");
        let facts = json!({ "tenant": tenant().to_string(), "subject": "device", "number": 5 });
        let intended = json!({ "effect": "key-destruction", "facts": facts });
        assert!(told(&ledger).await.iter().any(|(kind, _, payload)| *kind == LeafKind::EffectIntended && *payload == intended));
        assert_eq!(outcome(&ledger).await["facts"]["keys"], json!([seal::hex::encode(&destroyed.commitments[0])]));
        let again = trust.destroy_and_tell(&house.stores, Some(&owner()), device()).await;
        assert!(matches!(again, Err(TrustError::Key(KeyError::Missing))));
    });
}

#[test]
fn where_a_process_died_before_it_destroyed_a_key_the_ledger_says_that_it_is_not() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        trust.ensure_all(vec![device().key()]).await.expect("made");
        let _died = intend(&house, trust.keyring(), DestroyKey(device())).await;
        house.hand.advance(EffectKind::KeyDestruction.time_limit());
        assert_eq!(ledger.close_orphans(&[Arc::new(trust.destructions())]).await.expect("stepped"), 1);
        let outcome = outcome(&ledger).await;
        assert_eq!((&outcome["outcome"], &outcome["why"]), (&json!("failed"), &json!("not-taken")));
        assert!(!is_destroyed(&house, &trust).await);
    });
}

#[test]
fn where_a_process_died_after_it_destroyed_a_key_the_ledger_says_so_all_the_same() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        trust.ensure_all(vec![device().key()]).await.expect("made");
        let died = intend(&house, trust.keyring(), DestroyKey(device())).await;
        let destroyed = trust.destroy(&died).await.expect("destroyed");
        let next = house.trust().await;
        house.hand.advance(EffectKind::KeyDestruction.time_limit());
        assert_eq!(ledger.close_orphans(&[Arc::new(next.destructions())]).await.expect("stepped"), 1);
        let outcome = outcome(&ledger).await;
        assert_eq!(outcome["outcome"], "done");
        assert_eq!(outcome["facts"]["keys"], json!([seal::hex::encode(&destroyed.commitments[0])]));
    });
}

#[test]
fn who_finds_that_a_key_is_destroyed_already_tells_that_it_is() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        trust.ensure_all(vec![device().key()]).await.expect("made");
        let first = intend(&house, trust.keyring(), DestroyKey(device())).await;
        let destroyed = trust.destroy(&first).await.expect("destroyed, and has not told yet");
        let second = trust.destroy_and_tell(&house.stores, Some(&owner()), device()).await;
        assert!(matches!(second, Err(TrustError::Key(KeyError::Missing))));
        let outcome = outcome(&ledger).await;
        assert_eq!((&outcome["outcome"], &outcome["intent"]), (&json!("done"), &json!(first.leaf().to_string())));
        assert_eq!(outcome["facts"]["keys"], json!([seal::hex::encode(&destroyed.commitments[0])]));
    });
}

/// The copy of the keyring that is asked for, told of in the instance's ledger.
async fn copying(house: &House, trust: &Trust, folder: &std::path::Path) -> Intent<CopyKeyring> {
    let (keys, actor) = (trust.keyring(), Actor::System(SystemWork::HostAdministration));
    let copying = trust.copying(house.stores.rng(), folder, house.stores.clock().now()).expect("numbered");
    let intended = house.stores.system().write(move |tx| ledger::intend_instance(tx, &*keys, actor, copying.clone()));
    intended.await.map_err(|error: StoreError| error).expect("recorded")
}

#[test]
fn only_the_very_copy_of_the_keyring_that_was_asked_for_shows_that_it_was_made() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        let folder: PathBuf = house.passphrase.with_file_name("copies");
        let known_by = trust.copies(Arc::new(Mutex::new(Some(folder.clone()))));
        let asked = async |intent: &Intent<CopyKeyring>| known_by.ask(None, intent.effect().facts()).await.expect("asked");
        let early = copying(&house, &trust, &folder).await;
        assert_eq!(asked(&early).await, Some(Outcome::Unknown), "there is none, and may have been");
        trust.copy_as_told(&early, &folder).await.expect("copied");
        assert_eq!(asked(&early).await, Some(Outcome::done()));

        house.hand.advance(Duration::from_secs(1));
        let never_made = copying(&house, &trust, &folder).await;
        assert_eq!(asked(&never_made).await, Some(Outcome::Failed { why: "not-taken" }), "the older one is still there");
        house.hand.advance(Duration::from_secs(1));
        trust.copy_keyring(&folder).await.expect("the one that is kept in step");
        assert_eq!(asked(&never_made).await, Some(Outcome::Unknown), "another copy is no evidence of it");
        let elsewhere = copying(&house, &trust, &folder.with_file_name("elsewhere")).await;
        assert_eq!(asked(&elsewhere).await, Some(Outcome::Unknown), "nobody looks into another folder");
    });
}

#[test]
fn a_roll_that_was_cut_off_is_told_of_by_who_goes_on_with_it_or_by_the_reconciler() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let intent: Intent<RollEpoch> = intend(&house, trust.keyring(), trust.roll_of(tenant()).await.expect("it has keys")).await;
        trust.roll_step(&intent, true).await.expect("begun");
        house.hand.advance(EffectKind::EpochRoll.time_limit());
        let known_by: [Arc<dyn Aftermath>; 1] = [Arc::new(trust.rolls())];
        assert_eq!(ledger.close_orphans(&known_by).await.expect("stepped"), 0, "it is under way still");
        trust.roll_epoch(&intent).await.expect("rolled, and died before it told");
        assert_eq!(ledger.close_orphans(&known_by).await.expect("stepped"), 1);
        let outcome = outcome(&ledger).await;
        assert_eq!((&outcome["outcome"], &outcome["facts"]["epoch"]), (&json!("done"), &json!(3)));
    });
}
