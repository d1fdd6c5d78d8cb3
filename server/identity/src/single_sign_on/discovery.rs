//! What a provider says of itself (OpenID Connect Discovery 1.0): where its pages are, and what it can do.

use serde::Deserialize;

use super::address::{Issuer, SecureAddress};
use super::signed_token::Algorithm;

/// Where a provider's pages are, and what it can do.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: SecureAddress,
    pub(crate) token_endpoint: SecureAddress,
    pub(crate) userinfo_endpoint: Option<SecureAddress>,
    pub(crate) keys: SecureAddress,
    /// Whether its answers name it (RFC 9207).
    pub(crate) names_itself: bool,
    /// Whether we show who we are in the header, rather than in the body.
    pub(crate) takes_basic: bool,
}

/// What is wrong with what a provider says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MetadataFault {
    #[error("it is not what a provider says of itself")]
    Malformed,
    #[error("it names another issuer")]
    Issuer,
    #[error("one of its pages is not over TLS")]
    NotHttps,
    #[error("it gives out no codes")]
    NoCode,
    #[error("it does not take PKCE with S256")]
    NoProof,
    #[error("it signs with no algorithm that is taken")]
    Algorithm,
    #[error("it takes no client secret in a way that is known")]
    ClientAuthentication,
}

impl MetadataFault {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Malformed => "discovery-malformed",
            Self::Issuer => "discovery-issuer",
            Self::NotHttps => "not-https",
            Self::NoCode => "no-code-flow",
            Self::NoProof => "no-pkce",
            Self::Algorithm => "no-known-algorithm",
            Self::ClientAuthentication => "no-known-client-authentication",
        }
    }
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    response_types_supported: Vec<String>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Where it is absent nothing is said about PKCE: many providers that take it do not say so.
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Reads what the provider of an issuer says of itself; that issuer has to stand in it, byte for byte.
    pub(crate) fn parse(document: &[u8], issuer: &Issuer, has_secret: bool) -> Result<Self, MetadataFault> {
        let document: Document = serde_json::from_slice(document).map_err(|_| MetadataFault::Malformed)?;
        if document.issuer != issuer.as_text() {
            return Err(MetadataFault::Issuer);
        }
        if !document.response_types_supported.iter().any(|kind| kind == "code") {
            return Err(MetadataFault::NoCode);
        }
        if document.code_challenge_methods_supported.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(MetadataFault::NoProof);
        }
        let algorithms = document.id_token_signing_alg_values_supported.unwrap_or_default();
        if !algorithms.is_empty() && !algorithms.iter().any(|text| Algorithm::from_text(text).is_some()) {
            return Err(MetadataFault::Algorithm);
        }
        // Basic is what holds where nothing is said.
        let methods = document.token_endpoint_auth_methods_supported.unwrap_or_else(|| vec!["client_secret_basic".into()]);
        let takes = |method: &str| methods.iter().any(|taken| taken == method);
        if has_secret && !takes("client_secret_basic") && !takes("client_secret_post") {
            return Err(MetadataFault::ClientAuthentication);
        }
        let address = |text: String| text.parse::<SecureAddress>().map_err(|_| MetadataFault::NotHttps);
        Ok(Self {
            authorization_endpoint: address(document.authorization_endpoint)?,
            token_endpoint: address(document.token_endpoint)?,
            userinfo_endpoint: document.userinfo_endpoint.map(address).transpose()?,
            keys: address(document.jwks_uri)?,
            names_itself: document.authorization_response_iss_parameter_supported,
            takes_basic: takes("client_secret_basic"),
        })
    }
}
