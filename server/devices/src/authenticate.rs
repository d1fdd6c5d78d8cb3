//! All credentials of the house behind one door: devices' own here, the others at `identity`.

use identity::access_policy::CredentialKind;
use kernel::authenticator::Authenticated;
use kernel::{Access, Authenticator, Denied, Presented, Source};
use seal::token::TokenKind;

use crate::{DeviceError, Devices};

impl Authenticator for Devices {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access, source: Source) -> Authenticated<'a> {
        let token = match presented {
            Presented::Bearer(token) if TokenKind::of(token.expose()) == Ok(TokenKind::Device) => token,
            _ => return self.0.identity.authenticate(presented, access, source),
        };
        Box::pin(async move {
            let scope = self.device_of_token(token).await.map_err(|error| match error {
                DeviceError::NotProven => Denied::Unauthenticated,
                error => {
                    tracing::error!(error = %error, "device tokens cannot be checked");
                    Denied::Unavailable
                }
            })?;
            let is_let_in = self.0.identity.lets_in(scope.tenant(), CredentialKind::Agents, source).await.map_err(|error| {
                tracing::error!(error = %error, "device tokens cannot be checked");
                Denied::Unavailable
            });
            if !is_let_in? {
                return Err(Denied::Source);
            }
            match access {
                Access::Device | Access::Report => Ok(scope),
                _ => Err(Denied::Forbidden),
            }
        })
    }
}
