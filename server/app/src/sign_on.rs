//! What the host says about providers of single sign-on: the table `[single_sign_on]` of the settings file.
//!
//! ```toml
//! [single_sign_on]
//! inside_issuers = ["https://id.example.internal"]     # may lie on addresses that are not public
//! authorities = "/etc/purser/authorities.pem"          # who may have signed a provider's certificate
//! ```

use std::path::PathBuf;

use identity::single_sign_on::{Issuer, SignOnConfig};
use serde::{Deserialize, Serialize};

/// The table `[single_sign_on]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOnSettings {
    /// Issuers that may lie on addresses that are not public.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside_issuers: Vec<Issuer>,
    /// Authorities that may have signed a provider's certificate (PEM); those that the system trusts where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
}

impl SignOnSettings {
    /// Whether nothing is said.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.inside_issuers.is_empty() && self.authorities.is_none()
    }

    /// For identity.
    #[must_use]
    pub fn config(&self, is_offline: bool) -> SignOnConfig {
        SignOnConfig { inside_issuers: self.inside_issuers.clone(), authorities: self.authorities.clone(), is_offline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_that_is_none_is_refused_and_one_stays_as_it_was_written() {
        let table = "inside_issuers = [\"https://id.example.internal/a\"]\n";
        let settings: SignOnSettings = toml::from_str(table).unwrap();
        assert_eq!(toml::to_string(&settings).unwrap(), table);
        assert!(settings.config(true).is_offline);
        assert!(toml::from_str::<SignOnSettings>("inside_issuers = [\"http://id.example.internal\"]").is_err());
    }
}
