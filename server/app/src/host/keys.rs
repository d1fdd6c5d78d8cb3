//! The keyring, for whoever may read the data folder: how it stands, the roll of an epoch, the second copy.

use std::path::PathBuf;
use std::sync::PoisonError;

use kernel::{Actor, KeyError, Scope, ScopeMint, SystemWork, Timestamp};
use serde_json::{Value, json};
use store::StoreError;
use trust::ledger::{Effect, EffectKind, Intent, Outcome, intend_instance};
use trust::second_copy::{CopyError, Drill};
use trust::{ROLLS_PAGE, TrustError};
use words::sentence;

use super::perform::{Refused, said};
use super::{CopyLine, DrillFacts, KeysFacts, KeysLine, TenantKeys};
use crate::keyring::provider;
use crate::opened::Opened;

pub(super) async fn status(opened: &Opened) -> Result<Value, Refused> {
    let mut lines = Vec::new();
    for tenant in opened.stores.tenants().await.map_err(|error| Refused::because(&error))? {
        let keys = match opened.trust.keyring_status(tenant).await {
            Ok(status) => Some(TenantKeys {
                epoch: status.epoch,
                epoch_began_at: status.began_at,
                keys: status.keys,
                destroyed: status.destroyed,
                rolls: status.rolls,
            }),
            // The others' lines are wanted all the more.
            Err(TrustError::Key(KeyError::Missing)) => None,
            Err(error) => return Err(Refused::because(&error)),
        };
        lines.push(KeysLine { tenant: tenant.to_string(), keys });
    }
    let (root_key, second_copy) = (provider(&opened.config.root).to_owned(), copy_line(opened).await);
    said(&KeysFacts { root_key, second_copy, tenants: lines })
}

/// How the second copy stands; one that cannot be read is not in step.
async fn copy_line(opened: &Opened) -> Option<CopyLine> {
    let folder = folder(opened)?;
    let status = opened.trust.copy_status(&folder).await.ok().flatten();
    Some(CopyLine {
        folder,
        made_at: status.as_ref().map(|status| status.made_at),
        is_in_step: status.is_some_and(|status| status.is_in_step),
    })
}

fn folder(opened: &Opened) -> Option<PathBuf> {
    opened.second_copy.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The folder that was named, or the one that is kept in step.
fn named(opened: &Opened, named: Option<PathBuf>) -> Result<PathBuf, Refused> {
    named.or_else(|| folder(opened)).ok_or_else(|| {
        Refused::saying(sentence!(
            "there is no second copy of the keyring yet: name a folder on another disk or machine, `purser keys copy FOLDER`",
            "nie ma jeszcze drugiej kopii pęku kluczy: podaj katalog na innym dysku albo innej maszynie, `purser keys copy KATALOG`"
        ))
    })
}

pub(super) async fn copy(opened: &Opened, asked: Option<PathBuf>) -> Result<Value, Refused> {
    let folder = named(opened, asked)?;
    if folder.starts_with(opened.config.data.path()) {
        return Err(Refused::saying(sentence!(
            "{folder} lies in the data folder: what loses the one loses the other. Name a folder on another disk or machine",
            "{folder} leży w katalogu danych: co zniszczy jedno, zniszczy i drugie. Podaj katalog na innym dysku albo innej maszynie",
            folder = folder.display()
        )));
    }
    let copying = opened.trust.copying(opened.stores.rng(), &folder, opened.stores.clock().now());
    let copying = copying.map_err(|error| Refused::because(&error))?;
    let made_at = told(opened, copying, async |intent| opened.trust.copy_as_told(intent, &folder).await).await?;
    opened.config.remember_second_copy(&folder).map_err(|error| Refused::because(&error))?;
    *opened.second_copy.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.clone());
    said(&CopyLine { folder, made_at: Some(made_at), is_in_step: true })
}

