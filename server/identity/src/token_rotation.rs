//! Another secret for a token, while the one before goes on for a while, so that whoever uses it can change over.

use std::time::Duration;

use kernel::{Actor, Scope, SecretText, TenantId, Timestamp, TokenId};
use seal::token::Token;
use store::{StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::store::keys as sql;
use crate::token::{CreatedToken, Standing, TokenSummary, told_of};
use crate::{Identity, IdentityError};

/// Longest time for which the secret before goes on.
pub const TOKEN_OVERLAP_MAX: Duration = Duration::from_secs(7 * 86_400);

/// How to rotate a token.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// When the token stops working with its new secret; as for one that is made.
    pub expires_at: Option<Timestamp>,
    /// For how long the secret before goes on, at most [`TOKEN_OVERLAP_MAX`]; after a leak, not at all.
    pub overlap: Duration,
}

impl Identity {
    /// Gives a token another secret and another end. Whoever does it may do all that the token was given, and becomes its owner:
    /// so a token whose owner left goes on under somebody who answers for it. The secret before goes on until the overlap ends, or
    /// until its own end where that is earlier; one before that stops now.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::NotFound`]; [`IdentityError::MorePermissionThanOwn`];
    /// [`IdentityError::ChangedMeanwhile`] where somebody else rotated it; keys and store.
    pub async fn rotate_token(&self, scope: &Scope, token: TokenId, rotation: Rotation) -> Result<CreatedToken, IdentityError> {
        if rotation.overlap > TOKEN_OVERLAP_MAX {
            let detail = format!("the secret before goes on for at most {} seconds", TOKEN_OVERLAP_MAX.as_secs());
            return Err(IdentityError::Invalid { field: "overlap_seconds", detail });
        }
        let (summary, reach, owner) = self.token_for(scope, token).await?;
        reach.check_end(summary.kind, rotation.expires_at)?;
        reach.check_networks(summary.kind, &summary.networks)?;
        reach.check_binding(summary.kind, summary.requires_certificate)?;
        // A key that nobody answers for takes nobody's token away.
        let owner = if matches!(scope.actor(), Actor::ApiToken(_)) { owner.or(summary.owner) } else { owner };
        self.check_expiry(scope, summary.kind, rotation.expires_at).await?;
        let now = self.clock().now();
        let until = now.plus(rotation.overlap);
        let until = summary.expires_at.map_or(until, |expires_at| expires_at.min(until));
        let retiring_until = Some(until).filter(|until| *until > now);
        let (expires_at, shared_at, standing) = (rotation.expires_at, None, Standing::Working);
        let summary = TokenSummary { owner, expires_at, retiring_until, shared_at, standing, ..summary };
        let secret = Token::make(summary.kind.seal_kind(), self.rng().bytes());
        let tenant = scope.tenant();
        let before = self
            .db()
            .read(move |tx| tx.query_optional(&sql::TOKEN_DIGEST, &params![tenant, token])?.map(|row| row.get::<[u8; 32]>(0)).transpose());
        let digests = Digests { before: before.await?.ok_or(IdentityError::NotFound)?, after: secret.stored_hash() };
        let mut payload = told_of(&summary);
        payload["overlap_until"] = retiring_until.map(Timestamp::micros).into();
        let told = self.record(scope, LeafKind::TokenRotated, Some(token.number()), payload).await?;
        let row = summary.clone();
        if self.db().write(move |tx| rotate(tx, &told, tenant, &digests, &row)).await? != 1 {
            return Err(IdentityError::ChangedMeanwhile);
        }
        self.0.sightings.forget();
        Ok(CreatedToken { summary, secret: SecretText::new(secret.expose().to_owned()) })
    }
}

struct Digests {
    before: [u8; 32],
    after: [u8; 32],
}

fn rotate(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, digests: &Digests, row: &TokenSummary) -> Result<u64, StoreError> {
    let TokenSummary { token, expires_at, retiring_until, owner, .. } = row;
    let retiring = retiring_until.map(|_| digests.before);
    tx.execute(&sql::FORGET_NETWORKS, &params![tenant, *token])?;
    tx.execute(&sql::ROTATE_TOKEN, &params![tenant, *token, digests.before, digests.after, retiring, *retiring_until, *expires_at, *owner])
}
