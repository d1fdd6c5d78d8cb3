//! Who the operators are, for whoever may read the data folder: nobody else makes one, or says what they may.

use identity::Name;
use identity::operator::{OperatorAction, OperatorActions, OperatorError, OperatorSummary};
use identity::operator_certificate::{OPERATOR_CERTIFICATE_DAYS_DEFAULT, OperatorCertificate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wire::Timestamp;
use words::{Sentence, sentence};

use super::perform::{Refused, said};
use crate::in_words::chain;
use crate::opened::Opened;

/// What can be asked about operators.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OperatorRequest {
    /// Make a person an operator: [`OperatorLine`].
    Add {
        /// The person's name.
        name: String,
        /// What they may do; nothing where empty.
        actions: Vec<String>,
    },
    /// Every operator: a list of [`OperatorLine`].
    List {},
    /// Say what an operator may do: [`OperatorLine`].
    Allow {
        /// Name or number.
        operator: String,
        /// What they may do from now on; nothing where empty.
        actions: Vec<String>,
    },
    /// Issue a client certificate: [`OperatorCertificateIssued`].
    Certificate {
        /// Name or number.
        operator: String,
        /// The request for it, PKCS#10 in PEM form.
        request: String,
        /// For how many days; the usual time where absent.
        days: Option<u16>,
    },
    /// Revoke a client certificate: nothing is answered.
    RevokeCertificate {
        /// Which.
        certificate: String,
    },
    /// End that somebody is an operator: [`OperatorLine`].
    Remove {
        /// Name or number.
        operator: String,
    },
}

/// An operator.
#[derive(Serialize, Deserialize)]
pub struct OperatorLine {
    /// The number, by which the ledger knows them.
    pub operator: String,
    /// The person.
    pub name: String,
    /// What they may do.
    pub actions: Vec<String>,
    /// When they were made one.
    pub created_at: Timestamp,
    /// When they left.
    pub removed_at: Option<Timestamp>,
    /// By which certificates they come in.
    pub certificates: Vec<OperatorCertificateLine>,
}

/// A client certificate of an operator's.
#[derive(Serialize, Deserialize)]
pub struct OperatorCertificateLine {
    /// Its id.
    pub certificate: String,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// One that was issued.
#[derive(Serialize, Deserialize)]
pub struct OperatorCertificateIssued {
    /// Whose: the number.
    pub operator: String,
    /// The certificate.
    #[serde(flatten)]
    pub line: OperatorCertificateLine,
    /// The certificate itself, PEM.
    pub certificate_pem: String,
    /// The certificate of the authority that signed it, PEM.
    pub authority_pem: String,
}

pub(super) async fn perform(opened: &Opened, asked: OperatorRequest) -> Result<Value, Refused> {
    let identity = &opened.identity;
    match asked {
        OperatorRequest::Add { name, actions } => {
            let name: Name = name.parse().map_err(|error: identity::NameError| refused(error.into()))?;
            let operator = identity.add_operator(&name, actions_of(&actions)?).await.map_err(refused)?;
            one(opened, operator).await
        }
        OperatorRequest::List {} => said(&identity.operators().await.map_err(refused)?.into_iter().map(line).collect::<Vec<_>>()),
        OperatorRequest::Allow { operator, actions } => {
            let operator = identity.allow_operator(&operator, actions_of(&actions)?).await.map_err(refused)?;
            one(opened, operator).await
        }
        OperatorRequest::Certificate { operator, request, days } => {
            let days = days.unwrap_or(OPERATOR_CERTIFICATE_DAYS_DEFAULT);
            let issued = identity.issue_operator_certificate(&operator, &request, days).await.map_err(refused)?;
            let (certificate_pem, authority_pem) = (issued.certificate_pem, issued.authority_pem);
            let (operator, line) = (issued.certificate.operator.to_string(), certificate_line(&issued.certificate));
            said(&OperatorCertificateIssued { operator, line, certificate_pem, authority_pem })
        }
        OperatorRequest::RevokeCertificate { certificate } => {
            let id = certificate.parse().map_err(|_not_an_id| {
                Refused::saying(sentence!(
                    "`{certificate}` is no certificate's number: it begins with crt_, as `purser operator list` shows it",
                    "`{certificate}` nie jest numerem certyfikatu: zaczyna się on od crt_, jak w `purser operator list`"
                ))
            })?;
            identity.revoke_operator_certificate(id).await.map_err(refused)?;
            said(&json!(null))
        }
        OperatorRequest::Remove { operator } => {
            let operator = identity.remove_operator(&operator).await.map_err(refused)?;
            one(opened, operator).await
        }
    }
}

async fn one(opened: &Opened, operator: kernel::OperatorId) -> Result<Value, Refused> {
    let all = opened.identity.operators().await.map_err(refused)?;
    let found = all.into_iter().find(|summary| summary.operator == operator).ok_or_else(|| refused(OperatorError::NotFound))?;
    said(&line(found))
}

fn actions_of(texts: &[String]) -> Result<OperatorActions, Refused> {
    let action = |text: &String| {
        OperatorAction::from_text(text).ok_or_else(|| {
            let known: Vec<_> = OperatorAction::ALL.iter().map(|action| action.text()).collect();
            let known = known.join(", ");
            Refused::saying(sentence!(
                "there is no action {text} of operators; there are {known}",
                "operatorzy nie mają czynności {text}; są {known}"
            ))
        })
    };
    texts.iter().map(action).collect()
}

fn line(summary: OperatorSummary) -> OperatorLine {
    OperatorLine {
        operator: summary.operator.to_string(),
        actions: summary.actions.texts().into_iter().map(ToOwned::to_owned).collect(),
        name: summary.name,
        created_at: summary.created_at,
        removed_at: summary.removed_at,
        certificates: summary.certificates.iter().map(certificate_line).collect(),
    }
}

fn certificate_line(certificate: &OperatorCertificate) -> OperatorCertificateLine {
    OperatorCertificateLine {
        certificate: certificate.certificate.to_string(),
        fingerprint: certificate.fingerprint.to_string(),
        created_at: certificate.created_at,
        expires_at: certificate.expires_at,
    }
}

fn refused(error: OperatorError) -> Refused {
    let own = error.to_string();
    let polish = match &error {
        OperatorError::NameTaken => "ktoś o tej nazwie już jest operatorem: jedna osoba ma jeden wpis".to_owned(),
        OperatorError::NotFound => "nie ma takiego operatora; pokazuje ich `purser operator list`".to_owned(),
        OperatorError::NoCertificate => "żaden operator nie ma takiego certyfikatu".to_owned(),
        OperatorError::TooMany => {
            format!("operatorów jest najwyżej {}: najpierw usuń któregoś", identity::operator::OPERATORS_MAX)
        }
        OperatorError::TooManyCertificates(limit) => format!("operator ma najwyżej {limit} certyfikatów: najpierw unieważnij któryś"),
        OperatorError::Days(most) => format!("certyfikat operatora żyje od 1 do {most} dni"),
        OperatorError::NotAllowed => "temu operatorowi nie wolno tego robić".to_owned(),
        OperatorError::Name(_) | OperatorError::Request(_) | OperatorError::Certificate(_) | OperatorError::Store(_) => {
            return Refused::saying(chain(&error));
        }
    };
    Refused::saying(Sentence::new(own, polish))
}
