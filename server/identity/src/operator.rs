//! Operators: the people who run the installation, each with a record of their own, and nobody's tenant.
//!
//! An operator is a named person who comes in by the operators' listener with a client certificate ([`crate::operator_certificate`]), and
//! by nothing else: there is no password, no session and no token of an operator's. What they may do is a set of [`OperatorAction`]s,
//! empty until somebody on the host says otherwise. Whoever is removed stays on record without a certificate and without a right, so that it
//! can be said for ever whose acts the ledger tells of by number.
//!
//! All of it lies in the system store, beside the instance's ledger: an act and its leaf are one transaction.

use std::collections::BTreeSet;
use std::fmt;

use kernel::{Actor, KeyRef, KeyRing, OperatorId, SystemWork, TenantId, Timestamp};
use serde_json::{Value, json};
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafEntry, LeafKind, Recorded, ledger};

use crate::data_map::place;
use crate::name::Name;
use crate::operator_certificate::OperatorCertificate;
use crate::store::operators as sql;
use crate::{Identity, NameError};

/// Most operators at a time.
pub const OPERATORS_MAX: i64 = 100;
/// For what the keyed hash of a name is.
const NAME_INDEX: &str = "operator name";
/// Who makes operators: whoever has a shell on the host.
const HOST: Actor = Actor::System(SystemWork::HostAdministration);

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        /// What an operator may do. Each request of the operators' listener asks for exactly one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OperatorAction { $($(#[doc = $doc])* $name,)* }

        impl OperatorAction {
            /// Every action, in alphabetical order of its text.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text form, `noun:verb`.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

actions! {
    /// See bans and lift them.
    BansManage = "bans:manage";
    /// Act on breaches of security.
    BreachManage = "breach:manage";
    /// Have the doctor's checks made.
    DoctorRun = "doctor:run";
    /// Have devices, people and tenants erased.
    ErasureManage = "erasure:manage";
    /// See and fetch feeds of advisories.
    FeedsManage = "feeds:manage";
    /// Read the instance's own ledger, and what ledgers are now.
    LogRead = "log:read";
    /// See how mail stands and try it.
    MailManage = "mail:manage";
    /// Keep the registers of the law.
    RegistersManage = "registers:manage";
    /// See what is deleted next, and delete it.
    RetentionManage = "retention:manage";
    /// Have it verified that what is stored is what was written.
    StoreVerify = "store:verify";
    /// Make tenants, and links for owners who have not come yet.
    TenantsCreate = "tenants:create";
    /// See which tenants there are.
    TenantsList = "tenants:list";
    /// Let a tenant's people in again who shut themselves out.
    TenantsRelease = "tenants:release";
}

impl OperatorAction {
    /// The action of this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.text() == text)
    }
}

/// A set of actions, as it is stored: texts with spaces between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorActions(BTreeSet<OperatorAction>);

impl OperatorActions {
    /// Whether it has this one.
    #[must_use]
    pub fn contains(&self, action: OperatorAction) -> bool {
        self.0.contains(&action)
    }

    /// The texts, in alphabetical order.
    #[must_use]
    pub fn texts(&self) -> Vec<&'static str> {
        self.0.iter().map(|action| action.text()).collect()
    }

    /// What was stored. What is known no more is no right.
    fn of_stored(text: &str) -> Self {
        text.split(' ').filter_map(OperatorAction::from_text).collect()
    }
}

impl FromIterator<OperatorAction> for OperatorActions {
    fn from_iter<I: IntoIterator<Item = OperatorAction>>(actions: I) -> Self {
        Self(actions.into_iter().collect())
    }
}

impl fmt::Display for OperatorActions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(" "))
    }
}

