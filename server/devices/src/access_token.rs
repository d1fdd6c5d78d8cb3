//! Access tokens: a quarter of an hour for one device, checked without a look-up.
//!
//! The content is tenant, device and expiry, eight bytes each, under a MAC whose key only the instance has
//! ([`seal::signed_token`]). What ends a token early is known in memory: see `barred`.

use kernel::limits::ACCESS_TOKEN_LIFETIME;
use kernel::{DeviceId, KeyRef, Scope, SecretText, Source, TenantId, Timestamp};
use seal::signed_token;
use seal::token::TokenKind;
use store::params;
use wire::enrol::{self, AccessToken, CONTEXT_TOKEN, TokenRequest};

use crate::challenge::verify;
use crate::enrol::{Credentials, fingerprint_index};
use crate::record::Service;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// For which purpose access tokens are hashed.
const PURPOSE: &str = "device-access-token";

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Content {
    tenant: TenantId,
    device: DeviceId,
    expires_at: Timestamp,
}

impl Content {
    fn to_bytes(self) -> Vec<u8> {
        [self.tenant.number(), self.device.number(), self.expires_at.micros()].iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([tenant, device, expires_at], []) = bytes.as_chunks::<8>() else { return None };
        Some(Self {
            tenant: TenantId::from_number(i64::from_be_bytes(*tenant))?,
            device: DeviceId::from_number(i64::from_be_bytes(*device))?,
            expires_at: Timestamp::from_micros(i64::from_be_bytes(*expires_at)),
        })
    }
}

impl Devices {
    /// Gives a device that proves its key an access token.
    ///
    /// # Errors
    /// [`DeviceError::NotProven`] for an unknown tenant or device, an old challenge or a wrong signature, all alike. To a
    /// device that has proven its key: [`DeviceError::Retired`], and [`DeviceError::Cloned`] where its fingerprint is not
    /// the one that it enrolled with. Keys and store.
    pub async fn access_token(&self, request: &TokenRequest, source: Source) -> Result<AccessToken, DeviceError> {
        self.check_challenge(&request.challenge)?;
        if !self.0.identity.tenant_exists(request.tenant).await? {
            return Err(DeviceError::NotProven);
        }
        self.check_source(request.tenant, source).await?;
        let scope = self.mint().device(request.tenant, request.device);
        let (keys, tenant, device, fingerprint) = (self.keys(), request.tenant, request.device, request.fingerprint);
        let found = self
            .0
            .stores
            .tenant(&scope)
            .read(move |tx| {
                let row = tx.query_optional(&sql::CREDENTIALS_BY_ID, &params![tenant, device])?;
                let presented = fingerprint_index(keys.as_ref(), tenant, fingerprint)?;
                Ok::<_, DeviceError>((row.map(|row| Credentials::of(&row)).transpose()?, presented))
            })
            .await?;
        let (Some(credentials), presented) = found else { return Err(DeviceError::NotProven) };
        let public_key = credentials.public_key.ok_or(DeviceError::NotProven)?;
        let parts = enrol::token_parts(&request.challenge, device, fingerprint);
        verify(public_key, CONTEXT_TOKEN, &parts, &request.signature)?;
        if credentials.service == Service::Retired {
            return Err(DeviceError::Retired);
        }
        if credentials.fingerprint_index != Some(presented) {
            return Err(DeviceError::Cloned);
        }
        let server_time = self.clock().now();
        let expires_at = server_time.plus(ACCESS_TOKEN_LIFETIME);
        let content = Content { tenant, device, expires_at }.to_bytes();
        let mac = self.0.keys.blind_index(KeyRef::Instance, PURPOSE, &content)?;
        let access_token = signed_token::text(TokenKind::Device, &content, mac).to_string();
        Ok(AccessToken { access_token, expires_at, server_time })
    }

    /// The scope of an access token, where it is genuine, fresh and not barred. Processor and memory only, but for the
    /// first token of a tenant.
    ///
    /// # Errors
    /// [`DeviceError::NotProven`]; keys and store.
    pub async fn device_of_token(&self, token: &SecretText) -> Result<Scope, DeviceError> {
        let unverified = signed_token::parse(TokenKind::Device, token.expose()).map_err(|_| DeviceError::NotProven)?;
        let expected = self.0.keys.blind_index(KeyRef::Instance, PURPOSE, unverified.content())?;
        let content = unverified.verify(&expected).map_err(|_| DeviceError::NotProven)?;
        let Content { tenant, device, expires_at } = Content::from_bytes(&content).ok_or(DeviceError::NotProven)?;
        let given_at = expires_at.minus(ACCESS_TOKEN_LIFETIME);
        if self.clock().now() >= expires_at || self.is_barred(tenant, device, given_at).await? {
            return Err(DeviceError::NotProven);
        }
        Ok(self.mint().device(tenant, device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_survives_its_bytes_and_nothing_else_is_one() {
        let content =
            Content { tenant: TenantId::from_random(2), device: DeviceId::from_random(4), expires_at: Timestamp::from_seconds(6) };
        let bytes = content.to_bytes();
        assert_eq!(Content::from_bytes(&bytes), Some(content));
        assert_eq!(Content::from_bytes(&bytes[1..]), None);
        assert_eq!(Content::from_bytes(&[0; 24]), None);
        assert_eq!(Content::from_bytes(&[bytes, vec![0; 8]].concat()), None);
    }
}
