//! Somebody's passkeys: the list, adding one, its name, and removing it.
//!
//! Adding one takes the second factor in the request before, and what is to be signed is bound to the session that showed it. A
//! password reset adds none and a recovery removes all of them: what let somebody in before lets nobody in after. Everybody has
//! password and code besides, so that removing the last one keeps nobody out.

use kernel::{KeyRef, PasskeyId, Scope, SecretText, Timestamp, UserId};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::name::Name;
use crate::store::{SESSION_BY_DIGEST, TAKE_TURN, passkeys as sql};
use crate::ticket::{self, Ticket, TicketUse};
use crate::webauthn::{Backup, Credential, Expected, NoPasskeys, Registration, RelyingParty, challenge_of};
use crate::{Identity, IdentityError};

/// Passkeys of one person.
pub const PASSKEYS_MAX: usize = 20;
/// For which purpose the names that authenticators give are hashed.
const CREDENTIAL_INDEX: &str = "passkey-credential";
/// For which purpose people's numbers are hashed, to tell an authenticator whose a passkey is.
const USER_HANDLE: &str = "passkey-user";

/// A passkey in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySummary {
    /// The passkey.
    pub passkey: PasskeyId,
    /// What its person calls it.
    pub name: Name,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Whether it is, or can be, on other devices too.
    pub is_synced: bool,
    pub(crate) credential_id: Vec<u8>,
}

/// What a browser needs to make a passkey.
pub(crate) struct PasskeyOffer {
    pub(crate) challenge: Ticket,
    pub(crate) rp_id: String,
    /// Random to whoever reads it in an authenticator: never the e-mail address.
    pub(crate) user_handle: [u8; 32],
    pub(crate) user_name: String,
    /// What the person's other passkeys are called: an authenticator gets one only.
    pub(crate) known: Vec<Vec<u8>>,
}

impl Identity {
    /// For which origin passkeys work.
    pub(crate) fn party(&self) -> Result<&RelyingParty, IdentityError> {
        self.0.party.as_ref().map_err(|_| IdentityError::PasskeysOff)
    }

    /// Why they do not, where they do not.
    pub(crate) fn no_passkeys(&self) -> Option<NoPasskeys> {
        self.0.party.as_ref().err().copied()
    }

    /// The keyed hash by which a passkey is found.
    pub(crate) fn credential_index(&self, id: &[u8]) -> Result<[u8; 32], IdentityError> {
        Ok(self.0.keys.blind_index(KeyRef::Instance, CREDENTIAL_INDEX, id)?)
    }

    /// What an authenticator is told of whose a passkey is.
    pub(crate) fn user_handle(&self, user: UserId) -> Result<[u8; 32], IdentityError> {
        Ok(self.0.keys.blind_index(KeyRef::Instance, USER_HANDLE, &user.number().to_be_bytes())?)
    }

