//! Filters (RFC 7644 section 3.4.2.2): read once, within limits, and asked of a resource.
//!
//! ```text
//! filter     = and *( "or" and )
//! and        = term *( "and" term )
//! term       = [ "not" ] "(" filter ")" / path "pr" / path operator value / path "[" filter "]"
//! ```
//!
//! Attributes are resolved while a filter is read, so a filter that names what is none here is refused and not simply empty.

use serde_json::{Map, Value};

use super::attribute::{Attribute, Holds, ResourceKind, part};
use super::fault::Fault;

/// Longest filter, in bytes.
pub const FILTER_BYTES_MAX: usize = 2_048;
/// How deep parentheses and brackets stand in each other.
pub const FILTER_DEPTH_MAX: usize = 8;
/// Most comparisons of a filter.
pub const FILTER_TERMS_MAX: usize = 32;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) attribute: &'static Attribute,
    pub(crate) part: Option<&'static Attribute>,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Operator {
    fn of(word: &str) -> Option<Self> {
        let all = [
            ("eq", Self::Eq),
            ("ne", Self::Ne),
            ("co", Self::Co),
            ("sw", Self::Sw),
            ("ew", Self::Ew),
            ("gt", Self::Gt),
            ("ge", Self::Ge),
            ("lt", Self::Lt),
            ("le", Self::Le),
        ];
        all.into_iter().find(|(text, _)| text.eq_ignore_ascii_case(word)).map(|(_, operator)| operator)
    }
}

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    Not(Box<Filter>),
    Present(Target),
    Compare(Target, Operator, Value),
    /// One of an attribute's values fits whole.
    Within(&'static Attribute, Box<Filter>),
}

impl Filter {
    /// Reads a filter over resources of a kind.
    pub(crate) fn parse(kind: ResourceKind, text: &str) -> Result<Self, Fault> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(Fault::Filter(format!("it has at most {FILTER_BYTES_MAX} bytes")));
        }
        let mut reader = Reader { names: Names::Of(kind), text, at: 0, terms: 0 };
        let filter = reader.any(0)?;
        reader.skip_space();
        if reader.rest().is_empty() { Ok(filter) } else { Err(reader.fault("and, or or the end")) }
    }

    /// Reads a filter over one value of an attribute: what stands in brackets, at the start of a text. Gives what is behind it.
    pub(crate) fn within(attribute: &'static Attribute, text: &str) -> Result<(Self, usize), Fault> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(Fault::Filter(format!("it has at most {FILTER_BYTES_MAX} bytes")));
        }
        let mut reader = Reader { names: Names::Within(attribute), text, at: 0, terms: 0 };
        let filter = reader.any(1)?;
        reader.skip_space();
        Ok((filter, reader.at))
    }

    /// Whether a resource, or a value, fits.
    pub(crate) fn fits(&self, fields: &Map<String, Value>) -> bool {
        match self {
            Self::Any(all) => all.iter().any(|filter| filter.fits(fields)),
            Self::All(all) => all.iter().all(|filter| filter.fits(fields)),
            Self::Not(filter) => !filter.fits(fields),
            Self::Present(target) => target.values(fields).iter().any(|value| is_present(value)),
            // What is not there differs from everything.
            Self::Compare(target, Operator::Ne, wanted) => {
                !target.values(fields).iter().any(|value| compares(target, value, Operator::Eq, wanted))
            }
            Self::Compare(target, Operator::Eq, Value::Null) => !target.values(fields).iter().any(|value| is_present(value)),
            Self::Compare(target, operator, wanted) => target.values(fields).iter().any(|value| compares(target, value, *operator, wanted)),
            Self::Within(attribute, filter) => {
                let whole = Target { attribute, part: None };
                whole.items(fields).into_iter().filter_map(Value::as_object).any(|item| filter.fits(item))
            }
        }
    }

    /// The text that an attribute has to equal in everything that fits, where the filter says one.
    pub(crate) fn demanded(&self, attribute: &str, of_part: Option<&str>) -> Option<&str> {
        match self {
            Self::Compare(target, Operator::Eq, Value::String(text)) => {
                let names = (target.attribute.name, target.part.map(|part| part.name));
                (names == (attribute, of_part)).then_some(text.as_str())
            }
            Self::All(all) => all.iter().find_map(|filter| filter.demanded(attribute, of_part)),
            Self::Within(within, filter) if within.name == attribute => filter.demanded(of_part?, None),
            _ => None,
        }
    }
}

