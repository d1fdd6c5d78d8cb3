//! From a credential to a scope.

use kernel::authenticator::Authenticated;
use kernel::{Access, Actor, Authenticator, Denied, DeviceScope, Presented, Scope, SecretText};
use seal::token::Token;

use crate::session::Session;
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
        let Session { tenant, user, .. } = self.session_of(secret).await.map_err(unavailable)?.ok_or(Denied::Unauthenticated)?;
        let Access::Person(permission) = access else { return Err(Denied::Forbidden) };
        let held = self.held(tenant, user).await.map_err(unavailable)?;
        let permissions = held.permissions();
        if !permissions.contains(&permission) {
            return Err(Denied::Forbidden);
        }
        // A scope is for one route: its devices are those that this route's permission reaches.
        Ok(self.mint().mint(tenant, Actor::User(user), &permissions, held.devices(permission)))
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
