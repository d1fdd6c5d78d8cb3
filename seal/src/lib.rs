//! Pure cryptography: AEAD with associated data, signatures, Merkle hashing, commitments.
