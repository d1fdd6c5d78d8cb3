//! All credentials of the house behind one door: devices' own here, the others at `identity`.

use identity::access_policy::CredentialKind;
use kernel::authenticator::Authenticated;
use kernel::{Access, Authenticator, Denied, Origin, Presented};
use seal::token::TokenKind;

use crate::{DeviceError, Devices};

impl Authenticator for Devices {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access, origin: Origin) -> Authenticated<'a> {
        let token = match presented {
            Presented::Bearer(token) if TokenKind::of(token.expose()) == Ok(TokenKind::Device) => token,
            _ => return self.0.identity.authenticate(presented, access, origin),
        };
        Box::pin(async move {
            let scope = self.device_of_token(token).await.map_err(|error| match error {
                DeviceError::NotProven => Denied::Unauthenticated,
                error => {
                    tracing::error!(error = %error, "device tokens cannot be checked");
                    Denied::Unavailable
                }
            })?;
            let is_let_in = self.0.identity.lets_in(scope.tenant(), CredentialKind::Agents, origin.source).await.map_err(|error| {
                tracing::error!(error = %error, "device tokens cannot be checked");
                Denied::Unavailable
            });
            if !is_let_in? {
                return Err(Denied::Source);
            }
            // Certificates are tokens' of programs: a device has a key of its own, and signs in with it.
            if origin.certificate.is_some() {
                return Err(Denied::Certificate);
            }
            match access {
                Access::Device | Access::Report => Ok(scope),
                _ => Err(Denied::Forbidden),
            }
        })
    }
}
