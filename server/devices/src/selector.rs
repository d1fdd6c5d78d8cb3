//! The selector language: a text that chooses devices.
//!
//! ```text
//! os:debian and label:env=prod and not group:grp_0000000000001 and stale:yes
//! ```
//!
//! ```text
//! selector := and ( "or" and )*
//! and      := not ( "and" not )*
//! not      := "not" not | "(" selector ")" | term
//! term     := all | device:ID | group:ID | os:NAME | os:NAME/VERSION | label:KEY | label:KEY=VALUE
//!           | status:fresh|stale|lost|retired | stale:yes|no | name:TEXT
//! ```
//!
//! Words are separated by white space; a value with white space or parentheses stands in double quotes
//! (`name:"web 1"`). `and`, `or` and `not` are read in any case. `name:` finds the text anywhere in the name, in any case.
//! `stale:yes` means stale or lost. A selector is parsed once, at the border ([`Selector`]), and evaluated by the roster.

use std::fmt;
use std::str::FromStr;

use identity::label;
use kernel::{DeviceId, GroupId, SelectorLanguage};

use crate::status::Status;

/// Longest selector, in bytes.
pub const SELECTOR_BYTES_MAX: usize = 4_096;
/// Most terms in a selector.
pub const SELECTOR_TERMS_MAX: usize = 100;
/// Deepest nesting of parentheses and `not`s.
pub const SELECTOR_DEPTH_MAX: usize = 16;

/// A parsed selector. It prints as `[selector]`, because it may hold names.
#[derive(Clone, PartialEq, Eq)]
pub struct Selector {
    text: String,
    expression: Expression,
}

/// What a selector says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    Term(Term),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

/// One condition.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Term {
    All,
    Device(DeviceId),
    Group(GroupId),
    Os {
        name: String,
        version: Option<String>,
    },
    Label {
        key: String,
        value: Option<String>,
    },
    Status(Status),
    Stale(bool),
    /// Lower case.
    Name(String),
}

/// Why a text is not a selector. `at` counts characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Nothing in it.
    #[error("a selector needs at least one condition, such as os:debian")]
    Empty,
    /// Past [`SELECTOR_BYTES_MAX`].
    #[error("a selector has at most {SELECTOR_BYTES_MAX} bytes")]
    TooLong,
    /// Past [`SELECTOR_TERMS_MAX`].
    #[error("a selector has at most {SELECTOR_TERMS_MAX} conditions")]
    TooManyTerms,
    /// Past [`SELECTOR_DEPTH_MAX`].
    #[error("a selector nests at most {SELECTOR_DEPTH_MAX} deep")]
    TooDeep,
    /// Something else was expected.
    #[error("at character {at}: expected {expected}")]
    Expected {
        /// Where.
        at: usize,
        /// What.
        expected: &'static str,
    },
    /// A quotation mark without its partner.
    #[error("at character {at}: this quotation mark has no partner")]
    OpenQuote {
        /// Where.
        at: usize,
    },
}

impl Selector {
    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) const fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The groups that it names, each once.
    #[must_use]
    pub fn groups(&self) -> Vec<GroupId> {
        let mut groups = Vec::new();
        self.expression.collect_groups(&mut groups);
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Whether it asks for retired devices by their status; otherwise they are left out of what it chooses.
    #[must_use]
    pub fn names_retired(&self) -> bool {
        self.expression.names_retired()
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[selector]")
    }
}

impl Expression {
    fn names_retired(&self) -> bool {
        match self {
            Self::Term(term) => *term == Term::Status(Status::Retired),
            Self::Not(inner) => inner.names_retired(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::names_retired),
        }
    }

    /// Whether it asks for what a device says of itself from one report to the next: its name, or when it reports.
    fn rests_on_passing(&self) -> bool {
        match self {
            Self::Term(term) => matches!(term, Term::Name(_) | Term::Stale(_) | Term::Status(_)),
            Self::Not(inner) => inner.rests_on_passing(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::rests_on_passing),
        }
    }

    fn collect_groups(&self, groups: &mut Vec<GroupId>) {
        match self {
            Self::Term(Term::Group(group)) => groups.push(*group),
            Self::Term(_) => {}
            Self::Not(inner) => inner.collect_groups(groups),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect_groups(groups)),
        }
    }
}

/// Reads the selectors that `identity` keeps.
#[derive(Clone, Copy, Debug)]
pub struct Language;

impl SelectorLanguage for Language {
    fn of_role(&self, text: &str) -> Result<String, String> {
        let selector: Selector = text.trim().parse().map_err(|error: SelectorError| error.to_string())?;
        if selector.expression.rests_on_passing() {
            return Err("a role cannot rest on names or on when a device was heard of; use os, label, group or device".to_owned());
        }
        Ok(selector.text().to_owned())
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        if text.len() > SELECTOR_BYTES_MAX {
            return Err(SelectorError::TooLong);
        }
        let tokens = tokens_of(text)?;
        if tokens.is_empty() {
            return Err(SelectorError::Empty);
        }
        let mut parser = Parser { tokens: &tokens, next: 0, terms: 0, characters: text.chars().count() };
        let expression = parser.alternatives(0)?;
        if parser.next < tokens.len() {
            return Err(parser.expected("and, or, or the end"));
        }
        Ok(Self { text: text.to_owned(), expression })
    }
}

