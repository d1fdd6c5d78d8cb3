//! From a credential to a scope.

use kernel::authenticator::Authenticated;
use kernel::{Access, Actor, Authenticator, Denied, DeviceScope, Permission, Presented, Scope, SecretText};
use seal::token::Token;

use crate::token::TokenKind;
use crate::{Identity, IdentityError};

impl Authenticator for Identity {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access) -> Authenticated<'a> {
        Box::pin(async move {
            match presented {
                Presented::Nothing => Err(Denied::Unauthenticated),
                Presented::Session(secret) => self.authenticate_session(secret, access).await,
                Presented::Bearer(secret) => self.authenticate_token(secret, access).await,
            }
        })
    }
}

impl Identity {
    async fn authenticate_session(&self, secret: &SecretText, access: Access) -> Result<Scope, Denied> {
        let session = self.session_of(secret).await.map_err(unavailable)?.ok_or(Denied::Unauthenticated)?;
        match access {
            // An owner may do everything; roles come with a later issue.
            Access::Person(_) => Ok(self.mint().mint(session.tenant, Actor::User(session.user), Permission::ALL, DeviceScope::All)),
            _ => Err(Denied::Forbidden),
        }
    }

    async fn authenticate_token(&self, secret: &SecretText, access: Access) -> Result<Scope, Denied> {
        let token = Token::parse(secret.expose()).map_err(|_| Denied::Unauthenticated)?;
        let found = self.token_of(&token).await.map_err(unavailable)?.ok_or(Denied::Unauthenticated)?;
        match (found.kind, access) {
            (TokenKind::Api, Access::Person(permission)) if found.permissions.contains(&permission) => {
                Ok(self.mint().mint(found.tenant, Actor::ApiToken(found.token), &found.permissions, DeviceScope::All))
            }
            (TokenKind::Telemetry, Access::Report) => {
                Ok(self.mint().mint(found.tenant, Actor::TelemetryToken(found.token), &[], DeviceScope::None))
            }
            _ => Err(Denied::Forbidden),
        }
    }
}

fn unavailable(error: IdentityError) -> Denied {
    tracing::error!(error = %error, "credentials cannot be checked");
    Denied::Unavailable
}
