//! Showing a passkey: to sign in, or once more before something that cannot be undone.
//!
//! A passkey is both factors: the device is what somebody has, and it asked for PIN, finger or face. So no password is asked, and
//! the lock of a password ([`crate::guesses`]) keeps nobody out who has one: there is nothing to guess.
//!
//! An unknown passkey, one of somebody else, a wrong signature, an answer that was taken before and a network that the tenant does
//! not let in get one answer after the same work: a look-up, a signature checked (a decoy's where there is no passkey), one leaf.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{KeyRef, PasskeyId, Scope, SecretText, Source, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::LeafKind;
use web::BrowserKind;

use crate::access_policy::CredentialKind;
use crate::data_map::place;
use crate::passkey::backup_of;
use crate::second_factor::Proof;
use crate::session::NewSession;
use crate::sign_in::{Entry, Who};
use crate::store::passkeys as sql;
use crate::ticket::{self, Ticket, TicketUse};
use crate::webauthn::{Asked, Assertion, Backup, Expected, Known, PublicKey, Refusal, Shown, challenge_of};
use crate::{Identity, IdentityError};

/// What stands for a code begins with this, so that it is none.
const CONFIRMED: &str = "passkey.";
/// Random bytes of what ties a question to a browser.
const TIE_BYTES: usize = 32;
/// The base point of P-256 (SEC 2 section 2.4.2): a public key like any other, to check nobody's signature with.
const DECOY: [u8; 65] = [
    0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D,
    0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB,
    0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5,
];

/// What a browser needs to have a passkey shown.
pub(crate) struct PasskeyQuestion {
    pub(crate) challenge: Ticket,
    pub(crate) rp_id: String,
    /// Which may answer; any where nobody is named.
    pub(crate) known: Vec<Vec<u8>>,
}

/// A passkey that was shown, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShownPasskey {
    passkey: PasskeyId,
    tenant: TenantId,
    count_before: u32,
    shown: Shown,
    challenge: Ticket,
}

impl ShownPasskey {
    /// Notes that it was shown, where it and what it signed are there to be taken still.
    pub(crate) fn take(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, StoreError> {
        let now = tx.now();
        let (before, after) = (i64::from(self.count_before), i64::from(self.shown.sign_count));
        let noted = params![self.passkey, before, after, self.shown.backup.text(), now];
        Ok(ticket::spend(tx, &self.challenge, (self.tenant, user))? && tx.execute(&sql::SHOW_PASSKEY, &noted)? == 1)
    }
}

/// A stored passkey.
struct Stored {
    passkey: PasskeyId,
    who: Who,
    known: Known,
}

impl Identity {
    /// What ties a question to the browser that asked for it.
    pub(crate) fn new_tie(&self) -> SecretText {
        SecretText::new(BASE64_URL_SAFE_NO_PAD.encode(self.rng().bytes::<TIE_BYTES>()))
    }

    /// What a browser needs to sign somebody in, whoever it is.
    pub(crate) fn ask_for_passkey(&self, tie: &SecretText) -> Result<PasskeyQuestion, IdentityError> {
        let rp_id = self.party()?.id().to_owned();
        Ok(PasskeyQuestion { challenge: self.make_ticket(TicketUse::SignIn, tie.expose().as_bytes())?, rp_id, known: Vec::new() })
    }

    /// Signs in whoever has the passkey.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`], whatever was wrong; [`IdentityError::SignOnRequired`] where all was right and the tenant has
    /// people sign in by its provider; [`IdentityError::PasskeysOff`]; keys and store.
    pub(crate) async fn sign_in_by_passkey(
        &self,
        assertion: Assertion,
        tie: &SecretText,
        source: Source,
        browser: BrowserKind,
    ) -> Result<NewSession, IdentityError> {
        let stored = self.stored_passkey(&assertion).await?;
        let checked = self.check_passkey(&assertion, stored.as_ref(), (TicketUse::SignIn, tie.expose().as_bytes()))?;
        let is_let_in = match &stored {
            Some(stored) => self.lets_in(stored.who.tenant, CredentialKind::People, source).await?,
            None => false,
        };
        let who = stored.map(|stored| stored.who);
        let is_new = match &checked {
            Ok(shown) => !self.is_spent(&shown.challenge).await?,
            Err(_) => false,
        };
        match (who, checked) {
            (Some(who), Ok(shown)) if is_let_in && is_new => {
                self.check_sign_on(who).await?;
                self.let_in(who, Entry { proof: Proof::Passkey(shown), stronger: None, chosen: None }, browser).await
            }
            (who, checked) => {
                let is_copy = checked == Err(Refusal::Counter);
                self.record_refusal(who, json!({ "with": "passkey", "counted_backwards": is_copy })).await?;
                Err(IdentityError::SignInRefused)
            }
        }
    }

    /// What a browser needs to have one of the acting person's passkeys shown.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::NotFound`] where there is none; [`IdentityError::PasskeysOff`]; keys and store.
    pub(crate) async fn ask_for_own_passkey(&self, scope: &Scope, cookie: &SecretText) -> Result<PasskeyQuestion, IdentityError> {
        let rp_id = self.party()?.id().to_owned();
        let known: Vec<Vec<u8>> = self.list_passkeys(scope).await?.into_iter().map(|passkey| passkey.credential_id).collect();
        if known.is_empty() {
            return Err(IdentityError::NotFound);
        }
        Ok(PasskeyQuestion { challenge: self.make_ticket(TicketUse::Confirm, cookie.expose().as_bytes())?, rp_id, known })
    }

