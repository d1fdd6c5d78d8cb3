//! Whom to write to: an address that stands on the Trust page and in `security.txt`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use words::{Sentence, Speaks, sentence};

/// Longest contact, in bytes.
pub const CONTACT_BYTES_MAX: usize = 254;

/// A contact, as RFC 9116 wants it: `mailto:…`, `https://…` or `tel:…`. A bare e-mail address is made the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Contact(String);

/// It is no contact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ContactError(String);

impl Speaks for ContactError {
    fn sentence(&self) -> Sentence {
        sentence!(
            "`{text}` is no contact: give an e-mail address, a web address (https://...) or a telephone number (tel:+...)",
            "`{text}` to nie jest kontakt: podaj adres e-mail, adres strony (https://...) albo numer telefonu (tel:+...)",
            text = self.0
        )
    }
}

impl Contact {
    /// As a URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.0
    }
}

impl FromStr for Contact {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || ContactError(text.chars().filter(|c| !c.is_control()).take(CONTACT_BYTES_MAX).collect());
        // It becomes a line of a file and a link: no white space, no control, nothing that ends an attribute.
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>`\\".contains(&byte));
        if !is_plain || text.len() > CONTACT_BYTES_MAX {
            return Err(refused());
        }
        let is_address = |address: &str| {
            address.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.') && !host.contains(['@', ':', '/']))
        };
        match text.split_once(':') {
            Some(("mailto", address)) if is_address(address) => Ok(Self(text.to_owned())),
            Some(("https", rest)) if rest.strip_prefix("//").is_some_and(|host| host.contains('.')) => Ok(Self(text.to_owned())),
            Some(("tel", number)) if number.len() > 3 && number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte)) => {
                Ok(Self(text.to_owned()))
            }
            None if is_address(text) => Ok(Self(format!("mailto:{text}"))),
            _ => Err(refused()),
        }
    }
}

impl TryFrom<String> for Contact {
    type Error = ContactError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> Self {
        contact.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_a_page_and_a_number_are_contacts() {
        for (text, uri) in [
            ("privacy@example.org", "mailto:privacy@example.org"),
            ("mailto:privacy@example.org", "mailto:privacy@example.org"),
            ("https://example.org/privacy", "https://example.org/privacy"),
            ("tel:+48-22-1234567", "tel:+48-22-1234567"),
        ] {
            assert_eq!(text.parse::<Contact>().map(String::from), Ok(uri.to_owned()));
        }
    }

    #[test]
    fn what_would_become_another_line_or_another_kind_of_link_is_none() {
        for text in [
            "",
            "privacy",
            "privacy@localhost",
            "a@b.example\nContact: mailto:evil@example.org",
            "javascript:alert(1)",
            "http://example.org",
            "https://",
            "a@b.example\" onclick=",
            "tel:call me",
            "a@b@c.example",
        ] {
            assert!(text.parse::<Contact>().is_err(), "{text}");
        }
        let longest = format!("{}@example.org", "a".repeat(CONTACT_BYTES_MAX - "@example.org".len()));
        assert!(longest.parse::<Contact>().is_ok());
        assert!(format!("a{longest}").parse::<Contact>().is_err());
    }
}
