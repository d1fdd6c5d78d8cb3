//! Effects outside of a transaction: told of before and after.
//!
//! A mail that is sent, a key that is destroyed, a folder that is written: no transaction takes it back, and none holds it. So
//! it gets two leaves. The **intent** is recorded before anything happens; where it cannot be, nothing does, since whoever takes
//! the effect takes its [`Intent`] as an argument, and only recording gives one. The **outcome** is recorded afterwards.
//!
//! Between the two a process may die. What is open stands in a small table, with the time by which whoever intended it must have
//! told of it: [`EffectKind::time_limit`]. Past it the [`reconciler`](super::Ledger::close_orphans) asks who knows what became of
//! it ([`super::Aftermath`]), and records that; where nobody can know, it records [`Outcome::Unknown`]. Each intent is closed once. An
//! intent whose row somebody removed is found by its leaf (`lost`): an outcome names the intent's leaf as its subject.
//!
//! An intent to the very act that is open already is that one, taken over: an erasure that goes on after a crash tells of the key
//! that it destroys once. So the facts of an effect must name the act (a delivery's id, a subject), not only its kind.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Actor, KeyRef, KeyRing, LeafId, Scope};
use seal::hash::DIGEST_BYTES;
use serde_json::{Value, json};
use store::{StoreError, Stores, Tx, params};

use super::stored::Whose;
use super::{LEDGER, LeafEntry, LeafKind, Recorded, insert, insert_instance};
use crate::store::intents as sql;

/// Which timer finds the tenants with open intents.
pub(super) const INTENTS: &str = "ledger-intents";
/// What acts are told apart by.
const ACT_PURPOSE: &str = "ledger intent act";

macro_rules! effects {
    ($($(#[$doc:meta])* $name:ident = $text:literal within $limit:expr;)*) => {
        /// Which kinds of effects there are. The texts are stored and committed to, so they never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EffectKind { $($(#[$doc])* $name,)* }

        impl EffectKind {
            /// Every kind, in alphabetical order of its text.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text form.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How long after its intent an effect's outcome is waited for: longer than the effect can take.
            #[must_use]
            pub const fn time_limit(self) -> Duration {
                match self { $(Self::$name => $limit,)* }
            }

            /// The shortest of the time limits.
            pub(super) fn shortest_time_limit() -> Duration {
                Self::ALL.iter().map(|kind| kind.time_limit()).min().unwrap_or_default()
            }

            /// The kind of this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.text() == text)
            }
        }
    };
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

effects! {
    /// A tenant's part of the keyring is wrapped anew, and its older epochs are destroyed.
    EpochRoll = "epoch-roll" within MINUTE.saturating_mul(15);
    /// Data are written to a folder.
    Export = "export" within HOUR.saturating_mul(24);
    /// A key is destroyed.
    KeyDestruction = "key-destruction" within MINUTE.saturating_mul(15);
    /// The keyring is written to a second copy.
    KeyringCopy = "keyring-copy" within HOUR;
    /// A second copy of the keyring is tried out.
    KeyringDrill = "keyring-drill" within HOUR;
    /// A mail is handed to a mail server.
    Mail = "mail" within HOUR;
    /// A tenant is taken in from its export.
    TenantImport = "tenant-import" within MINUTE.saturating_mul(15);
}

/// What can be done outside of a transaction.
pub trait Effect: Clone + Send + Sync + 'static {
    /// Which kind it is of.
    const KIND: EffectKind;

    /// What names this very act, whole numbers and texts of no person: random ids, never an address or a name. Both leaves lie under the
    /// tenant's key, and outlive whom they are about.
    fn facts(&self) -> Value;
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Done {
        /// What is to be told of it.
        facts: Value,
    },
    /// It was not.
    Failed {
        /// Why, in a word for programs; what a mail server or file system answered may name somebody.
        why: &'static str,
    },
    /// Nobody knows. Only for who is asked long after.
    Unknown,
}

impl Outcome {
    /// Taken, and there is nothing more to say.
    #[must_use]
    pub const fn done() -> Self {
        Self::Done { facts: Value::Null }
    }

    const fn text(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Unknown => "unknown",
        }
    }

    fn payload(&self, effect: EffectKind, intent: LeafId, by: ClosedBy) -> Value {
        let mut payload = json!({ "effect": effect.text(), "intent": intent.to_string(), "outcome": self.text() });
        match self {
            Self::Done { facts: Value::Null } | Self::Unknown => {}
            Self::Done { facts } => payload["facts"] = facts.clone(),
            Self::Failed { why } => payload["why"] = (*why).into(),
        }
        if by != ClosedBy::Intender {
            payload["closed_by"] = "reconciler".into();
        }
        if by == ClosedBy::ReconcilerOfLost {
            payload["row"] = "removed".into();
        }
        payload
    }
}

