//! The second factor: a code of the authenticator ([`crate::totp`]), or a recovery code in its place ([`crate::recovery_codes`]).
//!
//! Wherever a code is asked for either is taken, each once. A passkey ([`crate::passkey_proof`]) is password and code in one; shown once
//! more by who is signed in, it gives a text that stands for a code before an act, and never at sign-in. What takes one also notes that the account is another than it was
//! read: of two requests with one code, or one code and a changed password, the second has proven nothing.

use kernel::{SecretText, UserId};
use store::{StoreError, Tx, params};

use crate::passkey_proof::ShownPasskey;
use crate::recovery_codes;
use crate::sign_in::Who;
use crate::store as sql;
use crate::ticket::{self, Ticket};
use crate::totp::{self, Secret};
use crate::{Identity, IdentityError};

/// What a typed text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The authenticator's code of a step.
    Code(i64),
    /// The recovery code of a digest.
    Recovery([u8; 32]),
    /// A passkey, which is the first factor too.
    Passkey(ShownPasskey),
    /// What a passkey that was shown once more gave.
    Confirmed(Ticket),
}

impl Proof {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Code(_) => "authenticator",
            Self::Recovery(_) => "recovery-code",
            Self::Passkey(_) | Self::Confirmed(_) => "passkey",
        }
    }
}

impl Identity {
    /// What a typed text proves, if anything. It is not taken yet. Nobody's text costs as much as somebody's.
    pub(crate) async fn proof_of(
        &self,
        user: Option<UserId>,
        (secret, last_step): (&Secret, i64),
        typed: &SecretText,
    ) -> Result<Option<Proof>, IdentityError> {
        let step = secret.accept(&totp::normalise_code(typed.expose()), self.clock().now(), last_step);
        let Some(code) = recovery_codes::normalise(typed.expose()) else { return Ok(step.map(Proof::Code)) };
        let user = user.map_or(0, UserId::number);
        let digest = recovery_codes::digest(user, &code);
        let found = self.db().read(move |tx| tx.query_optional(&sql::RECOVERY_CODE, &params![digest, user])).await?;
        Ok(found.map(|_| Proof::Recovery(digest)))
    }
}

/// Takes a proof of an account of a version; tells whether it was there to be taken, and the account still that one.
pub(crate) fn take(tx: &mut Tx<'_>, Who { tenant, user, version }: Who, proof: &Proof) -> Result<bool, StoreError> {
    if let Proof::Code(step) = proof {
        return Ok(tx.execute(&sql::TAKE_TOTP_STEP, &params![user, *step, version])? == 1);
    }
    if tx.execute(&sql::PASS_VERSION, &params![user, version])? != 1 {
        return Ok(false);
    }
    match proof {
        Proof::Code(_) => Ok(true),
        Proof::Recovery(digest) => Ok(tx.execute(&sql::TAKE_RECOVERY_CODE, &params![*digest, user])? == 1),
        Proof::Passkey(shown) => shown.take(tx, user),
        Proof::Confirmed(ticket) => ticket::spend(tx, ticket, (tenant, user)),
    }
}