impl Target {
    /// The values of the attribute itself: each of those of one that has many.
    fn items<'a>(&self, fields: &'a Map<String, Value>) -> Vec<&'a Value> {
        match fields.get(self.attribute.name) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.iter().collect(),
            Some(value) => vec![value],
        }
    }

    fn values<'a>(&self, fields: &'a Map<String, Value>) -> Vec<&'a Value> {
        let items = self.items(fields);
        match self.part {
            None => items,
            Some(part) => items.into_iter().filter_map(|item| item.get(part.name)).collect(),
        }
    }

    fn holds(&self) -> Holds {
        self.part.unwrap_or(self.attribute).holds
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compares(target: &Target, value: &Value, operator: Operator, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::String(value), Value::String(wanted)) if matches!(target.holds(), Holds::Text) => {
            compares_text(&value.to_lowercase(), operator, &wanted.to_lowercase())
        }
        (Value::String(value), Value::String(wanted)) => compares_text(value, operator, wanted),
        (value, wanted) => operator == Operator::Eq && value == wanted,
    }
}

fn compares_text(value: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Eq => value == wanted,
        Operator::Ne => value != wanted,
        Operator::Co => value.contains(wanted),
        Operator::Sw => value.starts_with(wanted),
        Operator::Ew => value.ends_with(wanted),
        Operator::Gt => value > wanted,
        Operator::Ge => value >= wanted,
        Operator::Lt => value < wanted,
        Operator::Le => value <= wanted,
    }
}

/// Which names mean something.
#[derive(Clone, Copy)]
enum Names {
    Of(ResourceKind),
    Within(&'static Attribute),
}

struct Reader<'a> {
    names: Names,
    text: &'a str,
    at: usize,
    terms: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    fn fault(&self, expected: &str) -> Fault {
        Fault::Filter(format!("expected {expected} at character {}", self.text.get(..self.at).unwrap_or_default().chars().count() + 1))
    }

    /// Takes a sign, where it is the next one.
    fn takes(&mut self, sign: char) -> bool {
        self.skip_space();
        let is_next = self.rest().starts_with(sign);
        self.at += if is_next { sign.len_utf8() } else { 0 };
        is_next
    }

