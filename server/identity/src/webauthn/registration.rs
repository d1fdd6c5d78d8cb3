//! Adding a passkey (WebAuthn section 7.1).

use super::authenticator_data::AuthenticatorData;
use super::cbor::{self, Value};
use super::client_data::{self, Kind};
use super::{Backup, Expected, PublicKey, Refusal};

/// The longest attestation object that is read: a name of full length, an RSA key, and room.
pub(crate) const ATTESTATION_BYTES_MAX: usize = 4_096;

/// What a browser answers when a passkey was made.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) client_data: Vec<u8>,
    pub(crate) attestation_object: Vec<u8>,
}

/// A passkey that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) id: Vec<u8>,
    pub(crate) key: PublicKey,
    pub(crate) sign_count: u32,
    pub(crate) backup: Backup,
}

impl Registration {
    /// The passkey, where all of it is as it should be. Whether it is known already is for the caller to see.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<Credential, Refusal> {
        client_data::check(&self.client_data, Kind::Create, expected)?;
        let data = AuthenticatorData::read(authenticator_data_of(&self.attestation_object)?)?;
        let backup = data.check(expected.party)?;
        let made = data.credential.ok_or(Refusal::AuthenticatorData)?;
        Ok(Credential { id: made.id.to_vec(), key: made.key, sign_count: data.sign_count, backup })
    }
}

/// The authenticator data of an attestation object that attests nothing (section 8.7).
fn authenticator_data_of(object: &[u8]) -> Result<&[u8], Refusal> {
    if object.len() > ATTESTATION_BYTES_MAX {
        return Err(Refusal::AttestationObject);
    }
    let (map, rest) = cbor::map(object).map_err(|_| Refusal::AttestationObject)?;
    match (map.named("fmt"), map.named("attStmt"), map.named("authData")) {
        (Some(Value::Text(format)), Some(Value::Map(statement)), Some(Value::Bytes(data))) if map.len() == 3 && rest.is_empty() => {
            if *format == "none" && statement.len() == 0 {
                Ok(data)
            } else {
                Err(Refusal::Attested)
            }
        }
        _ => Err(Refusal::AttestationObject),
    }
}
