//! What an import puts where an export of a tenant leaves something out: accounts are there, but nothing opens them. Each
//! user gets a way back in by `purser user recover`.

use std::collections::BTreeMap;

use kernel::{ProviderId, TenantId};
use serde_json::value::RawValue;
use store::{StoreError, Value};
use trust::StandIn;
use zeroize::Zeroizing;

use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::{external_index, name_index};
use crate::email::Email;
use crate::sign_in::email_index;
use crate::single_sign_on::flow::{STEP_OF_NOBODY, subject_index};
use crate::totp::Secret;

impl Identity {
    /// For a column of a row of this crate; nothing for what is none of it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where an account's address is none; keys.
    pub fn stand_in(&self, table: &str, column: &str, row: &BTreeMap<String, Box<RawValue>>) -> Result<Option<StandIn>, StoreError> {
        let sealed = |json: Result<Vec<u8>, serde_json::Error>| {
            json.map(|json| Some(StandIn::Sealed(Zeroizing::new(json)))).map_err(|error| StoreError::Misuse(error.to_string()))
        };
        match (table, column) {
            ("user_account", "email_index") => {
                let text: Option<String> = row.get("email").and_then(|json| serde_json::from_str(json.get()).ok());
                let step: Option<i64> = row.get("totp_step").and_then(|json| serde_json::from_str(json.get()).ok());
                // An erased address is found by nobody, nor is one that a provider told, which somebody else may have too.
                let Some(text) = text.filter(|_| step != Some(STEP_OF_NOBODY)) else {
                    return Ok(Some(StandIn::Stored(Value::from(self.rng().bytes::<32>()))));
                };
                let email: Email = text.parse().map_err(|_| StoreError::Corrupt("an account's e-mail address is none".into()))?;
                Ok(Some(StandIn::Stored(Value::from(email_index(self.keys().as_ref(), &email)?))))
            }
            ("sign_on_link", "subject_index") => {
                let text = |name: &str| row.get(name).and_then(|json| serde_json::from_str::<String>(json.get()).ok());
                let provider = row.get("provider_id").and_then(|json| serde_json::from_str::<i64>(json.get()).ok());
                let provider = provider.and_then(ProviderId::from_number);
                // An erased name is found by nobody.
                let (Some(subject), Some(provider)) = (text("subject"), provider) else {
                    return Ok(Some(StandIn::Stored(Value::from(self.rng().bytes::<32>()))));
                };
                Ok(Some(StandIn::Stored(Value::from(subject_index(self.keys().as_ref(), provider, &subject)?))))
            }
            ("directory_user", "name_index") => self.index_of_told(row, ResourceKind::User, "userName"),
            ("people_group", "name_index") => self.index_of_told(row, ResourceKind::Group, "displayName"),
            ("directory_user", "external_index") => {
                let Some((tenant, external)) = told_of(row, "externalId") else { return Ok(Some(StandIn::Stored(Value::Null))) };
                Ok(Some(StandIn::Stored(Value::from(external_index(self.keys().as_ref(), tenant, &external)?))))
            }
            // None: the provider gives out another one.
            ("sign_on_provider", "client_secret") => sealed(serde_json::to_vec("")),
            // Somewhere, where nobody is any more.
            ("token_network", "network_index") => Ok(Some(StandIn::Stored(Value::from(self.rng().bytes::<32>())))),
            // It is found by nobody: a passkey is of another installation, and goes when its person gets back in.
            ("passkey", "credential_index") => Ok(Some(StandIn::Stored(Value::from(self.rng().bytes::<32>())))),
            // The hash of a password that nobody knows.
            ("user_account", "password_hash") => sealed(serde_json::to_vec(self.0.hasher.decoy())),
            // No password that was had before is known any more: none is refused for it.
            ("former_password", "hashes") => sealed(serde_json::to_vec::<[String]>(&[])),
            // An authority without its key signs nothing, and is replaced when it would have to.
            ("certificate_authority", "private_key") => sealed(serde_json::to_vec("")),
            ("user_account" | "one_time_link", "totp_secret") => sealed(serde_json::to_vec(&Secret::random(self.rng()))),
            _ => Ok(None),
        }
    }

    /// By which a directory's user or group is found again; what has lost its name is found by nobody.
    fn index_of_told(
        &self,
        row: &BTreeMap<String, Box<RawValue>>,
        kind: ResourceKind,
        attribute: &str,
    ) -> Result<Option<StandIn>, StoreError> {
        let index = match told_of(row, attribute) {
            Some((tenant, name)) => name_index(self.keys().as_ref(), tenant, kind, &name)?,
            None => self.rng().bytes(),
        };
        Ok(Some(StandIn::Stored(Value::from(index))))
    }
}

/// Whose row it is, and an attribute of what a directory told in it.
fn told_of(row: &BTreeMap<String, Box<RawValue>>, attribute: &str) -> Option<(TenantId, String)> {
    let tenant = row.get("tenant_id").and_then(|json| serde_json::from_str::<i64>(json.get()).ok()).and_then(TenantId::from_number)?;
    let told: serde_json::Value = row.get("told").and_then(|json| serde_json::from_str(json.get()).ok())?;
    Some((tenant, told.get(attribute)?.as_str()?.to_owned()))
}
