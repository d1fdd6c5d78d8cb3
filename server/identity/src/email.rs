//! An e-mail address by which a person signs in.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Longest part before the `@`, in bytes (RFC 5321 section 4.5.3.1.1).
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;

/// A checked address. It prints as `[redacted]`.
///
/// The rules are loose on purpose: one `@`, something on both sides, no space, no control character. Only a delivered
/// mail shows that an address is right.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Zeroizing<String>);

/// The text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an e-mail address such as ada@example.org, of at most {EMAIL_BYTES_MAX} bytes")]
pub struct EmailError;

impl Email {
    /// The address as its owner wrote it, without the white space around.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The form by which an account is found: lower case, because people do not remember how they wrote it.
    #[must_use]
    pub fn lookup_form(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_lowercase())
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let is_plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@');
        let is_short = text.len() <= EMAIL_BYTES_MAX && local.len() <= EMAIL_LOCAL_BYTES_MAX;
        if is_short && is_plain(local) && is_plain(domain) { Ok(Self(Zeroizing::new(text.to_owned()))) } else { Err(EmailError) }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_however_its_case_is_written() {
        let email: Email = " Ada@Example.ORG ".parse().unwrap();
        assert_eq!(email.as_text(), "Ada@Example.ORG");
        assert_eq!(email.lookup_form().as_str(), "ada@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b@c", "ada@exa\u{0}mple.org"] {
            assert_eq!(text.parse::<Email>(), Err(EmailError), "{text:?}");
        }
    }

    #[test]
    fn an_address_may_be_as_long_as_its_limit_and_no_longer() {
        let of_length = |length: usize| format!("{}@{}", "a".repeat(64), "b".repeat(length - 65));
        assert!(of_length(EMAIL_BYTES_MAX).parse::<Email>().is_ok());
        assert!(of_length(EMAIL_BYTES_MAX + 1).parse::<Email>().is_err());
        assert!(format!("{}@b.c", "a".repeat(65)).parse::<Email>().is_err());
    }

    #[test]
    fn an_address_does_not_print() {
        assert_eq!(format!("{:?}", "ada@example.org".parse::<Email>().unwrap()), "[redacted]");
    }
}
