//! Showing a passkey (WebAuthn section 7.2).

use seal::hash::sha256;

use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Kind};
use super::{Backup, Expected, PublicKey, Refusal};

/// What a browser answers when a passkey was shown.
#[derive(Clone, Debug)]
pub(crate) struct Assertion {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) client_data: Vec<u8>,
    pub(crate) authenticator_data: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// Whose it is, as the authenticator was told when it was made. It may be left out where the server knows whom it asks.
    pub(crate) user_handle: Option<Vec<u8>>,
}

/// What is known of a passkey.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: Vec<u8>,
    pub(crate) key: PublicKey,
    pub(crate) sign_count: u32,
    pub(crate) backup: Backup,
    /// Whose it is.
    pub(crate) user_handle: [u8; 32],
}

/// What a passkey that was shown says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) sign_count: u32,
    pub(crate) backup: Backup,
}

/// Whether the server knew whom it asked before the passkey was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nobody was named: the passkey says whose it is.
    Anybody,
    /// Somebody who is signed in.
    Somebody,
}

impl Assertion {
    /// What the passkey says of itself, where it is the known one and all is as it should be.
    pub(crate) fn check(&self, expected: &Expected<'_>, known: &Known, asked: Asked) -> Result<Shown, Refusal> {
        if self.credential_id != known.id {
            return Err(Refusal::Foreign);
        }
        match &self.user_handle {
            Some(handle) if *handle == known.user_handle => {}
            None if asked == Asked::Somebody => {}
            _ => return Err(Refusal::UserHandle),
        }
        client_data::check(&self.client_data, Kind::Get, expected)?;
        let data = AuthenticatorData::read(&self.authenticator_data)?;
        let backup = data.check(expected.party)?;
        if data.credential.is_some() {
            return Err(Refusal::AuthenticatorData);
        }
        if backup.may_be_copied() != known.backup.may_be_copied() {
            return Err(Refusal::Backup);
        }
        let signed = [self.authenticator_data.as_slice(), &sha256(&self.client_data)].concat();
        if !known.key.verifies(&signed, &self.signature) {
            return Err(Refusal::Signature);
        }
        // An authenticator that counts never says 0 again, and never one number twice.
        if (data.sign_count, known.sign_count) != (0, 0) && data.sign_count <= known.sign_count {
            return Err(Refusal::Counter);
        }
        Ok(Shown { sign_count: data.sign_count, backup })
    }
}