    /// The acting person's passkeys, the newest first.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; keys and store.
    pub async fn list_passkeys(&self, scope: &Scope) -> Result<Vec<PasskeySummary>, IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let keys = self.keys();
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::PASSKEYS_OF_USER, &params![tenant, user])?;
            let summary = |row: &store::Row| {
                let (passkey, credential, name): (PasskeyId, Sealed<Vec<u8>>, Sealed<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let (key, number) = (KeyRef::User(tenant, user), passkey.number());
                let name = name.open(keys.as_ref(), key, place::passkey_name(number))?;
                Ok::<_, StoreError>(PasskeySummary {
                    passkey,
                    name: name.parse().map_err(|_| StoreError::Corrupt(format!("the name of {passkey}")))?,
                    added_at: row.get(4)?,
                    last_used_at: row.get(5)?,
                    is_synced: backup_of(&row.get::<String>(3)?)? != Backup::Bound,
                    credential_id: credential.open(keys.as_ref(), key, place::passkey_credential(number))?,
                })
            };
            rows.iter().map(summary).collect::<Result<Vec<_>, _>>()
        });
        Ok(read.await?)
    }

    /// What a browser needs to make a passkey for the acting person, who has shown the second factor in this request.
    pub(crate) async fn offer_passkey(&self, scope: &Scope, cookie: &SecretText) -> Result<PasskeyOffer, IdentityError> {
        let user = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        let rp_id = self.party()?.id().to_owned();
        let known: Vec<Vec<u8>> = self.list_passkeys(scope).await?.into_iter().map(|passkey| passkey.credential_id).collect();
        if known.len() >= PASSKEYS_MAX {
            return Err(IdentityError::TooManyPasskeys(PASSKEYS_MAX));
        }
        let user_name = self.profile(scope.tenant(), user).await?.email.as_text().to_owned();
        let challenge = self.make_ticket(TicketUse::Add, cookie.expose().as_bytes())?;
        Ok(PasskeyOffer { challenge, rp_id, user_handle: self.user_handle(user)?, user_name, known })
    }

    /// Adds the passkey that was made for the acting person in this session.
    pub(crate) async fn add_passkey(
        &self,
        scope: &Scope,
        cookie: &SecretText,
        name: Name,
        made: &Registration,
    ) -> Result<PasskeySummary, IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let challenge = challenge_of(&made.client_data).map_err(|refusal| IdentityError::invalid("client_data", &refusal))?;
        let ticket = self.know_ticket(&challenge, TicketUse::Add, cookie.expose().as_bytes())?;
        let ticket = ticket.ok_or_else(|| refused("it was not asked for in this session, or too long ago; begin again"))?;
        let (party, now) = (self.party()?, self.clock().now());
        let expected = Expected { party, challenge: &ticket.bytes, expires_at: ticket.expires_at, now };
        let credential = made.check(&expected).map_err(|refusal| IdentityError::invalid("attestation_object", &refusal))?;
        let (index, passkey) = (self.credential_index(&credential.id)?, PasskeyId::from_random(self.rng().bits()));
        let added = json!({ "passkey": passkey.number(), "algorithm": credential.key.algorithm().number() });
        let told = self.record(scope, LeafKind::PasskeyAdded, Some(user.number()), added).await?;
        let summary = PasskeySummary {
            passkey,
            name,
            added_at: now,
            last_used_at: None,
            is_synced: credential.backup != Backup::Bound,
            credential_id: credential.id.clone(),
        };
        let session = seal::token::stored_hash(cookie.expose());
        let (keys, row) = (self.keys(), NewPasskey { summary: summary.clone(), index, credential });
        let write = self.db().write(move |tx| {
            // Two browsers that add one at the same moment take turns, so that neither passes the limit.
            tx.execute(&TAKE_TURN, &params![tenant])?;
            // Whoever got back in meanwhile has ended this session, and every passkey with it.
            if tx.query_optional(&SESSION_BY_DIGEST, &params![session])?.is_none() {
                return Err(refused("this session is over; sign in again"));
            }
            if !ticket::spend(tx, &ticket, (tenant, user))? {
                return Err(refused("this answer was taken before; begin again"));
            }
            if tx.query(&sql::PASSKEYS_OF_USER, &params![tenant, user])?.len() >= PASSKEYS_MAX {
                return Err(IdentityError::TooManyPasskeys(PASSKEYS_MAX));
            }
            let is_new = row.insert(tx, &told, keys.as_ref(), (tenant, user))?;
            if is_new { Ok(()) } else { Err(refused("this passkey was added before; use another authenticator")) }
        });
        write.await?;
        Ok(summary)
    }

    /// Gives one of the acting person's passkeys another name.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::NotFound`]; keys and store.
    pub async fn rename_passkey(&self, scope: &Scope, passkey: PasskeyId, name: Name) -> Result<PasskeySummary, IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let found = self.own_passkey(scope, passkey).await?;
        self.record(scope, LeafKind::PasskeyChanged, Some(user.number()), json!({ "passkey": passkey.number() })).await?;
        let (key, place) = (KeyRef::User(tenant, user), place::passkey_name(passkey.number()));
        let sealed = Sealed::seal(self.keys().as_ref(), key, place, &name.as_text().to_owned())?;
        self.db().write(move |tx| tx.execute(&sql::RENAME_PASSKEY, &params![tenant, user, passkey, sealed.clone()])).await?;
        Ok(PasskeySummary { name, ..found })
    }

    /// Removes one of the acting person's passkeys. Sessions that it began go on.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::NotFound`]; keys and store.
    pub async fn remove_passkey(&self, scope: &Scope, passkey: PasskeyId) -> Result<(), IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        self.own_passkey(scope, passkey).await?;
        self.record(scope, LeafKind::PasskeyRemoved, Some(user.number()), json!({ "passkey": passkey.number() })).await?;
        self.db().write(move |tx| tx.execute(&sql::DELETE_PASSKEY, &params![tenant, user, passkey])).await?;
        Ok(())
    }

    async fn own_passkey(&self, scope: &Scope, passkey: PasskeyId) -> Result<PasskeySummary, IdentityError> {
        let all = self.list_passkeys(scope).await?;
        all.into_iter().find(|one| one.passkey == passkey).ok_or(IdentityError::NotFound)
    }
}

/// A passkey that is told of and not stored yet.
struct NewPasskey {
    summary: PasskeySummary,
    index: [u8; 32],
    credential: Credential,
}

impl NewPasskey {
    /// Stores it; tells whether nobody has it.
    fn insert(
        &self,
        tx: &mut Tx<'_>,
        _told: &Recorded,
        keys: &dyn kernel::KeyRing,
        (tenant, user): (kernel::TenantId, UserId),
    ) -> Result<bool, StoreError> {
        let Self { summary, index, credential } = self;
        let (key, number) = (KeyRef::User(tenant, user), summary.passkey.number());
        let id = Sealed::seal(keys, key, place::passkey_credential(number), &credential.id)?;
        let public_key = Sealed::seal(keys, key, place::passkey_public_key(number), &credential.key)?;
        let name = Sealed::seal(keys, key, place::passkey_name(number), &summary.name.as_text().to_owned())?;
        let (count, backup, at) = (i64::from(credential.sign_count), credential.backup.text(), summary.added_at);
        let row = params![summary.passkey, tenant, user, *index, id, public_key, name, count, backup, at];
        Ok(tx.execute(&sql::INSERT_PASSKEY, &row)? == 1)
    }
}

/// Removes all of somebody's passkeys.
pub(crate) fn forget(tx: &mut Tx<'_>, _told: &Recorded, user: UserId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_PASSKEYS_OF_USER, &params![user])?;
    Ok(())
}

/// What is stored of copies.
pub(crate) fn backup_of(text: &str) -> Result<Backup, StoreError> {
    Backup::from_text(text).ok_or_else(|| StoreError::Corrupt("what a passkey says of copies".into()))
}

/// Why the answer to an offer is not taken, apart from what is wrong with the passkey itself.
fn refused(why: &str) -> IdentityError {
    IdentityError::Invalid { field: "client_data", detail: why.to_owned() }
}
