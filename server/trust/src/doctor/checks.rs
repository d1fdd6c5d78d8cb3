//! The checks of what trust itself keeps: ledgers and epochs.

use std::time::Duration;

use kernel::{ScopeMint, SystemWork};
use seal::checkpoint::Checkpoint;
use serde_json::json;
use store::Stores;
use words::sentence;

use super::{Check, Observation};
use crate::{Ledger, LedgerError, Trust};

/// How long a leaf may wait for its place in the log.
pub const LEAF_WAIT_MAX: Duration = Duration::from_secs(5);
/// How long an epoch may live on after a key that it wrapped was destroyed.
pub const EPOCH_OVERDUE_AFTER: Duration = Duration::from_secs(15 * 60);

/// Every ledger is what was signed of it, signs that, and lets nobody wait.
#[must_use]
pub fn ledgers(stores: &Stores, ledger: &Ledger, mint: ScopeMint) -> Check {
    let (stores, ledger) = (stores.clone(), ledger.clone());
    Check::new("ledgers", move || {
        let (stores, ledger, mint) = (stores.clone(), ledger.clone(), mint.clone());
        async move {
            let now = stores.clock().now();
            let waits = |since: Option<kernel::Timestamp>| since.is_some_and(|since| now.since(since) > LEAF_WAIT_MAX);
            let mut waiting = u64::from(waits(ledger.waiting_since(None).await?));
            let (mut altered, mut leaves) = (0_u64, 0_u64);
            // The instance's own, which holds every tenant's checkpoints and tells of this doctor's turns.
            match ledger.instance_signed().await {
                Ok(signed) => altered += u64::from(Checkpoint::verify(&signed.note, &ledger.instance_key()).is_err()),
                Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. } | LedgerError::Altered { .. }) => altered += 1,
                Err(other) => return Err(other.into()),
            }
            let tenants = stores.tenants().await?;
            for tenant in &tenants {
                let scope = mint.system(*tenant, SystemWork::Reconciler);
                // Looked at first: to sign is to put in order.
                waiting += u64::from(waits(ledger.waiting_since(Some(&scope)).await?));
                match ledger.checkpoint(&scope).await {
                    Ok(signed) => {
                        let is_signed = Checkpoint::verify(&signed.note, &ledger.key(*tenant)).is_ok_and(|note| note.size == signed.size);
                        altered += u64::from(!is_signed);
                        leaves += signed.size;
                    }
                    Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. } | LedgerError::Altered { .. }) => altered += 1,
                    Err(other) => return Err(other.into()),
                }
            }
            let ledgers = tenants.len() + 1;
            let evidence = json!({ "ledgers": ledgers, "entries": leaves, "altered": altered, "waiting": waiting });
            if altered > 0 {
                let said = sentence!(
                    "Ledgers that are not what was signed of them: {altered} of {ledgers}.",
                    "Liczba dzienników, które nie są tym, co podpisano: {altered} z {ledgers}."
                );
                return Ok(Observation::failed(evidence, said));
            }
            if waiting > 0 {
                let said = sentence!(
                    "Ledgers with entries that wait for their place for more than five seconds: {waiting}.",
                    "Liczba dzienników, których wpisy czekają na miejsce ponad pięć sekund: {waiting}."
                );
                return Ok(Observation::failed(evidence, said));
            }
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "Every ledger ({ledgers}) grew out of what was signed of it before, and its new checkpoint verifies; no entry waits.",
                    "Wszystkie dzienniki ({ledgers}) wyrosły z tego, co podpisano wcześniej, ich nowe punkty kontrolne się zgadzają i żaden wpis nie czeka."
                ),
            ))
        }
    })
}

/// No epoch outlives a key that it wrapped.
#[must_use]
pub fn epochs(stores: &Stores, trust: &Trust) -> Check {
    let (stores, trust) = (stores.clone(), trust.clone());
    Check::new("epochs", move || {
        let (stores, trust) = (stores.clone(), trust.clone());
        async move {
            let due_since = trust.roll_due_since().await?;
            let overdue = due_since.map(|since| stores.clock().now().since(since)).filter(|waited| *waited > EPOCH_OVERDUE_AFTER);
            let Some(waited) = overdue else {
                let evidence = json!({ "due": due_since.is_some(), "overdue_seconds": 0 });
                let said =
                    sentence!("No tenant's keys are overdue to be wrapped anew.", "Kluczy żadnej organizacji nie zalega wymiana epoki.");
                return Ok(Observation::ok(evidence, said));
            };
            let minutes = waited.as_secs() / 60;
            Ok(Observation::failed(
                json!({ "due": true, "overdue_seconds": waited.as_secs() }),
                sentence!(
                    "A key was destroyed {minutes} minutes ago, and the epoch that wrapped it is still there.",
                    "Klucz zniszczono {minutes} min temu, a epoka, która go osłaniała, nadal istnieje."
                ),
            ))
        }
    })
}