/// Who tells of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClosedBy {
    /// Whoever intended the effect.
    Intender,
    /// The reconciler, past the time limit.
    Reconciler,
    /// The reconciler, of an intent whose row was gone.
    ReconcilerOfLost,
}

/// An open intent, as its closing needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) whose: Whose,
    pub(super) actor: Actor,
    pub(super) effect: EffectKind,
    pub(super) leaf: LeafId,
}

/// An effect that the ledger says is about to be taken, or will say where the transaction commits. Whoever takes the effect demands one.
///
/// ```
/// # use serde_json::{Value, json};
/// # use trust::ledger::{self, Effect, EffectKind, Intent, Outcome};
/// # use store::{StoreError, Tx};
/// #[derive(Clone)]
/// struct Mail { delivery: i64 }
///
/// impl Effect for Mail {
///     const KIND: EffectKind = EffectKind::Mail;
///     fn facts(&self) -> Value { json!({ "delivery": self.delivery }) }
/// }
///
/// fn send(mail: &Intent<Mail>) -> Outcome {
///     assert!(mail.effect().delivery > 0);
///     Outcome::done()
/// }
///
/// fn intend(tx: &mut Tx<'_>, keys: &dyn kernel::KeyRing, scope: &kernel::Scope) -> Result<Intent<Mail>, StoreError> {
///     ledger::intend(tx, keys, scope, Mail { delivery: 7 })
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use serde_json::{Value, json};
/// # use trust::ledger::{Effect, EffectKind, Intent};
/// # #[derive(Clone)]
/// # struct Mail;
/// # impl Effect for Mail {
/// #     const KIND: EffectKind = EffectKind::Mail;
/// #     fn facts(&self) -> Value { json!({}) }
/// # }
/// // Nobody makes one without recording it.
/// let mail = Intent { effect: Mail, open: todo!() };
/// ```
#[derive(Debug)]
#[must_use = "what was intended is taken, and its outcome is told"]
pub struct Intent<E> {
    effect: E,
    open: Open,
}

impl<E: Effect> Intent<E> {
    /// What is about to be done.
    #[must_use]
    pub const fn effect(&self) -> &E {
        &self.effect
    }

    /// The leaf that tells of it.
    #[must_use]
    pub const fn leaf(&self) -> LeafId {
        self.open.leaf
    }

    /// Records what became of it, in a transaction on the store of the ledger that it was intended in. Nothing where it was closed meanwhile.
    ///
    /// # Errors
    /// As [`ledger::record`](super::record).
    pub fn outcome(&self, tx: &mut Tx<'_>, keys: &dyn KeyRing, outcome: &Outcome) -> Result<Option<Recorded>, StoreError> {
        close(tx, keys, self.open, outcome, ClosedBy::Intender)
    }

    /// As [`Intent::outcome`], in a transaction of its own.
    ///
    /// # Errors
    /// As [`Intent::outcome`].
    pub async fn tell(&self, stores: &Stores, keys: Arc<dyn KeyRing>, scope: Option<&Scope>, outcome: Outcome) -> Result<(), StoreError> {
        let open = self.open;
        let tell = move |tx: &mut Tx<'_>| close(tx, &*keys, open, &outcome, ClosedBy::Intender).map(|_| ());
        match scope {
            Some(scope) => stores.tenant(scope).write(tell).await,
            None => stores.system().write(tell).await,
        }
    }
}

/// Records that an effect is about to be taken, in the ledger of the scope's tenant; it may be taken once the transaction has committed.
///
/// # Errors
/// As [`ledger::record`](super::record): what cannot be recorded is not done.
///
/// # Panics
/// Where the transaction is not one of the scope's tenant: that is our own mistake.
pub fn intend<E: Effect>(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, effect: E) -> Result<Intent<E>, StoreError> {
    let (tenant, facts) = (scope.tenant(), effect.facts());
    let act = act(keys, KeyRef::Tenant(tenant), E::KIND, &facts)?;
    let due_at = tx.now().plus(E::KIND.time_limit());
    let known = tx.query_optional(&sql::INTENT_TO, &params![tenant, act])?;
    let leaf = match known {
        Some(row) => row.get(0)?,
        None => {
            let leaf = LeafId::from_random(tx.rng().bits());
            insert(tx, keys, (tenant, scope.actor()), leaf, &intended(E::KIND, &facts))?;
            tx.mark(LEDGER, 0)?;
            leaf
        }
    };
    tx.execute(&sql::OPEN_INTENT, &params![tenant, act, leaf, E::KIND.text(), due_at])?;
    tx.wake(INTENTS, due_at)?;
    Ok(Intent { effect, open: Open { whose: Whose::Tenants(tenant), actor: scope.actor(), effect: E::KIND, leaf } })
}

