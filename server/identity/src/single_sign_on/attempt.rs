//! An attempt to sign in: from the moment a browser goes to the provider until it comes back.
//!
//! The browser keeps a secret in a `__Host-` cookie, and what goes to the provider is made of it: the nonce that the token has
//! to repeat, and the proof key (PKCE, S256). The row in the store has digests only. An attempt belongs to one browser and one
//! provider, is over after [`ATTEMPT_LIFETIME`], and is taken before anything else is looked at: nobody finishes it twice.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{ProviderId, SecretText, TenantId, Timestamp};
use seal::hash::sha256;
use store::{StoreError, Tx, params};

use super::relying_party::Proofs;
use crate::store::single_sign_on as sql;
use crate::{Identity, IdentityError};

/// How long a browser may be away.
pub const ATTEMPT_LIFETIME: Duration = Duration::from_secs(600);
/// Attempts with one provider that may be open at once.
pub const ATTEMPTS_MAX: i64 = 2_000;
/// Longest state and cookie that are looked at, in bytes.
const SECRET_BYTES_MAX: usize = 64;

/// What only the browser and this request know.
pub(crate) struct Secrets {
    /// In the cookie.
    pub(crate) browser: SecretText,
    /// In the addresses that go to the provider and come back.
    pub(crate) state: SecretText,
}

/// An attempt that was begun by this browser with this provider, and is taken now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) tenant: TenantId,
    /// The invitation that is accepted by it.
    pub(crate) link: Option<[u8; 32]>,
    pub(crate) begun_at: Timestamp,
}

impl Secrets {
    pub(crate) fn random(identity: &Identity) -> Self {
        let random = || SecretText::new(BASE64_URL_SAFE_NO_PAD.encode(identity.rng().bytes::<32>()));
        Self { browser: random(), state: random() }
    }

    /// Those that came back, where they can be some.
    pub(crate) fn returned(browser: Option<SecretText>, state: SecretText) -> Option<Self> {
        let secrets = Self { browser: browser?, state };
        let is_short = |text: &SecretText| text.expose().len() <= SECRET_BYTES_MAX;
        (is_short(&secrets.browser) && is_short(&secrets.state)).then_some(secrets)
    }

    /// What the token has to repeat.
    pub(crate) fn nonce(&self) -> String {
        self.derived(b"nonce")
    }

    /// The proof key, and where the answer goes.
    pub(crate) fn proofs(&self, redirect_uri: String) -> Proofs {
        Proofs { verifier: SecretText::new(self.derived(b"proof key")), redirect_uri }
    }

    /// What the provider gets of the proof key (RFC 7636, S256).
    pub(crate) fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(sha256(self.derived(b"proof key").as_bytes()))
    }

    fn derived(&self, what: &[u8]) -> String {
        // Both have a fixed length, so no two pairs are one text.
        let text = [b"purser sign-on ", what, b"\n", self.browser.expose().as_bytes(), b"\n", self.state.expose().as_bytes()].concat();
        BASE64_URL_SAFE_NO_PAD.encode(sha256(&text))
    }

    fn digests(&self) -> ([u8; 32], [u8; 32]) {
        (sha256(self.state.expose().as_bytes()), sha256(self.browser.expose().as_bytes()))
    }
}

impl Identity {
    /// Begins an attempt of a browser with a provider.
    pub(crate) async fn begin_attempt(
        &self,
        secrets: &Secrets,
        (tenant, provider): (TenantId, ProviderId),
        link: Option<[u8; 32]>,
    ) -> Result<(), IdentityError> {
        let (state, browser) = secrets.digests();
        let write = self.db().write(move |tx| {
            let now = tx.now();
            tx.execute(&sql::DELETE_OLD_ATTEMPTS, &params![provider, now])?;
            if tx.query_one(&sql::COUNT_ATTEMPTS, &params![provider, now])?.get::<i64>(0)? >= ATTEMPTS_MAX {
                return Err(IdentityError::SignOnBusy);
            }
            let row = params![state, tenant, browser, provider, link, now, now.plus(ATTEMPT_LIFETIME)];
            tx.execute(&sql::INSERT_ATTEMPT, &row)?;
            Ok(())
        });
        write.await
    }

    /// Takes an attempt, where it is this browser's, with this provider, and not over.
    pub(crate) async fn take_attempt(&self, secrets: &Secrets, provider: ProviderId) -> Result<Taken, IdentityError> {
        let (state, browser) = secrets.digests();
        let taken = self.db().write(move |tx| take(tx, (state, browser), provider)).await?;
        taken.ok_or(IdentityError::SignOnExpired)
    }
}

fn take(tx: &mut Tx<'_>, (state, browser): ([u8; 32], [u8; 32]), provider: ProviderId) -> Result<Option<Taken>, StoreError> {
    let now = tx.now();
    let Some(row) = tx.query_optional(&sql::ATTEMPT, &params![state, browser, provider, now])? else { return Ok(None) };
    let link: Option<Vec<u8>> = row.get(1)?;
    let taken = Taken { tenant: row.get(0)?, link: link.and_then(|digest| digest.try_into().ok()), begun_at: row.get(2)? };
    // Of two at once the second finds it gone.
    Ok((tx.execute(&sql::TAKE_ATTEMPT, &params![state])? == 1).then_some(taken))
}