pub(super) async fn drill(opened: &Opened, asked: Option<PathBuf>) -> Result<Value, Refused> {
    let folder = named(opened, asked)?;
    // Afresh from its provider: that is what a restore would have.
    let root_key = opened.config.root.open().map_err(|error| Refused::because(&error))?;
    let asked_at = opened.stores.clock().now();
    let drill = told(opened, DrillCopy { asked_at }, async |_| opened.trust.drill(&folder, root_key).await).await?;
    let Drill { made_at, tenants, opened: opens, destroyed_since, made_since, failed, named } = drill;
    let age = opened.stores.clock().now().micros().saturating_sub(made_at.micros());
    said(&DrillFacts {
        folder,
        made_at,
        age_seconds: age.max(0).unsigned_abs() / 1_000_000,
        tenants,
        opened: opens,
        destroyed_since,
        made_since,
        failed,
        named,
    })
}

/// The copy is tried out.
#[derive(Clone, Copy)]
struct DrillCopy {
    asked_at: Timestamp,
}

impl Effect for DrillCopy {
    const KIND: EffectKind = EffectKind::KeyringDrill;

    fn facts(&self) -> Value {
        json!({ "asked_at": self.asked_at.micros() })
    }
}

/// Does something with the keyring of which the instance's ledger tells before and after.
async fn told<E: Effect, T>(opened: &Opened, effect: E, work: impl AsyncFnOnce(&Intent<E>) -> Result<T, CopyError>) -> Result<T, Refused> {
    let (keys, actor) = (opened.trust.keyring(), Actor::System(SystemWork::HostAdministration));
    let intend = opened.stores.system().write(move |tx| intend_instance(tx, &*keys, actor, effect.clone()));
    let intent: Result<Intent<E>, StoreError> = intend.await;
    let intent = intent.map_err(|error| Refused::because(&error))?;
    let done = work(&intent).await;
    let outcome = if done.is_ok() { Outcome::done() } else { Outcome::Failed { why: "refused" } };
    intent.tell(&opened.stores, opened.trust.keyring(), None, outcome).await.map_err(|error| Refused::because(&error))?;
    done.map_err(|error| Refused::because(&error))
}

/// Writes the second copy anew where the keyring has changed since: whether it did.
pub(crate) async fn keep_copy(opened: &Opened) -> Result<bool, CopyError> {
    let Some(folder) = folder(opened) else { return Ok(false) };
    let status = match opened.trust.copy_status(&folder).await {
        // What cannot be read is no copy: a new one takes its place.
        Err(CopyError::Damaged { .. } | CopyError::Format { .. }) => None,
        other => other?,
    };
    if status.is_some_and(|status| status.is_in_step) {
        return Ok(false);
    }
    opened.trust.copy_keyring(&folder).await?;
    Ok(true)
}

/// Says that there is no second copy, where there is none.
pub(crate) fn warn_without_copy(opened: &Opened) {
    if folder(opened).is_none() {
        tracing::warn!(
            "the keyring has no second copy: if this disk is lost, everything that is stored is; `purser keys copy FOLDER` makes one"
        );
    }
}

pub(super) async fn roll(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let epoch = opened.trust.roll_and_tell(&opened.stores, scope).await.map_err(|error| Refused::because(&error))?;
    said(&json!({ "epoch": epoch }))
}

/// Rolls the epochs that are due: of how many tenants.
pub(crate) async fn roll_due(opened: &Opened) -> Result<usize, TrustError> {
    let settled = opened.trust.settle_epochs(&opened.stores, &ScopeMint::for_app(), ROLLS_PAGE).await?;
    for (tenant, error) in &settled.failed {
        tracing::error!(tenant.id = %tenant, error = %error, "a tenant's keys cannot be wrapped anew");
    }
    if settled.tenants > 0 {
        tracing::info!(tenants = settled.tenants, "keys are wrapped anew and the epochs before are destroyed");
    }
    opened.trust.wipe_traces().await?;
    Ok(settled.tenants)
}
