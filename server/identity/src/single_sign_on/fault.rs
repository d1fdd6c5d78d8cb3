//! What can be wrong with a provider or with what it says: for the ledger and for whoever tests a setting. A stranger is told
//! none of it.

/// What is wrong with a token, or with what came back from the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    #[error("what the provider answered cannot be read")]
    Malformed,
    #[error("the token's algorithm is none that is taken")]
    Algorithm,
    #[error("the token's header has what only another reader would understand")]
    Header,
    #[error("no key of the provider has signed the token")]
    UnknownKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token names another issuer")]
    Issuer,
    #[error("the token is for another client")]
    Audience,
    #[error("the token was given to another client")]
    AuthorizedParty,
    #[error("the token has expired")]
    Expired,
    #[error("the token was made at another time")]
    IssuedAt,
    #[error("the token does not hold yet")]
    NotBefore,
    #[error("the token is the answer to another request")]
    Nonce,
    #[error("the token belongs to another access token")]
    AccessTokenHash,
    #[error("the token names nobody")]
    Subject,
    #[error("the access token is of a type that is not known")]
    TokenType,
}

impl TokenFault {
    /// The word that the ledger keeps.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::Header => "header",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::AuthorizedParty => "authorized-party",
            Self::Expired => "expired",
            Self::IssuedAt => "issued-at",
            Self::NotBefore => "not-before",
            Self::Nonce => "nonce",
            Self::AccessTokenHash => "access-token-hash",
            Self::Subject => "subject",
            Self::TokenType => "token-type",
        }
    }
}
