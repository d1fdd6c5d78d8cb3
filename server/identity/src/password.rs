//! Passwords: argon2id, on threads that may block, a few at a time.
//!
//! A hash costs 19 MiB and about 20 ms on purpose, so a flood of sign-ins must not take the machine: at most
//! [`HASHES_AT_ONCE`] run, at most [`HASHES_WAITING_MAX`] wait, and the next is told to come back. An unknown person's
//! password is checked against a decoy, so that the answer takes as long as for a known one. What a password has to be says
//! [`crate::preset`].

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Rng, SecretText};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Longest password, in bytes of UTF-8: far past every passphrase, and cheap to hash.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Memory of one hash, in KiB (promise GL-5: at least 19 MiB).
pub const MEMORY_KIB: u32 = 19 * 1_024;
/// Passes over the memory (promise GL-5: at least 2).
pub const PASSES: u32 = 2;
/// Hashes that are computed at the same time.
pub const HASHES_AT_ONCE: usize = 4;
/// Requests that wait for their hash; one more is refused.
pub const HASHES_WAITING_MAX: usize = 64;

const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// A hash could not be computed now.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait.
    #[error("more than {HASHES_WAITING_MAX} sign-ins wait already")]
    Busy,
    /// The stored hash does not parse, or the function failed.
    #[error("the password hash cannot be computed: {0}")]
    Failed(String),
}

/// What a stored hash says of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password.
    Wrong,
    /// It is this password.
    Right,
    /// It is this password, and the hash is weaker than what is made today: store a new one.
    RightButWeak,
}

/// Computes and checks hashes. Cloning shares the limit.
#[derive(Clone)]
pub struct Hasher {
    rng: Rng,
    at_once: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    decoy: Arc<str>,
}

impl Hasher {
    /// A hasher; computes one hash, for the decoy.
    ///
    /// # Errors
    /// [`HashError::Failed`].
    pub fn new(rng: Rng) -> Result<Self, HashError> {
        let nobodys = SecretText::new(rng.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect());
        let decoy = hash_now(&nobodys, rng.bytes())?;
        Ok(Self {
            rng,
            at_once: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            admitted: Arc::new(Semaphore::new(HASHES_AT_ONCE + HASHES_WAITING_MAX)),
            decoy: decoy.as_str().into(),
        })
    }

    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: SecretText) -> Result<Zeroizing<String>, HashError> {
        let salt = self.rng.bytes();
        self.run(move || hash_now(&password, salt)).await
    }

    /// Compares a password with a stored hash; with no hash, does the same work and says [`Verdict::Wrong`].
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(&self, password: SecretText, stored: Option<Zeroizing<String>>) -> Result<Verdict, HashError> {
        let decoy = Arc::clone(&self.decoy);
        self.run(move || match stored {
            Some(stored) => verify_now(&password, &stored),
            None => verify_now(&password, &decoy).map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, HashError> + Send + 'static) -> Result<T, HashError> {
        let place = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| HashError::Busy)?;
        // The work goes on where nobody waits for it any more, and so does what it takes.
        let bounded = move || {
            let done = work();
            drop((turn, place));
            done
        };
        tokio::task::spawn_blocking(bounded).await.map_err(|error| HashError::Failed(error.to_string()))?
    }
}

impl Hasher {
    /// The hash of a password that nobody knows.
    pub(crate) fn decoy(&self) -> &str {
        &self.decoy
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError::Failed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &SecretText, salt: [u8; SALT_BYTES]) -> Result<Zeroizing<String>, HashError> {
    let hash =
        argon2()?.hash_password_with_salt(password.expose().as_bytes(), &salt).map_err(|error| HashError::Failed(error.to_string()))?;
    Ok(Zeroizing::new(hash.to_string()))
}

fn verify_now(password: &SecretText, stored: &str) -> Result<Verdict, HashError> {
    let stored = PasswordHash::new(stored).map_err(|error| HashError::Failed(error.to_string()))?;
    // The parameters are the stored hash's own, so that old hashes still verify.
    if argon2()?.verify_password(password.expose().as_bytes(), &stored).is_err() {
        return Ok(Verdict::Wrong);
    }
    Ok(if is_as_strong_as_ours(&stored)? { Verdict::Right } else { Verdict::RightButWeak })
}

/// Whether a stored hash is as strong as what is made today.
pub(crate) fn is_strong(stored: &str) -> Result<bool, HashError> {
    is_as_strong_as_ours(&PasswordHash::new(stored).map_err(|error| HashError::Failed(error.to_string()))?)
}

fn is_as_strong_as_ours(stored: &PasswordHash) -> Result<bool, HashError> {
    let params = Params::try_from(stored).map_err(|error| HashError::Failed(error.to_string()))?;
    Ok(stored.algorithm.as_str() == "argon2id" && params.m_cost() >= MEMORY_KIB && params.t_cost() >= PASSES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hasher = Hasher::new(Rng::seeded(1)).unwrap();
        let stored = hasher.hash(secret("correct horse battery")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.as_str());
        assert_eq!(hasher.verify(secret("correct horse battery"), Some(stored.clone())).await.unwrap(), Verdict::Right);
        assert_eq!(hasher.verify(secret("correct horse batterz"), Some(stored)).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.verify(secret("correct horse battery"), None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_weaker_hash_is_told_apart() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
        let stored = weak.hash_password_with_salt(b"correct horse battery", &[7; 16]).unwrap().to_string();
        let hasher = Hasher::new(Rng::seeded(1)).unwrap();
        let verdict = hasher.verify(secret("correct horse battery"), Some(Zeroizing::new(stored))).await.unwrap();
        assert_eq!(verdict, Verdict::RightButWeak);
    }

    #[tokio::test]
    async fn one_more_than_the_queue_holds_is_refused() {
        let hasher = Hasher::new(Rng::seeded(1)).unwrap();
        let everybody = u32::try_from(HASHES_AT_ONCE + HASHES_WAITING_MAX).unwrap();
        let _all_places = hasher.admitted.acquire_many(everybody).await.unwrap();
        assert!(matches!(hasher.hash(secret("correct horse battery")).await, Err(HashError::Busy)));
    }
}
