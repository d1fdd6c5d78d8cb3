//! All credentials of the house behind one door: devices' own here, the others at `identity`.

use kernel::authenticator::Authenticated;
use kernel::{Access, Authenticator, Denied, Presented};
use seal::token::TokenKind;

use crate::{DeviceError, Devices};

impl Authenticator for Devices {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access) -> Authenticated<'a> {
        let token = match presented {
            Presented::Bearer(token) if TokenKind::of(token.expose()) == Ok(TokenKind::Device) => token,
            _ => return self.0.identity.authenticate(presented, access),
        };
        Box::pin(async move {
            let scope = self.device_of_token(token).await.map_err(|error| match error {
                DeviceError::NotProven => Denied::Unauthenticated,
                error => {
                    tracing::error!(error = %error, "device tokens cannot be checked");
                    Denied::Unavailable
                }
            })?;
            match access {
                Access::Device | Access::Report => Ok(scope),
                _ => Err(Denied::Forbidden),
            }
        })
    }
}
