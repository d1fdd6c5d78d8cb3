//! The specification of `seal`, driven through its public door.

mod checkpoint;
mod gathering;
mod hash;
mod keccak;
mod log_file;
mod merkle;
mod note;
mod sign;
mod tile;
mod token;
mod witness;
mod xaes;

/// The bytes of hexadecimal text.
fn hex<const N: usize>(text: &str) -> [u8; N] {
    assert_eq!(text.len(), 2 * N);
    std::array::from_fn(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2).expect("ASCII"), 16).expect("hexadecimal"))
}