/// An operator as listed.
#[derive(Clone, Debug)]
pub struct OperatorSummary {
    /// The number.
    pub operator: OperatorId,
    /// The person.
    pub name: String,
    /// What they may do.
    pub actions: OperatorActions,
    /// When they were made one.
    pub created_at: Timestamp,
    /// When they left.
    pub removed_at: Option<Timestamp>,
    /// By which certificates they come in; those that ended too, until the next is issued.
    pub certificates: Vec<OperatorCertificate>,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// Not the name of a person.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Somebody of this name is one.
    #[error("somebody of this name is an operator already: one person has one record")]
    NameTaken,
    /// Nobody of this name or number is one.
    #[error("there is no such operator")]
    NotFound,
    /// There is no such certificate.
    #[error("there is no such certificate of an operator's")]
    NoCertificate,
    /// As many operators as there may be.
    #[error("there are at most {OPERATORS_MAX} operators: remove one first")]
    TooMany,
    /// As many certificates as a person may have.
    #[error("an operator has at most {0} certificates: revoke one first")]
    TooManyCertificates(i64),
    /// Longer or shorter than a certificate may live.
    #[error("an operator's certificate lives from 1 to {0} days")]
    Days(u16),
    /// The request for a certificate is none.
    #[error(transparent)]
    Request(#[from] web::client_authority::RequestError),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] web::certificate::CertificateError),
    /// What was asked for is not this operator's to ask.
    #[error("this operator may not do that")]
    NotAllowed,
    /// Storage or keys failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Identity {
    /// Makes somebody an operator, with these actions.
    ///
    /// # Errors
    /// [`OperatorError::NameTaken`], [`OperatorError::TooMany`]; store and keys.
    pub async fn add_operator(&self, name: &Name, actions: OperatorActions) -> Result<OperatorId, OperatorError> {
        let (keys, name) = (self.keys(), name.clone());
        let operator = OperatorId::from_random(self.rng().bits());
        let add = self.0.stores.system().write(move |tx| {
            if tx.query_one(&sql::COUNT_OPERATORS, &[])?.get::<i64>(0)? >= OPERATORS_MAX {
                return Err(OperatorError::TooMany);
            }
            let told = record(tx, keys.as_ref(), HOST, (LeafKind::OperatorAdded, operator), json!({ "actions": actions.texts() }))?;
            if insert(tx, &told, keys.as_ref(), (operator, &name, &actions))? { Ok(operator) } else { Err(OperatorError::NameTaken) }
        });
        add.await
    }

    /// Every operator, those who left too.
    ///
    /// # Errors
    /// Store and keys.
    pub async fn operators(&self) -> Result<Vec<OperatorSummary>, OperatorError> {
        let keys = self.keys();
        let read = self.0.stores.system().read(move |tx| {
            let certificates = crate::operator_certificate::all(tx)?;
            let rows = tx.query(&sql::OPERATORS, &[])?;
            let summary = |row: &store::Row| -> Result<OperatorSummary, StoreError> {
                let operator: OperatorId = row.get(0)?;
                let name: Sealed<String> = row.get(1)?;
                let own = certificates.iter().filter(|certificate| certificate.operator == operator).copied();
                Ok(OperatorSummary {
                    operator,
                    name: name.open(keys.as_ref(), KeyRef::Instance, place::operator_name(operator.number()))?,
                    actions: OperatorActions::of_stored(&row.get::<String>(2)?),
                    created_at: row.get(3)?,
                    removed_at: row.get(4)?,
                    certificates: own.collect(),
                })
            };
            rows.iter().map(summary).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }

    /// Says what an operator may do from now on, whatever it was before.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`]; store and keys.
    pub async fn allow_operator(&self, who: &str, actions: OperatorActions) -> Result<OperatorId, OperatorError> {
        let (keys, who) = (self.keys(), who.to_owned());
        let change = self.0.stores.system().write(move |tx| {
            let operator = named(tx, keys.as_ref(), &who)?;
            let told = record(tx, keys.as_ref(), HOST, (LeafKind::OperatorChanged, operator), json!({ "actions": actions.texts() }))?;
            set_actions(tx, &told, operator, &actions)?;
            Ok::<_, OperatorError>(operator)
        });
        change.await
    }

    /// Ends that somebody is an operator: every certificate of theirs is none from now on, on connections that stand too.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`]; store and keys.
    pub async fn remove_operator(&self, who: &str) -> Result<OperatorId, OperatorError> {
        let (keys, who) = (self.keys(), who.to_owned());
        let remove = self.0.stores.system().write(move |tx| {
            let operator = named(tx, keys.as_ref(), &who)?;
            let certificates = tx.query_one(&sql::COUNT_OPERATOR_CERTIFICATES, &params![operator])?.get::<i64>(0)?;
            let told = record(tx, keys.as_ref(), HOST, (LeafKind::OperatorRemoved, operator), json!({ "certificates": certificates }))?;
            remove(tx, &told, operator)?;
            Ok::<_, OperatorError>(operator)
        });
        remove.await
    }

    /// Lets an operator do something, which is in the instance's ledger before it is done. Whether they still are one and may do it
    /// is asked in the same transaction.
    ///
    /// # Errors
    /// [`OperatorError::NotAllowed`]; store and keys.
    pub async fn operator_acts(&self, operator: OperatorId, act: OperatorAct) -> Result<Recorded, OperatorError> {
        let keys = self.keys();
        let acts = self.0.stores.system().write(move |tx| {
            // Whoever removes them, or changes what they may, waits for this or is waited for.
            if tx.execute(&sql::TAKE_OPERATORS_TURN, &params![operator])? == 0 {
                return Err(OperatorError::NotAllowed);
            }
            let row = tx.query_optional(&sql::OPERATOR_ACTIONS, &params![operator])?;
            let actions = row.map(|row| row.get::<String>(0)).transpose()?.unwrap_or_default();
            if !OperatorActions::of_stored(&actions).contains(act.action) {
                return Err(OperatorError::NotAllowed);
            }
            let OperatorAct { action, request, tenant } = &act;
            let payload = json!({ "action": action.text(), "request": request, "tenant": tenant });
            Ok(record(tx, keys.as_ref(), Actor::Operator(operator), (LeafKind::OperatorActed, operator), payload)?)
        });
        acts.await
    }
}

/// What an operator asks for.
#[derive(Clone, Debug)]
pub struct OperatorAct {
    /// What it takes.
    pub action: OperatorAction,
    /// The request, by name.
    pub request: String,
    /// The tenant that it is about, where it is about one.
    pub tenant: Option<TenantId>,
}

/// A leaf of the instance's ledger about an operator, who stands in it by number.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    actor: Actor,
    (kind, operator): (LeafKind, OperatorId),
    payload: Value,
) -> Result<Recorded, StoreError> {
    ledger::record_instance(tx, keys, actor, LeafEntry { kind, subject: Some(operator.number()), payload })
}

/// The operator of a name, or of a number (`opr_…`), who has a turn with this transaction.
pub(crate) fn named(tx: &mut Tx<'_>, keys: &dyn KeyRing, who: &str) -> Result<OperatorId, OperatorError> {
    let operator = match who.parse::<OperatorId>() {
        Ok(operator) => Some(operator),
        Err(_a_name) => {
            let row = tx.query_optional(&sql::OPERATOR_BY_NAME, &params![name_index(keys, &who.parse()?)?])?;
            row.map(|row| row.get(0)).transpose()?
        }
    };
    let operator = operator.ok_or(OperatorError::NotFound)?;
    match tx.execute(&sql::TAKE_OPERATORS_TURN, &params![operator])? {
        0 => Err(OperatorError::NotFound),
        _ => Ok(operator),
    }
}

/// The same for a name however its letters are written.
fn name_index(keys: &dyn KeyRing, name: &Name) -> Result<Vec<u8>, StoreError> {
    Ok(keys.blind_index(KeyRef::Instance, NAME_INDEX, name.as_text().to_lowercase().as_bytes())?.to_vec())
}

/// Whether there was nobody of that name.
fn insert(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (operator, name, actions): (OperatorId, &Name, &OperatorActions),
) -> Result<bool, StoreError> {
    let sealed = Sealed::seal(keys, KeyRef::Instance, place::operator_name(operator.number()), &name.as_text().to_owned())?;
    let row = params![operator, name_index(keys, name)?, sealed, actions.to_string(), tx.now()];
    Ok(tx.execute(&sql::INSERT_OPERATOR, &row)? == 1)
}

fn set_actions(tx: &mut Tx<'_>, _told: &Recorded, operator: OperatorId, actions: &OperatorActions) -> Result<(), StoreError> {
    tx.execute(&sql::SET_OPERATOR_ACTIONS, &params![operator, actions.to_string()]).map(|_| ())
}

fn remove(tx: &mut Tx<'_>, _told: &Recorded, operator: OperatorId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_CERTIFICATES_OF_OPERATOR, &params![operator])?;
    tx.execute(&sql::REMOVE_OPERATOR, &params![operator, tx.now()]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_stand_in_order_and_are_found_by_text() {
        assert!(OperatorAction::ALL.is_sorted_by_key(|action| action.text()));
        assert!(OperatorAction::ALL.iter().all(|action| OperatorAction::from_text(action.text()) == Some(*action)));
    }

    #[test]
    fn a_set_is_read_as_it_was_stored_and_what_is_known_no_more_is_no_right() {
        let every: OperatorActions = OperatorAction::ALL.iter().copied().collect();
        assert_eq!(OperatorActions::of_stored(&every.to_string()), every);
        assert_eq!(OperatorActions::of_stored(""), OperatorActions::default());
        assert_eq!(OperatorActions::of_stored("doctor:run everything:do").texts(), ["doctor:run"]);
    }
}