    /// The next word, which is not taken.
    fn word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"')).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn takes_word(&mut self, wanted: &str) -> bool {
        let word = self.word();
        let is_next = word.eq_ignore_ascii_case(wanted);
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<Filter, Fault> {
        if depth > FILTER_DEPTH_MAX {
            return Err(Fault::Filter(format!("parentheses stand at most {FILTER_DEPTH_MAX} deep")));
        }
        let mut all = vec![self.all(depth)?];
        while self.takes_word("or") {
            all.push(self.all(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::Any(all) })
    }

    fn all(&mut self, depth: usize) -> Result<Filter, Fault> {
        let mut all = vec![self.term(depth)?];
        while self.takes_word("and") {
            all.push(self.term(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }

    fn term(&mut self, depth: usize) -> Result<Filter, Fault> {
        let before = self.at;
        let is_negated = self.takes_word("not");
        if self.takes('(') {
            let filter = self.any(depth + 1)?;
            if !self.takes(')') {
                return Err(self.fault("a closing parenthesis"));
            }
            return Ok(if is_negated { Filter::Not(Box::new(filter)) } else { filter });
        }
        if is_negated {
            self.at = before;
            return Err(self.fault("a parenthesis behind not"));
        }
        self.terms += 1;
        if self.terms > FILTER_TERMS_MAX {
            return Err(Fault::Filter(format!("it has at most {FILTER_TERMS_MAX} comparisons")));
        }
        self.comparison(depth)
    }

    fn comparison(&mut self, depth: usize) -> Result<Filter, Fault> {
        let word = self.word();
        let target = self.target(word)?;
        self.at += word.len();
        if self.takes('[') {
            return self.values(target, depth);
        }
        if self.takes_word("pr") {
            return Ok(Filter::Present(target));
        }
        let word = self.word();
        let operator = Operator::of(word).ok_or_else(|| self.fault("pr, eq, ne, co, sw, ew, gt, ge, lt or le"))?;
        self.at += word.len();
        let value = self.value()?;
        // What has parts and many values is compared by its values.
        let by_value = |part| Target { part: Some(part), ..target };
        let target = if target.part.is_none() && target.attribute.is_many {
            part(target.attribute, "value").map_or(target, by_value)
        } else {
            target
        };
        if matches!(target.holds(), Holds::Parts(_)) {
            return Err(Fault::Filter(format!("say which part of {} is meant", target.attribute.name)));
        }
        let is_ordered = value.is_string() && !matches!(target.holds(), Holds::Boolean);
        if !is_ordered && !matches!(operator, Operator::Eq | Operator::Ne) {
            return Err(Fault::Filter("what is no text is compared by eq and ne".to_owned()));
        }
        Ok(Filter::Compare(target, operator, value))
    }

    fn values(&mut self, target: Target, depth: usize) -> Result<Filter, Fault> {
        let (Names::Of(_), None, [_, ..]) = (self.names, target.part, target.attribute.parts()) else {
            return Err(self.fault("no bracket: the attribute has no parts"));
        };
        let names = std::mem::replace(&mut self.names, Names::Within(target.attribute));
        let filter = self.any(depth + 1)?;
        self.names = names;
        if !self.takes(']') {
            return Err(self.fault("a closing bracket"));
        }
        Ok(Filter::Within(target.attribute, Box::new(filter)))
    }

    fn target(&self, word: &str) -> Result<Target, Fault> {
        let unknown = || self.fault("the name of an attribute that /Schemas tells");
        match self.names {
            Names::Within(attribute) => {
                let attribute = part(attribute, word).ok_or_else(unknown)?;
                Ok(Target { attribute, part: None })
            }
            Names::Of(kind) => {
                let name = kind.without_schema(word);
                let (name, of_part) = name.split_once('.').map_or((name, None), |(name, part)| (name, Some(part)));
                let attribute = kind.attribute(name).ok_or_else(unknown)?;
                let part = of_part.map(|name| part(attribute, name).ok_or_else(unknown)).transpose()?;
                Ok(Target { attribute, part })
            }
        }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        self.skip_space();
        let rest = self.rest();
        let end = if rest.starts_with('"') { end_of_text(rest) } else { Some(self.word().len()) };
        let text = end.and_then(|end| rest.get(..end)).unwrap_or_default();
        let value: Value =
            serde_json::from_str(text).map_err(|_| self.fault("a value: a text in quotation marks, true, false, null or a number"))?;
        self.at += text.len();
        Ok(value)
    }
}

/// Where a text in quotation marks ends.
fn end_of_text(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn ada() -> Map<String, Value> {
        let ada = json!({
            "id": "usr_1", "externalId": "A-1", "userName": "Ada@Example.org", "active": true, "name": { "givenName": "Ada" },
            "emails": [{ "value": "ada@example.org", "type": "work" }, { "value": "ada@home.example", "type": "home" }],
            "meta": { "lastModified": "2026-01-02T00:00:00Z" },
        });
        ada.as_object().expect("an object").clone()
    }

    fn fits(text: &str) -> bool {
        Filter::parse(ResourceKind::User, text).unwrap_or_else(|fault| panic!("{text}: {fault}")).fits(&ada())
    }

    #[test]
    fn a_filter_chooses_what_it_says() {
        for text in [
            r#"userName eq "ada@example.org""#,
            r#"USERNAME Eq "ada@EXAMPLE.org""#,
            r#"externalId eq "A-1" and active eq true"#,
            r#"userName co "example" and not (userName sw "bob")"#,
            r#"userName eq "bob" or name.givenName eq "ada""#,
            r#"emails[type eq "home" and value ew "home.example"]"#,
            r#"emails.value eq "ada@home.example""#,
            r#"emails eq "ada@home.example""#,
            "name pr and not (displayName pr)",
            r#"displayName eq null"#,
            r#"displayName ne "Ada""#,
            r#"meta.lastModified ge "2026-01-01T00:00:00Z""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada""#,
            r#"userName eq "bob" or userName eq "eve" or active eq true and name.givenName pr"#,
        ] {
            assert!(fits(text), "{text}");
        }
        for text in [
            r#"externalId eq "a-1""#,
            r#"userName eq "ada""#,
            "active eq false",
            r#"emails[type eq "work" and value ew "home.example"]"#,
            r#"userName ne "ada@example.org""#,
            r#"(userName eq "bob" or active eq true) and displayName pr"#,
            r#"meta.lastModified lt "2026-01-01T00:00:00Z""#,
        ] {
            assert!(!fits(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_and_says_where() {
        for (text, place) in [
            ("", "character 1"),
            ("userName", "character 9"),
            ("userName eq", "character 12"),
            ("userName eq ada", "character 13"),
            (r#"userName eq "ada"#, "character 13"),
            (r#"userName eq "ada" and"#, "character 22"),
            (r#"userName eq "ada" xor active eq true"#, "character 19"),
            (r#"(userName eq "ada""#, "character 19"),
            (r#"not userName eq "ada""#, "character 1"),
            (r#"nickName eq "ada""#, "character 1"),
            (r#"userName.value eq "ada""#, "character 1"),
            (r#"userName[value eq "ada"]"#, "character 10"),
            (r#"emails[value eq "a""#, "character 20"),
            (r#"emails[userName eq "a"]"#, "character 8"),
            ("name eq true", "which part"),
            ("active gt true", "eq and ne"),
        ] {
            let fault = Filter::parse(ResourceKind::User, text).expect_err(text).to_string();
            assert!(fault.contains(place), "{text}: {fault}");
        }
    }

    #[test]
    fn a_filter_keeps_its_limits() {
        let parse = |text: &str| Filter::parse(ResourceKind::User, text);
        let of_terms = |count: usize| vec!["active pr"; count].join(" or ");
        assert!(parse(&of_terms(FILTER_TERMS_MAX)).is_ok() && parse(&of_terms(FILTER_TERMS_MAX + 1)).is_err());
        let of_depth = |depth: usize| format!("{}active pr{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&of_depth(FILTER_DEPTH_MAX)).is_ok() && parse(&of_depth(FILTER_DEPTH_MAX + 1)).is_err());
        let of_length = |length: usize| format!("userName eq \"{}\"", "a".repeat(length - 14));
        assert_eq!(of_length(20).len(), 20);
        assert!(parse(&of_length(FILTER_BYTES_MAX)).is_ok() && parse(&of_length(FILTER_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn what_a_filter_demands_is_looked_up_and_what_it_only_allows_is_not() {
        let demanded = |text| Filter::parse(ResourceKind::User, text).expect(text).demanded("userName", None).map(str::to_owned);
        assert_eq!(demanded(r#"active eq true and userName eq "ada""#), Some("ada".to_owned()));
        assert_eq!(demanded(r#"active eq true or userName eq "ada""#), None);
        assert_eq!(demanded(r#"not (userName eq "ada")"#), None);
        let members = Filter::parse(ResourceKind::Group, r#"members[value eq "usr_1"]"#).expect("a filter");
        assert_eq!(members.demanded("members", Some("value")), Some("usr_1"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _is_refused_or_read = Filter::parse(ResourceKind::User, &text);
        }

        #[test]
        fn nothing_that_looks_like_a_filter_panics(text in r#"(userName|emails|\[|\]|\(|\)| |"|\\|eq|pr|and|or|not|é|true){0,24}"#) {
            if let Ok(filter) = Filter::parse(ResourceKind::User, &text) {
                filter.fits(&ada());
            }
        }
    }
}
