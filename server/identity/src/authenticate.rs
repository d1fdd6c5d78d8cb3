//! From a credential to a scope.

use kernel::authenticator::Authenticated;
use kernel::{Access, Actor, Authenticator, Denied, DeviceScope, Origin, Presented, Scope, SecretText, Source, TenantId};
use seal::token::{Token, TokenKind};

use crate::access_policy::CredentialKind;
use crate::session::Session;
use crate::token::TokenKind as Kind;
use crate::token_use::FoundToken;
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
        // One that was begun while the directory shut its person out opens nothing either.
        if self.is_shut_out(tenant, user).await.map_err(unavailable)? {
            return Err(Denied::Unauthenticated);
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
        let is_short_lived = TokenKind::of(secret.expose()) == Ok(TokenKind::Access);
        let (digest, kind) = if is_short_lived {
            let content = self.open_access_token(secret)?;
            if !content.is_of(origin.certificate) {
                return Err(Denied::Certificate);
            }
            (content.token_digest, TokenKind::Api)
        } else {
            let token = Token::parse(secret.expose()).map_err(|_| Denied::Unauthenticated)?;
            (token.stored_hash(), token.kind())
        };
        let found = self.working_token(digest, kind, origin).await?;
        self.note_use(&found, origin.source).await.map_err(unavailable)?;
        let (tenant, token) = (found.tenant, found.token);
        match (found.kind, access) {
            (Kind::Api, Access::Person(permission) | Access::Program(permission)) => {
                let is_passing = is_short_lived || found.digest != digest;
                let reach = self.token_reach(found).await.map_err(unavailable)?;
                let devices = reach.devices(permission);
                // What ends within minutes or days gives nothing that goes on after it: who has stolen it would have the token.
                let mut permissions = reach.permissions();
                permissions.retain(|permission| !(is_passing && permission.gives_credentials()));
                if devices == DeviceScope::None || !permissions.contains(&permission) {
                    return Err(Denied::Forbidden);
                }
                Ok(self.mint().mint(tenant, Actor::ApiToken(token), &permissions, devices))
            }
            (Kind::Telemetry, Access::Report) => Ok(self.mint().mint(tenant, Actor::TelemetryToken(token), &[], DeviceScope::None)),
            _ => Err(Denied::Forbidden),
        }
    }

    /// The token of a secret's digest, where it works here, with what was shown, and now.
    pub(crate) async fn working_token(&self, digest: [u8; 32], kind: TokenKind, origin: Origin) -> Result<FoundToken, Denied> {
        let Origin { source, certificate } = origin;
        let found = self.token_of((digest, kind), certificate).await.map_err(unavailable)?;
        let (found, fits) = found.ok_or(Denied::Unauthenticated)?;
        let list = if found.kind == Kind::Api { CredentialKind::Api } else { CredentialKind::Agents };
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
        Ok(found)
    }

    /// From elsewhere than its tenant's list a credential gets this answer before anything else is asked of it.
    async fn check_source(&self, tenant: TenantId, kind: CredentialKind, source: Source) -> Result<(), Denied> {
        if self.lets_in(tenant, kind, source).await.map_err(unavailable)? { Ok(()) } else { Err(Denied::Source) }
    }
}

pub(crate) fn unavailable(error: IdentityError) -> Denied {
    tracing::error!(error = %error, "credentials cannot be checked");
    Denied::Unavailable
}
