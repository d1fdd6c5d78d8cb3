//! What the instance's ledger is told of imports: before a tenant comes to life, and what became of it. The tenant's own ledger comes
//! as it was, and says nothing of it.

use kernel::{Actor, SystemWork, TenantId};
use seal::export_file::Manifest;
use serde_json::{Value, json};
use store::{StoreError, Tx};

use crate::ledger::{Aftermath, Asking, Effect, EffectKind, Intent, Outcome};
use crate::{Exports, LeafEntry, LeafKind, ledger};

const ACTOR: Actor = Actor::System(SystemWork::HostAdministration);
const NOT_TAKEN_IN: Outcome = Outcome::Failed { why: "not-taken-in" };

/// A tenant comes to life from its export.
#[derive(Clone, Debug)]
pub(super) struct TakeIn {
    tenant: TenantId,
    rows: u64,
    digest: String,
    signed_by: String,
}

impl Effect for TakeIn {
    const KIND: EffectKind = EffectKind::TenantImport;

    fn facts(&self) -> Value {
        json!({ "tenant": self.tenant.to_string(), "rows": self.rows, "digest": self.digest, "signed_by": self.signed_by })
    }
}

impl Exports {
    pub(super) async fn intend_import(&self, manifest: &Manifest, tenant: TenantId) -> Result<Intent<TakeIn>, StoreError> {
        let effect = TakeIn { tenant, rows: manifest.rows(), digest: manifest.digest.clone(), signed_by: manifest.key.clone() };
        let keys = self.trust.keyring();
        self.stores.system().write(move |tx| ledger::intend_instance(tx, &*keys, ACTOR, effect.clone())).await
    }

    /// The tenant lives by now, or it does not, so nothing fails any more: what cannot be told stays open for who closes intents.
    pub(super) async fn tell_of_import(&self, intent: Intent<TakeIn>, lives: bool) {
        let (keys, tenant) = (self.trust.keyring(), intent.effect().tenant);
        let tell = move |tx: &mut Tx<'_>| {
            intent.outcome(tx, &*keys, &if lives { Outcome::done() } else { NOT_TAKEN_IN })?;
            if lives {
                let TakeIn { tenant, rows, digest, signed_by } = intent.effect();
                let payload = json!({ "rows": rows, "digest": digest, "signed_by": signed_by });
                let entry = LeafEntry { kind: LeafKind::TenantImported, subject: Some(tenant.number()), payload };
                ledger::record_instance(tx, &*keys, ACTOR, entry)?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = self.stores.system().write(tell).await {
            tracing::error!(tenant.id = %tenant, error = %error, "what became of an import is not in the ledger yet");
        }
    }

    /// Who knows what became of imports.
    #[must_use]
    pub fn imports(&self) -> impl Aftermath + use<> {
        Imports(self.clone())
    }
}

struct Imports(Exports);

impl Aftermath for Imports {
    fn kind(&self) -> EffectKind {
        TakeIn::KIND
    }

    fn ask(&self, _: Option<TenantId>, facts: Value) -> Asking<'_> {
        Box::pin(async move {
            let Some(tenant) = facts["tenant"].as_str().and_then(|text| text.parse().ok()) else { return Ok(Some(Outcome::Unknown)) };
            let lives = self.0.is_here(tenant).await?;
            Ok(Some(if lives { Outcome::done() } else { NOT_TAKEN_IN }))
        })
    }
}