    /// Takes a passkey of the acting person that was shown once more. The answer stands for the code of one act, for two minutes.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::CodeRefused`], whatever was wrong; keys and store.
    pub(crate) async fn confirm_by_passkey(
        &self,
        scope: &Scope,
        cookie: &SecretText,
        assertion: Assertion,
    ) -> Result<SecretText, IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let stored = self.stored_passkey(&assertion).await?.filter(|stored| (stored.who.tenant, stored.who.user) == (tenant, user));
        let checked = self.check_passkey(&assertion, stored.as_ref(), (TicketUse::Confirm, cookie.expose().as_bytes()))?;
        let is_taken = match checked {
            Ok(shown) => self.db().write(move |tx| shown.take(tx, user)).await?,
            Err(_) => false,
        };
        if !is_taken {
            self.record(scope, LeafKind::SignInFailed, Some(user.number()), json!({ "step_up": true, "with": "passkey" })).await?;
            return Err(IdentityError::CodeRefused);
        }
        let ticket = self.make_ticket(TicketUse::Confirmed, &user.number().to_be_bytes())?;
        Ok(SecretText::new(format!("{CONFIRMED}{}", BASE64_URL_SAFE_NO_PAD.encode(ticket.bytes))))
    }

    /// The ticket that a typed text stands for, where it is one of this person's.
    pub(crate) fn confirmed(&self, user: UserId, typed: &SecretText) -> Result<Option<Proof>, IdentityError> {
        let Some(text) = typed.expose().strip_prefix(CONFIRMED) else { return Ok(None) };
        let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(text) else { return Ok(None) };
        Ok(self.know_ticket(&bytes, TicketUse::Confirmed, &user.number().to_be_bytes())?.map(Proof::Confirmed))
    }

    /// Whether what was shown is the stored passkey, over what this holder was asked to sign. The outer error is the keyring's.
    fn check_passkey(
        &self,
        assertion: &Assertion,
        stored: Option<&Stored>,
        (used_for, holder): (TicketUse, &[u8]),
    ) -> Result<Result<ShownPasskey, Refusal>, IdentityError> {
        let party = self.party()?;
        let decoy = decoy(assertion);
        let known = stored.map_or(&decoy, |stored| &stored.known);
        let asked = if used_for == TicketUse::SignIn { Asked::Anybody } else { Asked::Somebody };
        let challenge = challenge_of(&assertion.client_data).unwrap_or_default();
        let Some(challenge) = self.know_ticket(&challenge, used_for, holder)? else { return Ok(Err(Refusal::Challenge)) };
        let expected = Expected { party, challenge: &challenge.bytes, expires_at: challenge.expires_at, now: self.clock().now() };
        let checked = assertion.check(&expected, known, asked);
        let Some(stored) = stored else { return Ok(checked.and(Err(Refusal::Foreign))) };
        let (passkey, tenant, count_before) = (stored.passkey, stored.who.tenant, stored.known.sign_count);
        Ok(checked.map(|shown| ShownPasskey { passkey, tenant, count_before, shown, challenge }))
    }

    async fn stored_passkey(&self, assertion: &Assertion) -> Result<Option<Stored>, IdentityError> {
        let index = self.credential_index(&assertion.credential_id)?;
        let keys = self.keys();
        let read = self.db().read(move |tx| {
            let Some(row) = tx.query_optional(&sql::PASSKEY_BY_INDEX, &params![index])? else { return Ok(None) };
            let (passkey, tenant, user): (PasskeyId, TenantId, UserId) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (credential, public_key): (Sealed<Vec<u8>>, Sealed<PublicKey>) = (row.get(3)?, row.get(4)?);
            let (key, number) = (KeyRef::User(tenant, user), passkey.number());
            let sign_count = u32::try_from(row.get::<i64>(5)?).map_err(|_| StoreError::Corrupt("a passkey's count".into()))?;
            let known = Known {
                id: credential.open(keys.as_ref(), key, place::passkey_credential(number))?,
                key: public_key.open(keys.as_ref(), key, place::passkey_public_key(number))?,
                sign_count,
                backup: backup_of(&row.get::<String>(6)?)?,
                user_handle: [0; 32],
            };
            Ok::<_, StoreError>(Some(Stored { passkey, who: Who { tenant, user, version: row.get(7)? }, known }))
        });
        let Some(mut stored) = read.await? else { return Ok(None) };
        stored.known.user_handle = self.user_handle(stored.who.user)?;
        Ok(Some(stored))
    }
}

/// A passkey that nobody has, to be compared with what was shown as far as its signature.
fn decoy(assertion: &Assertion) -> Known {
    let mut user_handle = [0; 32];
    if let Some(handle) = assertion.user_handle.as_ref().and_then(|handle| <[u8; 32]>::try_from(handle.as_slice()).ok()) {
        user_handle = handle;
    }
    let key = PublicKey::Es256(DECOY.to_vec());
    Known { id: assertion.credential_id.clone(), key, sign_count: 0, backup: Backup::Bound, user_handle }
}
