//! Whose data a breach affected: computed from the ledgers, never typed.
//!
//! Every tenant's ledger is looked through whole (`ledger::search`), and the instance's, where acts stand that concern all
//! tenants at once. A tenant whose ledger is not what was signed of it, has lost entries or cannot be read counts as affected: what
//! it would have told, nobody knows. The same question has the same answer as long as no tenant is erased, since a window ends in
//! the past and entries stay; its digest is in the instance's ledger.

use kernel::{SystemWork, TenantId, Timestamp};
use seal::hash::{DIGEST_BYTES, sha256};
use seal::hex;
use seal::merkle::Hash;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, StoreError};

use super::clocks::texts;
use super::criteria::Criteria;
use super::{CaseError, Cases};
use crate::LedgerError;
use crate::ledger::search::{Found, Searched};
use crate::ledger::stored::Clear;

/// Entries that are named of each tenant; more are counted.
pub const EVIDENCE_MAX: usize = 20;

texts! {
    /// Why a tenant counts as affected.
    Reason {
        /// Entries of its own ledger say so.
        Entries = "entries";
        /// An entry of the instance's ledger concerns every tenant that there was, or names it.
        EveryTenant = "every-tenant";
        /// It was there when everything was taken.
        Existed = "existed";
        /// Entries of its ledger, or of the instance's, are lost that could have said so: nobody knows.
        Lost = "lost";
        /// Its ledger, or the instance's, is not what was signed of it: nobody knows.
        Unclear = "unclear";
        /// Its ledger cannot be read: nobody knows.
        Unreadable = "unreadable";
    }
}

/// An affected tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Whose data.
    pub tenant: TenantId,
    /// Why.
    pub reason: Reason,
    /// How many entries say so.
    pub found: u64,
    /// The first of them.
    pub evidence: Vec<Evidence>,
    /// How many entries the tenant's ledger had.
    pub log_size: u64,
    /// The root over them.
    pub log_root: Hash,
    /// When the tenant was told.
    pub told_at: Option<Timestamp>,
}

/// An entry that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Whether it stands in the instance's ledger; else in the tenant's own.
    pub is_instances: bool,
    /// The entry.
    pub entry: Entry,
}

/// An entry of a ledger.
pub type Entry = Found;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many tenants' ledgers were looked through.
    pub tenants: u64,
    /// The affected ones, in the order of their numbers.
    pub affected: Vec<Affected>,
}

impl Answer {
    /// The digest over question and answer: what the instance's ledger says. It does not depend on how the ledgers grew since.
    #[must_use]
    pub fn digest(&self, criteria: &Criteria) -> [u8; DIGEST_BYTES] {
        let line = |one: &Affected| json!([one.tenant.to_string(), one.reason.text(), one.found, one.evidence]);
        let lines: Vec<_> = self.affected.iter().map(line).collect();
        sha256(json!(["purser breach", criteria.written(), lines]).to_string().as_bytes())
    }
}

impl Cases {
    /// Asks the ledgers. Nothing is stored.
    ///
    /// # Errors
    /// [`CaseError::Criteria`]; the system store's and the keyring's.
    pub async fn compute(&self, criteria: Criteria) -> Result<Answer, CaseError> {
        let criteria = criteria.checked(self.now())?;
        // All of them: which of them concern a tenant depends on when it came.
        let is_met = move |leaf: &Clear, intended| criteria.is_met_for_all_by(leaf, intended);
        let of_all = self.ledger().search_instance(usize::MAX, is_met).await?;
        let mut tenants = self.stores().tenants().await?;
        tenants.sort_unstable_by_key(|tenant| tenant.number());
        let mut answer = Answer { tenants: 0, affected: Vec::new() };
        for tenant in tenants {
            match self.search(tenant, criteria).await {
                Ok(searched) => {
                    answer.tenants += 1;
                    answer.affected.extend(judge(tenant, criteria, &searched, &of_all));
                }
                // Nothing of it is left that could be told. A store that is gone without an erasure is another matter.
                Err(LedgerError::Store(StoreError::NotFound)) if self.is_erased(tenant).await? => {}
                // One broken store stops no answer about the others.
                Err(error) => {
                    tracing::error!(tenant.id = %tenant, error = %error, "a tenant's ledger cannot be read for a breach: it counts as affected");
                    answer.affected.push(Affected::unreadable(tenant));
                }
            }
        }
        if criteria.is_about_a_credential() && answer.affected.iter().any(|one| one.reason == Reason::Entries) {
            // It is known whose it is: what others have lost was nothing of it.
            answer.affected.retain(|one| one.reason != Reason::Lost);
        }
        Ok(answer)
    }

    async fn search(&self, tenant: TenantId, criteria: Criteria) -> Result<Searched, LedgerError> {
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        self.ledger().search_tenant(&scope, EVIDENCE_MAX, move |leaf, intended| criteria.is_met_by(leaf, intended)).await
    }
}

fn judge(tenant: TenantId, criteria: Criteria, searched: &Searched, of_all: &Searched) -> Option<Affected> {
    let own = searched.first.iter().cloned().map(|entry| Evidence { is_instances: false, entry });
    // What concerned everybody did not concern who came later.
    let was_there = |at: Timestamp| searched.began_at.is_none_or(|began_at| began_at <= at);
    let is_its = |entry: &&Found| entry.tenant.is_none_or(|of| of == tenant);
    let others = of_all.first.iter().filter(|entry| was_there(entry.at)).filter(is_its).cloned();
    let others: Vec<Evidence> = others.map(|entry| Evidence { is_instances: true, entry }).collect();
    let existed = searched.began_at.is_some_and(|began_at| criteria.is_met_by_being(began_at));
    let has_lost = |searched: &Searched| searched.lost_at.is_some_and(|lost_at| criteria.is_open_about_what_was_lost_by(lost_at));
    let reason = match () {
        () if !searched.is_whole || !of_all.is_whole => Reason::Unclear,
        () if searched.found > 0 => Reason::Entries,
        () if existed => Reason::Existed,
        () if !others.is_empty() => Reason::EveryTenant,
        () if has_lost(searched) || has_lost(of_all) => Reason::Lost,
        () => return None,
    };
    let found = searched.found + others.len() as u64;
    let evidence = own.chain(others).take(EVIDENCE_MAX).collect();
    Some(Affected { tenant, reason, found, evidence, log_size: searched.size, log_root: searched.root, told_at: None })
}

impl Affected {
    fn unreadable(tenant: TenantId) -> Self {
        let (reason, log_root) = (Reason::Unreadable, seal::merkle::root(&[]));
        Self { tenant, reason, found: 0, evidence: Vec::new(), log_size: 0, log_root, told_at: None }
    }

    pub(super) fn of(row: &Row) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt("a row of a breach's affected tenants".into());
        Ok(Self {
            tenant: row.get(0)?,
            reason: Reason::from_text(&row.get::<String>(1)?).ok_or_else(broken)?,
            found: row.get::<i64>(2)?.unsigned_abs(),
            evidence: serde_json::from_str(&row.get::<String>(3)?).map_err(|_none| broken())?,
            log_size: row.get::<i64>(4)?.unsigned_abs(),
            log_root: row.get(5)?,
            told_at: row.get(6)?,
        })
    }

    /// The root as text.
    #[must_use]
    pub fn log_root_text(&self) -> String {
        hex::encode(&self.log_root)
    }
}
