//! Recovery codes: ten texts that stand for the second factor once each, for whoever loses the authenticator.
//!
//! They are shown once and kept as digests: 80 random bits cannot be guessed from one, so a slow hash would add nothing. A
//! new set ends the old one. They stand for the second factor and never for the password.

use kernel::{Rng, Scope, SecretText, Timestamp, UserId};
use seal::hash::sha256;
use serde_json::json;
use store::{StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use zeroize::Zeroizing;

use crate::store as sql;
use crate::{Identity, IdentityError};

/// Codes of a set.
pub const RECOVERY_CODES: usize = 10;
/// Random bytes of a code.
const RANDOM_BYTES: usize = 10;
/// Letters of a code, without what is put between them.
const CODE_CHARS: usize = RANDOM_BYTES * 8 / 5;
/// Letters between two dashes.
const GROUP_CHARS: usize = 4;
/// Digits and letters that are not mistaken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What a digest is made over besides.
const CONTEXT: &[u8] = b"purser recovery code";

/// What is left of somebody's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodesLeft {
    /// How many.
    pub left: usize,
    /// When they were made; nothing where none is left.
    pub made_at: Option<Timestamp>,
}

/// A code as it is compared, where the text may be one: without dashes and spaces, in capitals, with the digits that look
/// like the letters typed for them.
pub(crate) fn normalise(typed: &str) -> Option<Zeroizing<String>> {
    let letters = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    let code = Zeroizing::new(letters.take(CODE_CHARS + 1).collect::<String>());
    let is_one = code.len() == CODE_CHARS && code.bytes().all(|letter| ALPHABET.contains(&letter));
    is_one.then_some(code)
}

/// What is kept of a code.
pub(crate) fn digest(user: i64, code: &str) -> [u8; 32] {
    sha256(&[CONTEXT, &user.to_be_bytes(), code.as_bytes()].concat())
}

fn random(rng: &Rng) -> Zeroizing<String> {
    let bytes = Zeroizing::new(rng.bytes::<RANDOM_BYTES>());
    let mut code = Zeroizing::new(String::with_capacity(CODE_CHARS));
    for group in bytes.as_chunks::<5>().0 {
        let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        code.extend((0..8).rev().map(|place| char::from(ALPHABET[(bits >> (5 * place) & 31) as usize])));
    }
    code
}

/// A code as it is shown: `7KQ2-M0XV-…`.
fn shown(code: &str) -> SecretText {
    let groups: Vec<&str> = (0..code.len()).step_by(GROUP_CHARS).filter_map(|at| code.get(at..at + GROUP_CHARS)).collect();
    SecretText::new(groups.join("-"))
}

impl Identity {
    /// Makes a new set for the acting person, who has shown the second factor in this request; the old set ends.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; keys and store.
    pub async fn make_recovery_codes(&self, scope: &Scope) -> Result<Vec<SecretText>, IdentityError> {
        let user = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        let codes: Vec<Zeroizing<String>> = (0..RECOVERY_CODES).map(|_| random(self.rng())).collect();
        let told = self.record(scope, LeafKind::RecoveryCodesMade, Some(user.number()), json!({ "codes": RECOVERY_CODES })).await?;
        let digests: Vec<[u8; 32]> = codes.iter().map(|code| digest(user.number(), code)).collect();
        let tenant = scope.tenant();
        let write = self.db().write(move |tx| {
            forget(tx, &told, user)?;
            let now = tx.now();
            for digest in &digests {
                tx.execute(&sql::INSERT_RECOVERY_CODE, &params![*digest, tenant, user, now])?;
            }
            Ok::<_, StoreError>(())
        });
        write.await?;
        Ok(codes.iter().map(|code| shown(code)).collect())
    }

    /// What is left of the acting person's codes.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; the store's.
    pub async fn recovery_codes_left(&self, scope: &Scope) -> Result<CodesLeft, IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let rows = self.db().read(move |tx| tx.query(&sql::RECOVERY_CODES_OF_USER, &params![tenant, user])).await?;
        let made_at = rows.first().map(|row| row.get(0)).transpose()?;
        Ok(CodesLeft { left: rows.len(), made_at })
    }
}

/// Ends somebody's codes.
pub(crate) fn forget(tx: &mut Tx<'_>, _told: &Recorded, user: UserId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_RECOVERY_CODES, &params![user])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let code = random(&Rng::seeded(1));
        let text = shown(&code);
        assert_eq!(text.expose().len(), CODE_CHARS + CODE_CHARS / GROUP_CHARS - 1);
        for typed in [text.expose().to_owned(), text.expose().to_lowercase(), code.to_string(), text.expose().replace('-', " ")] {
            assert_eq!(normalise(&typed).as_deref(), Some(&*code), "{typed}");
        }
        assert_eq!(normalise("oil0-oil0-oil0-oil0").unwrap().as_str(), "0110011001100110");
    }

    #[test]
    fn what_cannot_be_a_code_is_not_looked_up() {
        for typed in ["", "123456", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEF-G", "U123-4567-89AB-CDEF", "ż123-4567-89AB-CDEF"] {
            assert_eq!(normalise(typed), None, "{typed}");
        }
    }

    #[test]
    fn one_code_is_another_for_each_person() {
        assert_ne!(digest(1, "0123456789ABCDEF"), digest(2, "0123456789ABCDEF"));
    }
}