/// As [`intend`], in the instance's ledger, in a transaction on the system store.
///
/// # Errors
/// As [`intend`].
pub fn intend_instance<E: Effect>(tx: &mut Tx<'_>, keys: &dyn KeyRing, actor: Actor, effect: E) -> Result<Intent<E>, StoreError> {
    let facts = effect.facts();
    let act = act(keys, KeyRef::Instance, E::KIND, &facts)?;
    let due_at = tx.now().plus(E::KIND.time_limit());
    let known = tx.query_optional(&sql::INSTANCE_INTENT_TO, &params![act])?;
    let leaf = match known {
        Some(row) => row.get(0)?,
        None => {
            let leaf = LeafId::from_random(tx.rng().bits());
            insert_instance(tx, keys, actor, leaf, &intended(E::KIND, &facts))?;
            leaf
        }
    };
    tx.execute(&sql::OPEN_INSTANCE_INTENT, &params![act, leaf, E::KIND.text(), due_at])?;
    Ok(Intent { effect, open: Open { whose: Whose::Instances, actor, effect: E::KIND, leaf } })
}

/// Closes an intent and records what became of it; nothing where it is closed.
pub(super) fn close(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    open: Open,
    outcome: &Outcome,
    by: ClosedBy,
) -> Result<Option<Recorded>, StoreError> {
    let closed = match open.whose {
        Whose::Tenants(tenant) => tx.execute(&sql::CLOSE_INTENT, &params![tenant, open.leaf])?,
        Whose::Instances => tx.execute(&sql::CLOSE_INSTANCE_INTENT, &params![open.leaf])?,
    };
    if closed == 0 { Ok(None) } else { end(tx, keys, open, outcome, by).map(Some) }
}

/// Records what became of an effect of whose intent there is no row; nothing where it is told of by now.
pub(super) fn close_lost(tx: &mut Tx<'_>, keys: &dyn KeyRing, open: Open, outcome: &Outcome) -> Result<Option<Recorded>, StoreError> {
    let told = match open.whose {
        Whose::Tenants(tenant) => tx.query_optional(&sql::OUTCOME_OF, &params![tenant, open.leaf])?,
        Whose::Instances => tx.query_optional(&sql::INSTANCE_OUTCOME_OF, &params![open.leaf])?,
    };
    if told.is_some() { Ok(None) } else { end(tx, keys, open, outcome, ClosedBy::ReconcilerOfLost).map(Some) }
}

fn end(tx: &mut Tx<'_>, keys: &dyn KeyRing, open: Open, outcome: &Outcome, by: ClosedBy) -> Result<Recorded, StoreError> {
    let payload = outcome.payload(open.effect, open.leaf, by);
    // By its subject an outcome is found without opening every leaf; the entry commits to it.
    let entry = LeafEntry { kind: LeafKind::EffectEnded, subject: Some(open.leaf.number()), payload };
    let leaf = LeafId::from_random(tx.rng().bits());
    match open.whose {
        Whose::Tenants(tenant) => {
            insert(tx, keys, (tenant, open.actor), leaf, &entry)?;
            tx.mark(LEDGER, 0)?;
        }
        Whose::Instances => insert_instance(tx, keys, open.actor, leaf, &entry)?,
    }
    Ok(Recorded::new(leaf))
}

fn intended(effect: EffectKind, facts: &Value) -> LeafEntry {
    LeafEntry { kind: LeafKind::EffectIntended, subject: None, payload: json!({ "effect": effect.text(), "facts": facts }) }
}

/// By which an act is known again, and from which nothing can be learnt of it.
fn act(keys: &dyn KeyRing, key: KeyRef, effect: EffectKind, facts: &Value) -> Result<[u8; DIGEST_BYTES], StoreError> {
    let named = [effect.text().as_bytes(), b"\0", facts.to_string().as_bytes()].concat();
    Ok(keys.blind_index(key, ACT_PURPOSE, &named)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_stand_in_order_and_are_found_by_text() {
        assert!(EffectKind::ALL.is_sorted_by_key(|kind| kind.text()));
        assert!(EffectKind::ALL.iter().all(|kind| EffectKind::from_text(kind.text()) == Some(*kind)));
    }
}
