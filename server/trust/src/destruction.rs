//! The destruction of a key: what nothing takes back, so it is told of before and after.
//!
//! A device's or user's is told in its tenant's ledger; a tenant's in the instance's, since its own goes with it. Where the ledger
//! cannot say that a key is about to be destroyed, it is not: [`Trust::destroy`] takes the [`Intent`].

use kernel::{Actor, KeyError, Scope, Subject, SystemWork, TenantId};
use seal::hash::DIGEST_BYTES;
use seal::hex;
use serde_json::{Value, json};
use store::{StoreError, Stores, Tx, params};

use crate::keyring::{self, Destroyed};
use crate::ledger::{self, Aftermath, Asking, Effect, EffectKind, Intent, Outcome};
use crate::store as sql;
use crate::{Trust, TrustError, key_error_first, tombstones};

/// The key of a tenant, device or user is destroyed, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestroyKey(pub Subject);

impl Effect for DestroyKey {
    const KIND: EffectKind = EffectKind::KeyDestruction;

    fn facts(&self) -> Value {
        json!({ "tenant": self.0.tenant().to_string(), "subject": self.0.kind(), "number": self.0.number() })
    }
}

impl DestroyKey {
    fn of(facts: &Value) -> Option<Self> {
        let tenant: TenantId = facts["tenant"].as_str()?.parse().ok()?;
        Subject::of(tenant, facts["subject"].as_str()?, facts["number"].as_i64()?).map(Self)
    }
}

impl Trust {
    /// Destroys the key of a tenant, device or user, for ever: what is sealed under it cannot be opened again. With a tenant's go those of
    /// its devices and users, and every epoch that wrapped one; after another's the tenant's epoch is due to be rolled.
    ///
    /// # Errors
    /// [`KeyError::Missing`] where there is no such key (any more).
    pub async fn destroy(&self, intent: &Intent<DestroyKey>) -> Result<Destroyed, TrustError> {
        let key = intent.effect().0.key();
        let Some(subject) = keyring::Subject::of(key) else { return Err(KeyError::Missing.into()) };
        let keyring = &self.0.keyring;
        // First, so that no copy of the keyring brings back what is destroyed, wherever a process dies.
        let is_usable = key_error_first(keyring.is_usable(subject).await)?;
        let is_buried = is_usable && key_error_first(tombstones::bury(&self.0.system, subject).await)?;
        match intent.effect().0 {
            Subject::Tenant(tenant) => {
                let keys = key_error_first(keyring.tenants_keys(tenant).await)?.ok_or(KeyError::Missing)?;
                key_error_first(keyring.destroy_tenant(tenant, is_buried).await)?;
                Ok(Destroyed { commitments: keys.own, epoch: keys.epoch })
            }
            Subject::Device(..) | Subject::User(..) => key_error_first(keyring.destroy(key, is_buried).await),
        }
    }

    /// Destroys a key and tells of it before and after: in the ledger of the scope's tenant, or without one in the instance's.
    ///
    /// # Errors
    /// As [`Trust::destroy`], and the ledger's; where it could not tell what came of it, [`Ledger::close_orphans`](crate::Ledger::close_orphans)
    /// does.
    pub async fn destroy_and_tell(&self, stores: &Stores, scope: Option<&Scope>, subject: Subject) -> Result<Destroyed, TrustError> {
        let (keys, acting) = (self.keyring(), scope.cloned());
        let intend = move |tx: &mut Tx<'_>| match &acting {
            Some(scope) => ledger::intend(tx, &*keys, scope, DestroyKey(subject)),
            None => ledger::intend_instance(tx, &*keys, Actor::System(SystemWork::Reconciler), DestroyKey(subject)),
        };
        let intent = key_error_first(match scope {
            Some(scope) => stores.tenant(scope).write(intend).await,
            None => stores.system().write(intend).await,
        })?;
        let destroyed = self.destroy(&intent).await;
        let outcome = match &destroyed {
            Ok(destroyed) => told(&destroyed.commitments),
            // Another one with the same intent may have been quicker, or whoever died over it.
            Err(TrustError::Key(KeyError::Missing)) => match key_error_first(self.destroyed(subject).await)? {
                Some(commitments) => told(&commitments),
                None => Outcome::Failed { why: "no-such-key" },
            },
            // What became of it is asked later.
            Err(_) => return destroyed,
        };
        key_error_first(intent.tell(stores, self.keyring(), scope, outcome).await)?;
        destroyed
    }

    /// Who knows what became of the destruction of keys.
    #[must_use]
    pub fn destructions(&self) -> impl Aftermath + use<> {
        Destructions(self.clone())
    }

    /// The commitments to a subject's keys, where they were destroyed.
    async fn destroyed(&self, subject: Subject) -> Result<Option<Vec<[u8; DIGEST_BYTES]>>, StoreError> {
        let (tenant, kind, number) = (subject.tenant(), subject.kind(), subject.number());
        let read = move |tx: &mut Tx<'_>| {
            let (mut is_there, mut commitments) = (false, Vec::new());
            for version in 1_i64.. {
                let Some(row) = tx.query_optional(&sql::KEY_FACTS, &params![tenant, kind, number, version])? else { break };
                if row.get::<Option<i64>>(1)?.is_none() {
                    return Ok(None);
                }
                is_there = true;
                // One that was destroyed before the keyring was brought back from a copy has none.
                commitments.extend(row.get::<Option<[u8; DIGEST_BYTES]>>(0)?);
            }
            Ok::<_, StoreError>(is_there.then_some(commitments))
        };
        self.0.keyring.db.read(read).await
    }
}

fn told(commitments: &[[u8; DIGEST_BYTES]]) -> Outcome {
    let keys: Vec<String> = commitments.iter().map(|commitment| hex::encode(commitment)).collect();
    Outcome::Done { facts: json!({ "keys": keys }) }
}

struct Destructions(Trust);

impl Aftermath for Destructions {
    fn kind(&self) -> EffectKind {
        DestroyKey::KIND
    }

    fn ask(&self, _: Option<TenantId>, facts: Value) -> Asking<'_> {
        Box::pin(async move {
            let Some(DestroyKey(subject)) = DestroyKey::of(&facts) else { return Ok(Some(Outcome::Unknown)) };
            let destroyed = self.0.destroyed(subject).await?;
            Ok(Some(destroyed.map_or(Outcome::Failed { why: "not-taken" }, |commitments| told(&commitments))))
        })
    }
}
