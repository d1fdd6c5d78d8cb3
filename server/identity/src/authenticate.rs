//! From a credential to a scope.

use kernel::authenticator::Authenticated;
use kernel::{Access, Actor, Authenticator, Denied, DeviceScope, Origin, Presented, Scope, SecretText, Source, TenantId};
use seal::token::Token;

use crate::access_policy::CredentialKind;
use crate::session::Session;
use crate::token::TokenKind;
use crate::{Identity, IdentityError};

impl Authenticator for Identity {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access, origin: Origin) -> Authenticated<'a> {
        Box::pin(async move {
            match presented {
                Presented::Nothing => Err(Denied::Unauthenticated),
                Presented::Session(secret) => self.authenticate_session(secret, access, origin).await,
                Presented::Bearer(secret) => self.authenticate_token(secret, access, origin).await,
            }
        })
    }
}

impl Identity {
    async fn authenticate_session(&self, secret: &SecretText, access: Access, origin: Origin) -> Result<Scope, Denied> {
        let session = self.session_of(secret).await.map_err(unavailable)?.ok_or(Denied::Unauthenticated)?;
        let Session { tenant, user, .. } = session;
        self.check_source(tenant, CredentialKind::People, origin.source).await?;
        // Certificates are programs': nobody's session has one.
        if origin.certificate.is_some() {
            return Err(Denied::Certificate);
        }
        // A stolen cookie that is shown from elsewhere keeps no session from idling out.
        self.touch_session(&session).await.map_err(unavailable)?;
        let Access::Person(permission) = access else { return Err(Denied::Forbidden) };
        let held = self.held(tenant, user).await.map_err(unavailable)?;
        let permissions = held.permissions();
        if !permissions.contains(&permission) {
            return Err(Denied::Forbidden);
        }
        // A scope is for one route: its devices are those that this route's permission reaches.
        Ok(self.mint().mint(tenant, Actor::User(user), &permissions, held.devices(permission)))
    }

    async fn authenticate_token(&self, secret: &SecretText, access: Access, origin: Origin) -> Result<Scope, Denied> {
        let token = Token::parse(secret.expose()).map_err(|_| Denied::Unauthenticated)?;
        let Origin { source, certificate } = origin;
        let (found, fits) = self.token_of(&token, certificate).await.map_err(unavailable)?.ok_or(Denied::Unauthenticated)?;
        let list = if found.kind == TokenKind::Api { CredentialKind::Api } else { CredentialKind::Agents };
        self.check_source(found.tenant, list, source).await?;
        if !found.networks.admit(source) {
            return Err(Denied::Source);
        }
        // Before its end and its permissions are looked at: who stole it learns nothing of it.
        if !fits {
            return Err(Denied::Certificate);
        }
        if found.expires_at.is_some_and(|expires_at| self.clock().now() >= expires_at) {
            return Err(Denied::Unauthenticated);
        }
        self.note_use(&found, source).await.map_err(unavailable)?;
        let (tenant, token) = (found.tenant, found.token);
        match (found.kind, access) {
            (TokenKind::Api, Access::Person(permission)) => {
                let reach = self.token_reach(found).await.map_err(unavailable)?;
                let devices = reach.devices(permission);
                if devices == DeviceScope::None {
                    return Err(Denied::Forbidden);
                }
                Ok(self.mint().mint(tenant, Actor::ApiToken(token), &reach.permissions(), devices))
            }
            (TokenKind::Telemetry, Access::Report) => Ok(self.mint().mint(tenant, Actor::TelemetryToken(token), &[], DeviceScope::None)),
            _ => Err(Denied::Forbidden),
        }
    }

    /// From elsewhere than its tenant's list a credential gets this answer before anything else is asked of it.
    async fn check_source(&self, tenant: TenantId, kind: CredentialKind, source: Source) -> Result<(), Denied> {
        if self.lets_in(tenant, kind, source).await.map_err(unavailable)? { Ok(()) } else { Err(Denied::Source) }
    }
}

fn unavailable(error: IdentityError) -> Denied {
    tracing::error!(error = %error, "credentials cannot be checked");
    Denied::Unavailable
}
