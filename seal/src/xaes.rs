//! XAES-256-GCM, <https://c2sp.org/XAES-256-GCM>: AES-256-GCM with a nonce of 192 bits.
//!
//! Why not plain AES-256-GCM: its nonce of 96 bits may be random for some 2³² messages under one key only, and a
//! tenant key seals more. Here a message's own AES key is derived from the long-lived key and the first half of the
//! nonce, and 2⁸⁰ random nonces are safe. The derivation is NIST SP 800-108r1 with AES-CMAC, which for one block is:
//!
//! ```text
//! L  = AES(K, 0…0)            K1 = L doubled in GF(2¹²⁸)            (once for a key, kept in `Key`)
//! Kx = AES(K, 00 01 'X' 00 ‖ nonce[..12] ⊕ K1) ‖ AES(K, 00 02 'X' 00 ‖ nonce[..12] ⊕ K1)
//! AES-256-GCM(key Kx, nonce nonce[12..])
//! ```
//!
//! A sealed text is `nonce ‖ ciphertext ‖ tag`. It does not commit to the key, so a reader must know from the record
//! (and its associated data) which key it tries, and never search for one that fits.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use zeroize::{Zeroize, Zeroizing};

/// Length of a key.
pub const KEY_BYTES: usize = 32;
/// Length of the nonce in front of a sealed text.
pub const NONCE_BYTES: usize = 24;
/// Length of the tag at the end of a sealed text.
pub const TAG_BYTES: usize = 16;
/// By how much a sealed text is longer than its plaintext.
pub const OVERHEAD_BYTES: usize = NONCE_BYTES + TAG_BYTES;

const BLOCK_BYTES: usize = 16;
/// How much of the nonce goes into the derivation; the rest is the nonce of AES-256-GCM.
const CONTEXT_BYTES: usize = 12;

/// A secret key, with what its repeated use needs already computed. Wiped when dropped.
pub struct Key {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    cipher: EncryptingKey,
    k1: Zeroizing<[u8; BLOCK_BYTES]>,
}

/// A sealed text could not be opened: cut short, altered, of another place (associated data) or of another key.
/// Deliberately one error, because telling these apart would help an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed text does not open: it was altered, belongs elsewhere, or was sealed with another key")]
pub struct OpenError;

impl Key {
    /// A key from its 32 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let unbound = UnboundCipherKey::new(&AES_256, bytes.as_slice()).expect("an AES-256 key has 32 bytes");
        let cipher = EncryptingKey::ecb(unbound).expect("AES-256 works on single blocks");
        let mut k1 = Zeroizing::new([0; BLOCK_BYTES]);
        encrypt_blocks(&cipher, k1.as_mut_slice());
        double(&mut k1);
        Self { bytes, cipher, k1 }
    }

    /// The key itself, for wrapping it with another.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// The AES-256-GCM key and nonce of one message.
    fn message(&self, nonce: &[u8; NONCE_BYTES]) -> (LessSafeKey, Nonce) {
        let (context, rest) = nonce.split_first_chunk::<CONTEXT_BYTES>().expect("a nonce is longer than its context");
        let mut derived = Zeroizing::new([0; 2 * BLOCK_BYTES]);
        for (counter, block) in (1..).zip(derived.chunks_exact_mut(BLOCK_BYTES)) {
            block[..4].copy_from_slice(&[0, counter, b'X', 0]);
            block[4..].copy_from_slice(context);
            block.iter_mut().zip(self.k1.iter()).for_each(|(byte, mask)| *byte ^= mask);
        }
        encrypt_blocks(&self.cipher, derived.as_mut_slice());
        let unbound = UnboundKey::new(&AES_256_GCM, derived.as_slice()).expect("two blocks are an AES-256 key");
        (LessSafeKey::new(unbound), Nonce::try_assume_unique_for_key(rest).expect("the other half has 12 bytes"))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Seals a plaintext: `nonce ‖ ciphertext ‖ tag`. The nonce must be random and fresh for every call; `aad` is what the
/// text is bound to and must be given again to open it.
#[must_use]
pub fn seal(key: &Key, nonce: [u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let (message_key, message_nonce) = key.message(&nonce);
    let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD_BYTES);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    let tag = message_key
        .seal_in_place_separate_tag(message_nonce, Aad::from(aad), &mut sealed[NONCE_BYTES..])
        .expect("a plaintext in memory is shorter than the 64 GiB that one message may have");
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

/// Opens what [`seal`] made with the same key and associated data.
///
/// # Errors
/// [`OpenError`], for anything else.
pub fn open(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(OpenError)?;
    let (message_key, message_nonce) = key.message(nonce);
    let mut plaintext = Zeroizing::new(vec![0; ciphertext.len()]);
    message_key.open_separate_gather(message_nonce, Aad::from(aad), ciphertext, tag, &mut plaintext).map_err(|_| OpenError)?;
    Ok(plaintext)
}

fn encrypt_blocks(cipher: &EncryptingKey, blocks: &mut [u8]) {
    cipher.less_safe_encrypt(blocks, EncryptionContext::None).expect("whole blocks are encrypted without a context");
}

/// Doubles in GF(2¹²⁸) as AES-CMAC does (SP 800-38B, 6.1), without a branch on the secret.
fn double(block: &mut [u8; BLOCK_BYTES]) {
    let mut value = u128::from_be_bytes(*block);
    value = (value << 1) ^ ((value >> 127) * 0b1000_0111);
    *block = value.to_be_bytes();
    value.zeroize();
}
