//! What operators may ask by their listener: each request of the host's takes one action, or stays on the host.
//!
//! On the host stay: who the operators are; the root key, the keyring and its copies; what opens a tenant's data or gives a way into them
//! (tokens, set-up links of tenants that are there already, recovery, exports, the lines of a ledger, the access log, what people ask
//! about their data); and what reads or writes the host's own files. Operators are shown the names of tenants, accounts by their numbers,
//! banned addresses and the subjects of letters that wait.

use std::sync::Arc;

use identity::IdentityError;
use identity::operator::{OperatorAct, OperatorAction, OperatorError};
use kernel::problem::ProblemKind;
use kernel::{Actor, ClientCertificate, Denied, DeviceScope, OperatorId, Problem, ScopeMint, TenantId};
use serde_json::{Value, json};
use store::StoreError;
use trust::{LeafEntry, LeafKind, ledger};
use web::Operators;
use web::operators::{Known, Performed};

use super::{Request, answer};
use crate::opened::Opened;

/// What an operator needs for a request; nothing where it stays on the host.
pub(crate) const fn action_of(request: &Request) -> Option<OperatorAction> {
    Some(match request {
        Request::TenantList {} => OperatorAction::TenantsList,
        Request::TenantCreate { .. } => OperatorAction::TenantsCreate,
        Request::TenantReleaseSignOn { .. } | Request::TenantClearNetworks { .. } => OperatorAction::TenantsRelease,
        Request::Certificate {} | Request::DoctorChecks {} | Request::DoctorCheck { .. } | Request::DoctorIndex {} => {
            OperatorAction::DoctorRun
        }
        Request::ErasureRequest { .. } | Request::ErasureList { .. } | Request::ErasureCancel { .. } | Request::ErasureReceipt { .. } => {
            OperatorAction::ErasureManage
        }
        Request::LedgerCheckpoint { .. }
        | Request::InstanceCheckpoint { .. }
        | Request::InstanceLogList { .. }
        | Request::InstanceLogProof { .. }
        | Request::InstanceLogCheckpoint {} => OperatorAction::LogRead,
        Request::BansList {} | Request::BanLift { .. } => OperatorAction::BansManage,
        Request::SubProcessorPropose { .. }
        | Request::SubProcessorAnnounce { .. }
        | Request::SubProcessorEnd { .. }
        | Request::SubProcessorList {}
        | Request::ProcessingRecord {} => OperatorAction::RegistersManage,
        Request::RetentionShow { .. } | Request::RetentionRun { .. } => OperatorAction::RetentionManage,
        Request::MailStatus {} | Request::MailTest { .. } | Request::MailQueue { .. } => OperatorAction::MailManage,
        Request::Breach { .. } => OperatorAction::BreachManage,
        Request::VerifyStore { .. } => OperatorAction::StoreVerify,
        Request::FeedsList {} | Request::FeedsFetch { .. } => OperatorAction::FeedsManage,
        Request::TenantLink { .. }
        | Request::UserRecover { .. }
        | Request::EnrolmentCreate { .. }
        | Request::TokenCreate { .. }
        | Request::CertificateIssue { .. }
        | Request::CertificateList { .. }
        | Request::CertificateRevoke { .. }
        | Request::KeysStatus {}
        | Request::KeysCopy { .. }
        | Request::KeysDrill { .. }
        | Request::KeysRoll { .. }
        | Request::LedgerSucceed { .. }
        | Request::LedgerFile { .. }
        | Request::AccessLogPage { .. }
        | Request::AccessLogDays {}
        | Request::Rights { .. }
        | Request::Operator { .. }
        | Request::Export { .. }
        | Request::Import { .. }
        | Request::StoreAccept { .. }
        | Request::VerifyBackup { .. }
        | Request::ExportProgress { .. }
        | Request::FeedsImport { .. }
        | Request::FeedsProgress { .. } => return None,
    })
}

/// The operators' door of an installation.
pub(crate) fn door(opened: Opened) -> Arc<dyn Operators> {
    Arc::new(Door(opened))
}

struct Door(Opened);

impl Operators for Door {
    fn known(&self, certificate: ClientCertificate) -> Known<'_> {
        Box::pin(async move {
            match self.0.identity.operator_of(certificate).await {
                Ok(found) => found.ok_or(Denied::Certificate),
                Err(error) => {
                    tracing::error!(%error, "operators' certificates cannot be looked up");
                    Err(Denied::Unavailable)
                }
            }
        })
    }

    fn perform(&self, operator: OperatorId, asked: Value) -> Performed<'_> {
        Box::pin(async move {
            // What is not understood is told of by `answer`; it does nothing.
            if let Ok(request) = serde_json::from_value::<Request>(asked.clone()) {
                let text = |field: &str| asked.get(field).and_then(Value::as_str);
                let tenant = text("tenant").and_then(|text| text.parse::<TenantId>().ok());
                // A request of several acts says which one.
                let part = asked.pointer("/asked/act").and_then(Value::as_str);
                let name = text("do").into_iter().chain(part).collect::<Vec<_>>().join(" ");
                // Not in the ledger, where whoever has a key could write without end.
                let refused = || tracing::warn!(operator.id = %operator, request = name, "an operator asked for what is not theirs to ask");
                let action = action_of(&request).ok_or_else(|| {
                    refused();
                    on_the_host()
                })?;
                let act = OperatorAct { action, request: name.clone(), tenant };
                let told = self.0.identity.operator_acts(operator, act.clone()).await;
                told.inspect_err(|error| {
                    if matches!(error, OperatorError::NotAllowed) {
                        refused();
                    }
                })
                .map_err(|error| problem_of(&error, action))?;
                tell_tenant(&self.0, operator, &act).await?;
            }
            Ok(answer(&self.0, asked).await)
        })
    }
}

/// The tenant that it is about sees in its own ledger which operator asks for what; that store is another than the instance's.
async fn tell_tenant(opened: &Opened, operator: OperatorId, act: &OperatorAct) -> Result<(), Problem> {
    let Some(tenant) = act.tenant else { return Ok(()) };
    match opened.identity.settings(tenant).await {
        Ok(_known) => {}
        // Whoever asks for what is nobody's is told so by the answer.
        Err(IdentityError::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let scope = ScopeMint::for_app().mint(tenant, Actor::Operator(operator), &[], DeviceScope::None);
    let payload = json!({ "action": act.action.text(), "request": act.request });
    let entry = LeafEntry { kind: LeafKind::OperatorActed, subject: Some(operator.number()), payload };
    let keys = opened.trust.keyring();
    let write = opened.stores.tenant(&scope.clone());
    let told = write.write(move |tx| ledger::record(tx, &*keys, &scope, entry.clone()).map(|_told| ()));
    told.await.map_err(|error: StoreError| error.into())
}

fn on_the_host() -> Problem {
    Problem::new(ProblemKind::FORBIDDEN, "This is done on the host only, by whoever has a shell there.")
}

fn problem_of(error: &OperatorError, action: OperatorAction) -> Problem {
    match error {
        OperatorError::NotAllowed => {
            let action = action.text();
            let detail = format!("This takes the action {action}. Whoever administers the host gives it: purser operator allow.");
            Problem::new(ProblemKind::FORBIDDEN, detail)
        }
        error => Problem::internal(error),
    }
}
