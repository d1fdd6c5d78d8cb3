//! The typed ids, in one registry.
//!
//! An id is a random positive 63-bit number: it fits `BIGINT` on every engine, says nothing about its owner, and has a
//! text form that names its kind: `dev_` followed by thirteen characters of Crockford's base 32 (lower case). Reading
//! accepts exactly that form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of an id's text form after its prefix: 13 × 5 bits hold 63.
pub const ID_TEXT_CHARS: usize = 13;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    /// The prefix that was expected, without its underscore.
    pub prefix: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an id of this kind: expected {}_ and {ID_TEXT_CHARS} characters of 0-9 and a-z without i, l, o, u", self.prefix)
    }
}

impl std::error::Error for IdError {}

fn encode(prefix: &str, number: i64) -> String {
    let mut text = String::with_capacity(prefix.len() + 1 + ID_TEXT_CHARS);
    text.push_str(prefix);
    text.push('_');
    for place in (0..ID_TEXT_CHARS).rev() {
        let digit = (number.cast_unsigned() >> (5 * place)) & 31;
        text.push(char::from(ALPHABET[digit as usize]));
    }
    text
}

fn decode(prefix: &'static str, text: &str) -> Result<i64, IdError> {
    let error = IdError { prefix };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or_else(|| error.clone())?;
    if digits.len() != ID_TEXT_CHARS {
        return Err(error);
    }
    let mut number: u128 = 0;
    for byte in digits.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == byte).ok_or_else(|| error.clone())?;
        number = (number << 5) | digit as u128;
    }
    i64::try_from(number).ok().filter(|number| *number > 0).ok_or(error)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(i64);

            impl $name {
                /// The kind's text prefix, without its underscore.
                pub const PREFIX: &'static str = $prefix;

                /// Makes an id of 64 random bits; the sign is cleared and zero becomes one.
                #[must_use]
                pub const fn from_random(bits: u64) -> Self {
                    let number = (bits >> 1).cast_signed();
                    Self(if number == 0 { 1 } else { number })
                }

                /// The id with this number, if it can be one: a positive number.
                #[must_use]
                pub const fn from_number(number: i64) -> Option<Self> {
                    if number > 0 { Some(Self(number)) } else { None }
                }

                /// The number, as it is stored in a `BIGINT` column.
                #[must_use]
                pub const fn number(self) -> i64 {
                    self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&encode($prefix, self.0))
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl FromStr for $name {
                type Err = IdError;

                fn from_str(text: &str) -> Result<Self, IdError> {
                    decode($prefix, text).map(Self)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(&encode($prefix, self.0))
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )*

        /// Every id kind's prefix, in alphabetical order of the kinds.
        pub const ID_PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids! {
    /// A case: a breach of security and what is done about it.
    CaseId = "cas";
    /// A client certificate.
    CertificateId = "crt";
    /// A device: one operating system installation that reports.
    DeviceId = "dev";
    /// A token that lets devices join a tenant.
    EnrolmentTokenId = "enr";
    /// An erasure of a device, a user or a tenant.
    ErasureId = "ers";
    /// An export that can be fetched.
    ExportId = "exp";
    /// A grant: a role that a person holds.
    GrantId = "grn";
    /// A group of devices.
    GroupId = "grp";
    /// A shared set of packages that many devices have.
    ImageId = "img";
    /// A unit of leased background work.
    JobId = "job";
    /// A leaf of a ledger.
    LeafId = "leaf";
    /// A mail to one person.
    MailId = "mail";
    /// A running `purser serve`.
    NodeId = "node";
    /// An operator: a person of those who run the installation.
    OperatorId = "opr";
    /// A passkey: what a person signs in with beside password and code.
    PasskeyId = "pky";
    /// A group of people.
    PeopleGroupId = "pgr";
    /// The document from which advisory records came.
    ProvenanceId = "prov";
    /// A provider by which people sign in.
    ProviderId = "idp";
    /// The answer to one transmission.
    ReceiptId = "rcp";
    /// One HTTP request.
    RequestId = "req";
    /// A request by which somebody uses their rights over their data.
    RightsRequestId = "rrq";
    /// A signed-in browser.
    SessionId = "ses";
    /// A tenant: an organisation whose data are apart from all others'.
    TenantId = "ten";
    /// An API or telemetry token.
    TokenId = "tok";
    /// A person who signs in.
    UserId = "usr";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text_form(bits: u64) {
            let id = DeviceId::from_random(bits);
            prop_assert_eq!(id.to_string().parse::<DeviceId>(), Ok(id));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _is_refused_or_read = text.parse::<DeviceId>();
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let tenant = TenantId::from_random(42).to_string();
        assert!(tenant.parse::<DeviceId>().is_err());
    }

    #[test]
    fn upper_case_and_overlong_numbers_are_refused() {
        assert!("dev_ZZZZZZZZZZZZZ".parse::<DeviceId>().is_err());
        assert!("dev_zzzzzzzzzzzzz".parse::<DeviceId>().is_err());
        assert!("dev_0000000000000".parse::<DeviceId>().is_err());
    }

    #[test]
    fn kinds_stand_in_alphabetical_order_with_distinct_prefixes() {
        let mut prefixes = ID_PREFIXES.to_vec();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), ID_PREFIXES.len());
    }
}
