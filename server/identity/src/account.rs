//! One's own account: what was done with it, and the language of the console.

use kernel::{Scope, Timestamp};
use serde_json::json;
use store::params;
use trust::{Leaf, LeafKind, ledger};

use crate::setup::Language;
use crate::store as sql;
use crate::{Identity, IdentityError};

/// What a history tells of.
const KINDS: [LeafKind; 10] = [
    LeafKind::SignedIn,
    LeafKind::SignInFailed,
    LeafKind::SignedOut,
    LeafKind::PasswordChanged,
    LeafKind::PasskeyAdded,
    LeafKind::PasskeyRemoved,
    LeafKind::RecoveryCodesMade,
    LeafKind::RecoveryCodeUsed,
    LeafKind::SessionsEnded,
    LeafKind::SetupFinished,
];
/// Entries that a history shows at most, the newest first.
pub const HISTORY_MAX: usize = 50;

/// What was done with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What: the kind of the ledger's entry.
    pub kind: &'static str,
}

impl Identity {
    /// What was done with the acting person's account, from the tenant's ledger: there is no second list that could tell
    /// something else.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; keys and store.
    pub async fn account_history(&self, scope: &Scope) -> Result<Vec<Happened>, IdentityError> {
        let user = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        let (keys, scope) = (self.keys(), scope.clone());
        let db = self.0.stores.tenant(&scope);
        let read = db.read(move |tx| {
            let mut leaves: Vec<Leaf> = Vec::new();
            for kind in KINDS {
                leaves.extend(ledger::newest_about(tx, keys.as_ref(), &scope, (kind, user.number()), HISTORY_MAX)?);
            }
            Ok::<_, store::StoreError>(leaves)
        });
        let happened = |leaf: Leaf| {
            let at = leaf.entry.as_ref().and_then(|entry| entry["at"].as_i64())?;
            Some(Happened { at: Timestamp::from_micros(at), kind: leaf.kind.text() })
        };
        let mut all: Vec<Happened> = read.await?.into_iter().filter_map(happened).collect();
        all.sort_by_key(|happened| std::cmp::Reverse(happened.at));
        all.truncate(HISTORY_MAX);
        Ok(all)
    }

    /// Changes the language in which the acting person sees the console and gets mails.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; keys and store.
    pub async fn change_language(&self, scope: &Scope, language: Language) -> Result<(), IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        self.record(scope, LeafKind::ProfileChanged, Some(user.number()), json!({ "language": language.text() })).await?;
        self.db().write(move |tx| tx.execute(&sql::SET_LANGUAGE, &params![user, tenant, language.text()])).await?;
        Ok(())
    }
}
