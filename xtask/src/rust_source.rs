//! Just enough of Rust's lexical grammar to tell code from comments and string literals.
//!
//! A check that searches plain text would stumble over its own explanation in a comment. A whole parser would be a
//! dependency for what these hundred lines do.

/// A string literal as written between its quotes, escapes not resolved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal<'a> {
    /// One-based.
    pub(crate) line: usize,
    pub(crate) text: &'a str,
    /// Where its `""` stands in [`Scan::code`].
    pub(crate) code_at: usize,
}

/// A source file taken apart.
pub(crate) struct Scan<'a> {
    /// The text with comments gone and literals empty; every line is where it was.
    pub(crate) code: String,
    pub(crate) literals: Vec<Literal<'a>>,
}

/// The part of a file before its `#[cfg(test)]` module: what ships.
pub(crate) fn shipped(text: &str) -> &str {
    let mut rest = text;
    let mut offset = 0;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let after = rest.get(at + "#[cfg(test)]".len()..).unwrap_or_default();
        if after.trim_start().starts_with("mod ") {
            return text.get(..offset + at).unwrap_or(text);
        }
        offset += text.len() - offset - after.len();
        rest = after;
    }
    text
}

/// Takes a source file apart. Never fails: text that is no Rust gives some answer.
pub(crate) fn scan(text: &str) -> Scan<'_> {
    let mut lexer = Lexer { text, at: 0, line: 1, scan: Scan { code: String::with_capacity(text.len()), literals: Vec::new() } };
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.scan
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    scan: Scan<'a>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn step(&mut self) {
        let rest = self.rest();
        if rest.starts_with("//") {
            self.drop(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.drop(block_comment_length(rest));
        } else if let Some(hashes) = self.raw_string_hashes() {
            self.raw_string(hashes);
        } else if rest.starts_with('"') {
            self.literal(1, plain_string_length(rest), 1);
        } else if rest.starts_with('\'') {
            self.drop(quote_length(rest));
        } else {
            self.keep(rest.chars().next().map_or(1, char::len_utf8));
        }
    }

    /// The number of `#` if a raw string starts here (`r"`, `br#"`, ...), and not a raw identifier (`r#type`).
    fn raw_string_hashes(&self) -> Option<usize> {
        let within_word = self.text.get(..self.at)?.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let rest = self.rest();
        let after_r = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix)).filter(|_| !within_word)?;
        let hashes = after_r.len() - after_r.trim_start_matches('#').len();
        after_r.get(hashes..)?.starts_with('"').then_some(hashes)
    }

    fn raw_string(&mut self, hashes: usize) {
        let rest = self.rest();
        let opening = rest.find('"').map_or(rest.len(), |at| at + 1);
        let closing = format!("\"{}", "#".repeat(hashes));
        let length = rest.get(opening..).and_then(|body| body.find(&closing)).map_or(rest.len(), |end| opening + end + closing.len());
        self.literal(opening, length, closing.len());
    }

    /// Records the literal of `length` bytes that starts here and leaves `""` in the code.
    fn literal(&mut self, opening: usize, length: usize, closing: usize) {
        let body = self.rest().get(opening..length.saturating_sub(closing)).unwrap_or_default();
        self.scan.literals.push(Literal { line: self.line, text: body, code_at: self.scan.code.len() });
        self.scan.code.push_str("\"\"");
        self.drop(length);
    }

    /// Passes over bytes, keeping their line ends.
    fn drop(&mut self, length: usize) {
        let dropped = self.rest().get(..length).unwrap_or(self.rest());
        let lines = dropped.matches('\n').count();
        self.scan.code.extend(std::iter::repeat_n('\n', lines));
        self.line += lines;
        self.at += dropped.len().max(1);
    }

    fn keep(&mut self, length: usize) {
        let kept = self.rest().get(..length).unwrap_or_default();
        self.line += kept.matches('\n').count();
        self.scan.code.push_str(kept);
        self.at += length;
    }
}

/// Block comments nest.
fn block_comment_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn plain_string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, or only the quote of a lifetime.
fn quote_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((after, _))) => {
            let from = after + text.get(after..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            text.get(from..).and_then(|rest| rest.find('\'')).map_or(1, |end| from + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str) -> Vec<(usize, &str)> {
        scan(text).literals.iter().map(|literal| (literal.line, literal.text)).collect()
    }

    #[test]
    fn literals_come_with_their_line_and_comments_do_not() {
        let text = "// \"no\"\nlet a = \"one\\\"\"; /* \"no /* nested */ \" */\nlet b = r#\"two \"quoted\" \"#; let c = br\"three\";";
        assert_eq!(literals(text), [(2, "one\\\""), (3, "two \"quoted\" "), (3, "three")]);
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_open_no_string() {
        let text = "fn f<'a>(x: &'a str) { g('\"', '\\'', '\\u{22}', b'\"'); h(\"real\"); let r#type = 1; }";
        assert_eq!(literals(text), [(1, "real")]);
    }

    #[test]
    fn code_keeps_its_lines() {
        let text = "a(); // gone\n/* gone\n gone */ b(\"x\ny\");\nc();";
        let code = scan(text).code;
        assert_eq!(code.lines().count(), text.lines().count());
        assert!(!code.contains("gone"));
        assert_eq!(code.lines().last(), Some("c();"));
    }

    #[test]
    fn text_cut_short_ends_without_a_panic() {
        for text in ["\"open", "r#\"open", "/* open", "'", "'\\", "b'", "r#", "\"\\"] {
            scan(text);
        }
    }

    #[test]
    fn what_ships_ends_before_the_test_module() {
        let text = "fn a() {}\n#[cfg(test)]\nuse x;\n#[cfg(test)]\nmod tests { }";
        assert_eq!(shipped(text), "fn a() {}\n#[cfg(test)]\nuse x;\n");
        assert_eq!(shipped("fn a() {}"), "fn a() {}");
    }
}