struct Token {
    at: usize,
    kind: TokenKind,
}

enum TokenKind {
    Open,
    Close,
    /// A word; `is_quoted` where a quotation mark stood in it, which makes it a value even if it reads `and`.
    Word {
        text: String,
        is_quoted: bool,
    },
}

fn tokens_of(text: &str) -> Result<Vec<Token>, SelectorError> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().enumerate().peekable();
    while let Some(&(index, character)) = characters.peek() {
        let at = index + 1;
        match character {
            _ if character.is_whitespace() => _ = characters.next(),
            '(' => {
                characters.next();
                tokens.push(Token { at, kind: TokenKind::Open });
            }
            ')' => {
                characters.next();
                tokens.push(Token { at, kind: TokenKind::Close });
            }
            _ => tokens.push(Token { at, kind: word(&mut characters)? }),
        }
    }
    Ok(tokens)
}

fn word(characters: &mut std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'_>>>) -> Result<TokenKind, SelectorError> {
    let (mut text, mut is_quoted, mut open_quote) = (String::new(), false, None);
    while let Some(&(index, character)) = characters.peek() {
        if open_quote.is_none() && (character.is_whitespace() || character == '(' || character == ')') {
            break;
        }
        characters.next();
        if character == '"' {
            is_quoted = true;
            open_quote = if open_quote.is_some() { None } else { Some(index + 1) };
        } else {
            text.push(character);
        }
    }
    match open_quote {
        Some(at) => Err(SelectorError::OpenQuote { at }),
        None => Ok(TokenKind::Word { text, is_quoted }),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    terms: usize,
    characters: usize,
}

impl Parser<'_> {
    fn alternatives(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        let mut parts = vec![self.conjunction(depth)?];
        while self.take_keyword("or") {
            parts.push(self.conjunction(depth)?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        let mut parts = vec![self.negation(depth)?];
        while self.take_keyword("and") {
            parts.push(self.negation(depth)?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn negation(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        if depth > SELECTOR_DEPTH_MAX {
            return Err(SelectorError::TooDeep);
        }
        if self.take_keyword("not") {
            return Ok(Expression::Not(Box::new(self.negation(depth + 1)?)));
        }
        let Some(token) = self.tokens.get(self.next) else { return Err(self.expected("a condition")) };
        match &token.kind {
            TokenKind::Open => {
                self.next += 1;
                let inner = self.alternatives(depth + 1)?;
                if !matches!(self.tokens.get(self.next), Some(Token { kind: TokenKind::Close, .. })) {
                    return Err(self.expected("and, or, or a closing parenthesis"));
                }
                self.next += 1;
                Ok(inner)
            }
            TokenKind::Close => Err(self.expected("a condition")),
            TokenKind::Word { text, .. } => {
                self.terms += 1;
                if self.terms > SELECTOR_TERMS_MAX {
                    return Err(SelectorError::TooManyTerms);
                }
                let term = term_of(text).map_err(|expected| SelectorError::Expected { at: token.at, expected })?;
                self.next += 1;
                Ok(Expression::Term(term))
            }
        }
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_it = matches!(self.tokens.get(self.next), Some(Token { kind: TokenKind::Word { text, is_quoted: false }, .. })
            if text.eq_ignore_ascii_case(keyword));
        self.next += usize::from(is_it);
        is_it
    }

    fn expected(&self, expected: &'static str) -> SelectorError {
        let at = self.tokens.get(self.next).map_or(self.characters + 1, |token| token.at);
        SelectorError::Expected { at, expected }
    }
}

fn one_or(mut parts: Vec<Expression>, many: impl FnOnce(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn term_of(text: &str) -> Result<Term, &'static str> {
    if text == "all" {
        return Ok(Term::All);
    }
    let expected = "a condition: all, device:, group:, label:, name:, os:, stale: or status:";
    let (field, value) = text.split_once(':').ok_or(expected)?;
    match field {
        "device" => value.parse().map(Term::Device).map_err(|_| "device: and a device's id, dev_…"),
        "group" => value.parse().map(Term::Group).map_err(|_| "group: and a group's id, grp_…"),
        "label" => {
            let (key, wanted) = value.split_once('=').map_or((value, None), |(key, wanted)| (key, Some(wanted.to_owned())));
            if label::is_key(key) { Ok(Term::Label { key: key.to_owned(), value: wanted }) } else { Err("label:KEY or label:KEY=VALUE") }
        }
        "name" if !value.is_empty() => Ok(Term::Name(value.to_lowercase())),
        "name" => Err("name: and a part of a name"),
        "os" => {
            let (name, version) = value.split_once('/').map_or((value, None), |(name, version)| (name, Some(version.to_owned())));
            if name.is_empty() {
                Err("os: and a name such as debian or debian/12")
            } else {
                Ok(Term::Os { name: name.to_owned(), version })
            }
        }
        "stale" => match value {
            "yes" => Ok(Term::Stale(true)),
            "no" => Ok(Term::Stale(false)),
            _ => Err("stale:yes or stale:no"),
        },
        "status" => Status::from_name(value).map(Term::Status).ok_or("status:fresh, status:stale, status:lost or status:retired"),
        _ => Err(expected),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(expression: &Expression) -> String {
        let join = |parts: &[Expression], word: &str| format!("({})", parts.iter().map(shape).collect::<Vec<_>>().join(word));
        match expression {
            Expression::Term(Term::All) => "all".to_owned(),
            Expression::Term(Term::Label { key, value }) => format!("{key}={value:?}"),
            Expression::Term(Term::Name(text)) => format!("name {text}"),
            Expression::Term(Term::Os { name, version }) => format!("{name}/{version:?}"),
            Expression::Term(_) => "other".to_owned(),
            Expression::Not(inner) => format!("!{}", shape(inner)),
            Expression::And(parts) => join(parts, " & "),
            Expression::Or(parts) => join(parts, " | "),
        }
    }

    fn parsed(text: &str) -> String {
        shape(text.parse::<Selector>().unwrap().expression())
    }

    fn error(text: &str) -> SelectorError {
        text.parse::<Selector>().unwrap_err()
    }

    #[test]
    fn not_binds_tighter_than_and_and_and_tighter_than_or() {
        assert_eq!(parsed("all or not all and all"), "(all | (!all & all))");
        assert_eq!(parsed("(all or all) AND Not(all)"), "((all | all) & !all)");
    }

    #[test]
    fn values_may_be_quoted() {
        assert_eq!(parsed(r#"label:owner="Ada (Lovelace)" and name:"Web 1""#), r#"(owner=Some("Ada (Lovelace)") & name web 1)"#);
        assert_eq!(parsed("label:env or os:debian/12"), r#"(env=None | debian/Some("12"))"#);
        assert_eq!(parsed("label:env="), r#"env=Some("")"#);
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let selector: Selector = "os:debian and label:env=prod and not group:grp_0000000000001 and stale:yes".parse().unwrap();
        assert_eq!(selector.groups(), [GroupId::from_number(1).unwrap()]);
    }

    #[test]
    fn a_group_that_is_named_often_is_one_group() {
        let selector: Selector = vec!["group:grp_0000000000001"; SELECTOR_TERMS_MAX].join(" and ").parse().unwrap();
        assert_eq!(selector.groups(), [GroupId::from_number(1).unwrap()]);
    }

    #[test]
    fn an_error_says_where_and_what() {
        assert_eq!(error(""), SelectorError::Empty);
        assert_eq!(error("   "), SelectorError::Empty);
        assert_eq!(error("all and"), SelectorError::Expected { at: 8, expected: "a condition" });
        assert_eq!(error("all all"), SelectorError::Expected { at: 5, expected: "and, or, or the end" });
        assert_eq!(error("(all"), SelectorError::Expected { at: 5, expected: "and, or, or a closing parenthesis" });
        assert_eq!(error(")"), SelectorError::Expected { at: 1, expected: "a condition" });
        assert_eq!(error("all or stale:maybe"), SelectorError::Expected { at: 8, expected: "stale:yes or stale:no" });
        assert_eq!(error(r#"name:"web"#), SelectorError::OpenQuote { at: 6 });
        assert!(matches!(error("colour:red"), SelectorError::Expected { at: 1, .. }));
        assert!(matches!(error("device:grp_0000000000001"), SelectorError::Expected { .. }));
    }

    #[test]
    fn the_limits_hold_exactly() {
        assert!(format!("name:{}", "a".repeat(SELECTOR_BYTES_MAX - 5)).parse::<Selector>().is_ok());
        assert_eq!(error(&format!("name:{}", "a".repeat(SELECTOR_BYTES_MAX - 4))), SelectorError::TooLong);
        let terms = |count: usize| vec!["all"; count].join(" or ");
        assert!(terms(SELECTOR_TERMS_MAX).parse::<Selector>().is_ok());
        assert_eq!(error(&terms(SELECTOR_TERMS_MAX + 1)), SelectorError::TooManyTerms);
        let nested = |depth: usize| format!("{}all{}", "(".repeat(depth), ")".repeat(depth));
        assert!(nested(SELECTOR_DEPTH_MAX).parse::<Selector>().is_ok());
        assert_eq!(error(&nested(SELECTOR_DEPTH_MAX + 1)), SelectorError::TooDeep);
        assert_eq!(error(&format!("{}all", "not ".repeat(SELECTOR_DEPTH_MAX + 1))), SelectorError::TooDeep);
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _is_read_or_refused = text.parse::<Selector>();
        }

        #[test]
        fn no_text_of_the_language_s_own_words_panics(words in proptest::collection::vec("all|and|or|not|\\(|\\)|os:a|\"", 0..40)) {
            let _is_read_or_refused = words.join(" ").parse::<Selector>();
        }
    }
}
