//! Whether a provider can be used: it is asked what it is and for its keys, and what is wrong is told in a word that the console
//! has a sentence for.

use kernel::{ProviderId, Scope};

use crate::{Identity, IdentityError};

impl Identity {
    /// Asks a provider of the scope's tenant what it is. What is wrong with it, if anything: whether it takes the client id and
    /// its secret shows the first sign-in only.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; keys and store.
    pub async fn check_provider(&self, scope: &Scope, provider: ProviderId) -> Result<Option<&'static str>, IdentityError> {
        let stored = self.own_provider(scope, provider).await?;
        self.relying_party().forget(provider);
        let known = self.relying_party().known(&stored.client(), self.clock().monotonic()).await;
        Ok(known.err().map(|fault| fault.text()))
    }
}
