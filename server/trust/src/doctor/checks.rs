//! The checks of what trust itself keeps: ledgers, epochs, erasures.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::{Scope, ScopeMint, SystemWork, Timestamp};
use seal::checkpoint::Checkpoint;
use serde_json::json;
use store::Stores;
use words::sentence;

use super::{Check, Observation};
use crate::erasure::{self, ALARM, Erasure, is_going};
use crate::{Ledger, LedgerError, Trust};

/// How long a leaf may wait for its place in the log.
pub const LEAF_WAIT_MAX: Duration = Duration::from_secs(5);
/// Erasures that a result names.
const NAMED_MAX: usize = 10;
/// How long an epoch may live on after a key that it wrapped was destroyed.
pub const EPOCH_OVERDUE_AFTER: Duration = Duration::from_secs(15 * 60);

/// Every ledger is what was signed of it, signs that, and lets nobody wait.
#[must_use]
pub fn ledgers(stores: &Stores, trust: &Trust, ledger: &Ledger, mint: ScopeMint) -> Check {
    let (stores, ledger, keys) = (stores.clone(), ledger.clone(), trust.keyring());
    Check::new("ledgers", move || {
        let (stores, ledger, mint, keys) = (stores.clone(), ledger.clone(), mint.clone(), keys.clone());
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
            let mut ledgers = 1;
            for tenant in stores.tenants().await? {
                let seen = of_tenant(&ledger, &mint.system(tenant, SystemWork::Reconciler)).await;
                let is_whole = matches!(seen, Ok(Seen { size: Some(_), .. }));
                // Asked afterwards: an erasure may have begun while it was looked at.
                if !is_whole && is_going(&stores, &keys, tenant).await? {
                    continue;
                }
                let seen = seen?;
                ledgers += 1;
                waiting += u64::from(waits(seen.waiting_since));
                altered += u64::from(seen.size.is_none());
                leaves += seen.size.unwrap_or_default();
            }
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

/// What was seen of a tenant's ledger.
struct Seen {
    waiting_since: Option<Timestamp>,
    /// How many leaves it has; nothing where it is not what was signed of it.
    size: Option<u64>,
}

async fn of_tenant(ledger: &Ledger, scope: &Scope) -> Result<Seen, LedgerError> {
    // Looked at first: to sign is to put in order.
    let waiting_since = ledger.waiting_since(Some(scope)).await?;
    let size = match ledger.checkpoint(scope).await {
        Ok(signed) => {
            let key = ledger.key(scope.tenant());
            Checkpoint::verify(&signed.note, &key).is_ok_and(|note| note.size == signed.size).then_some(signed.size)
        }
        Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. } | LedgerError::Altered { .. }) => None,
        Err(other) => return Err(other),
    };
    Ok(Seen { waiting_since, size })
}

/// Every erasure gets on and is done in time.
#[must_use]
pub fn erasures(stores: &Stores) -> Check {
    let stores = stores.clone();
    Check::new("erasures", move || {
        let stores = stores.clone();
        async move {
            let (now, due) = (stores.clock().now(), erasure::due(&stores).await?);
            let of = |is: &dyn Fn(&Erasure) -> bool| -> Vec<String> {
                due.iter().filter(|found| is(found)).take(NAMED_MAX).map(|found| found.id.to_string()).collect()
            };
            let overdue = of(&|found| now > found.deadline_at);
            let late = of(&|found| now.since(found.requested_at) >= ALARM);
            let failing = of(&|found| found.failure.is_some());
            let evidence = json!({ "under_way": due.len(), "overdue": overdue, "late": late, "failing": failing });
            if !overdue.is_empty() {
                let ids = overdue.join(", ");
                let said = sentence!(
                    "Erasures that are not done within the 72 hours that were promised: {ids}.",
                    "Usunięcia, które nie zakończyły się w obiecanych 72 godzinach: {ids}."
                );
                return Ok(Observation::failed(evidence, said));
            }
            if !late.is_empty() || !failing.is_empty() {
                let ids = [late, failing].concat().into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
                let said = sentence!(
                    "Erasures that do not get on, or are not done two days after they were asked for: {ids}. `purser erasure list` says why.",
                    "Usunięcia, które nie posuwają się naprzód albo nie zakończyły się w dwie doby od żądania: {ids}. Przyczynę podaje `purser erasure list`."
                );
                return Ok(Observation::warning(evidence, said));
            }
            let under_way = due.len();
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "No erasure is late and none is stuck; under way: {under_way}.",
                    "Żadne usunięcie się nie spóźnia ani nie utknęło; w toku: {under_way}."
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
