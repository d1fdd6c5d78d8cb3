//! A key in a PKCS#11 token: it wraps the root key inside the token and never leaves it.
//!
//! The module is opened for each wrapping and unwrapping and closed again: a server does it once, when it starts. So no session lies open
//! that a program in our place could use, and a token that is pulled out later stops nothing that runs.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use kernel::{Rng, SecretText};
use seal::xaes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{RootKeyError, passphrase};

/// Shortest PIN that is taken, in bytes.
pub const PIN_BYTES_MIN: usize = 4;

const CONTEXT: &[u8] = b"purser root key, wrapped by a token, v1";
const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;

/// One after the other: a module is initialised once in a process, and whoever is done first would end it for all.
static IN_USE: Mutex<()> = Mutex::new(());

/// Which key of which token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    /// The maker's PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The key's label.
    pub key: String,
    /// The file with the PIN of the token's user.
    pub pin_file: PathBuf,
}

/// A token's key, with the PIN.
#[derive(Clone, Debug)]
pub(super) struct Token {
    key: TokenKey,
    pin: SecretText,
}

impl Token {
    /// The key, where there is exactly one and it may not leave the token.
    pub(super) fn open(key: &TokenKey) -> Result<Self, RootKeyError> {
        let token = Self { key: key.clone(), pin: pin(key)? };
        token.with_session(|session| token.find(session).map(|_| ()))?;
        Ok(token)
    }

    /// As [`Token::open`]; makes the key where there is none.
    pub(super) fn create(key: &TokenKey) -> Result<Self, RootKeyError> {
        let token = Self { key: key.clone(), pin: pin(key)? };
        token.with_session(|session| match token.find(session) {
            Err(RootKeyError::TokenKeyNotFound { found: 0, .. }) => token.generate(session),
            found => found,
        })?;
        Ok(token)
    }

    pub(super) fn wrap(&self, root: &[u8; xaes::KEY_BYTES], rng: &Rng) -> Result<Vec<u8>, RootKeyError> {
        self.with_session(|session| {
            let key = self.find(session)?;
            let mut nonce: [u8; NONCE_BYTES] = rng.bytes();
            let params = self.params(&mut nonce)?;
            let sealed = session.encrypt(&Mechanism::AesGcm(params), key, root).map_err(self.failed("wrapping the root key"))?;
            // Some tokens choose the nonce by themselves and write it here.
            Ok([&nonce[..], &sealed].concat())
        })
    }

    /// Nothing where another key wrapped it.
    pub(super) fn unwrap(&self, wrapped: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, RootKeyError> {
        let Some((nonce, sealed)) = wrapped.split_first_chunk::<NONCE_BYTES>() else { return Ok(None) };
        self.with_session(|session| {
            let key = self.find(session)?;
            let mut nonce = *nonce;
            let params = self.params(&mut nonce)?;
            match session.decrypt(&Mechanism::AesGcm(params), key, sealed) {
                Ok(root) => Ok(Some(Zeroizing::new(root))),
                Err(error) if is_refusal(&error) => Ok(None),
                Err(error) => Err(self.failed("unwrapping the root key")(error)),
            }
        })
    }

    fn params<'n>(&self, nonce: &'n mut [u8; NONCE_BYTES]) -> Result<GcmParams<'n>, RootKeyError> {
        GcmParams::new(nonce, CONTEXT, TAG_BITS.into()).map_err(self.failed("preparing AES-GCM"))
    }

    fn find(&self, session: &Session) -> Result<ObjectHandle, RootKeyError> {
        let label = self.key.key.as_bytes().to_vec();
        let wanted = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::KeyType(KeyType::AES), Attribute::Label(label)];
        let found = session.find_objects(&wanted).map_err(self.failed("looking for the key"))?;
        let &[key] = found.as_slice() else {
            let (token, key) = (self.key.token.clone(), self.key.key.clone());
            return Err(RootKeyError::TokenKeyNotFound { token, key, found: found.len() });
        };
        let asked = session.get_attributes(key, &[AttributeType::Sensitive, AttributeType::Extractable]);
        let attributes = asked.map_err(self.failed("looking at the key"))?;
        let stays = attributes.contains(&Attribute::Sensitive(true)) && attributes.contains(&Attribute::Extractable(false));
        if stays { Ok(key) } else { Err(RootKeyError::TokenKeyMayLeave { key: self.key.key.clone() }) }
    }

    fn generate(&self, session: &Session) -> Result<ObjectHandle, RootKeyError> {
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen((xaes::KEY_BYTES as u64).into()),
            Attribute::Label(self.key.key.as_bytes().to_vec()),
        ];
        session.generate_key(&Mechanism::AesKeyGen, &template).map_err(self.failed("making the key"))
    }

    fn with_session<T>(&self, work: impl FnOnce(&Session) -> Result<T, RootKeyError>) -> Result<T, RootKeyError> {
        let _alone = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        let module = Pkcs11::new(&self.key.module).map_err(self.failed("loading it"))?;
        module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(self.failed("initialising it"))?;
        let slots = module.get_slots_with_token().map_err(self.failed("listing tokens"))?;
        let mut found = Vec::new();
        for slot in slots {
            let info = module.get_token_info(slot).map_err(self.failed("asking a token for its label"))?;
            if info.label() == self.key.token {
                found.push(slot);
            }
        }
        let &[slot] = found.as_slice() else {
            return Err(RootKeyError::TokenNotFound { token: self.key.token.clone(), found: found.len() });
        };
        let session = module.open_rw_session(slot).map_err(self.failed("opening a session"))?;
        let pin = AuthPin::new(self.pin.expose().into());
        session.login(UserType::User, Some(&pin)).map_err(self.failed("giving it the PIN"))?;
        work(&session)
    }

    fn failed(&self, doing: &'static str) -> impl Fn(Error) -> RootKeyError {
        let module = self.key.module.clone();
        move |error| RootKeyError::Token { module: module.clone(), doing, reason: error.to_string() }
    }
}

/// What tokens answer to a text that their key did not seal.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::DataInvalid
                | RvError::GeneralError
                | RvError::FunctionFailed,
            _
        )
    )
}

fn pin(key: &TokenKey) -> Result<SecretText, RootKeyError> {
    let path = || key.pin_file.clone();
    let text =
        passphrase::read_private(&key.pin_file).map_err(|error| RootKeyError::Pin { path: path(), source: Some(Box::new(error)) })?;
    passphrase::line_of(&text, PIN_BYTES_MIN).ok_or_else(|| RootKeyError::Pin { path: path(), source: None })
}
