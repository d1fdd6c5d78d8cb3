//! Texts as the rules see them: whatever a sender does to hide a shape, and a reader undoes, is undone first.

use std::borrow::Cow;

/// How often a target is decoded: some proxies do it once more than they should.
const DECODINGS: usize = 2;

/// A target as it was sent, decoded once and decoded twice; each form once.
pub(super) fn decoded(target: &str) -> Vec<String> {
    let mut forms = vec![target.to_owned()];
    for _ in 0..DECODINGS {
        let Some(last) = forms.last() else { break };
        let next = percent_decoded(last);
        if next == *last {
            break;
        }
        forms.push(next);
    }
    let query_of = |form: String| form.replace('+', " ");
    let mut seen = Vec::new();
    for form in forms.into_iter().map(query_of) {
        seen.push(plain(&form).into_owned());
        // Headers are smuggled with line ends, which are spaces to every other rule.
        if form.contains(['\r', '\n']) {
            seen.push(form);
        }
    }
    seen.dedup();
    seen
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match pair {
            Some(value) if byte == b'%' => {
                decoded.push(value);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The ends of comments of SQL count as spaces, and spaces and line ends of every kind as one: rules need not know how many stand
/// between two words. What stands within a comment stays, whether the comment ends or not: else it would be where to hide.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_whitespace() || c == ' ';
    if text.chars().all(is_plain) && !text.contains("/*") && !text.contains("*/") && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let without = text.replace("/*!", " ").replace("/*", " ").replace("*/", " ");
    let mut spaced = String::with_capacity(without.len());
    for c in without.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c != ' ' || !spaced.ends_with(' ') {
            spaced.push(c);
        }
    }
    Cow::Owned(spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_seen_as_sent_and_as_it_is_decoded_once_and_twice() {
        assert_eq!(decoded("/a?b=c"), ["/a?b=c"]);
        assert_eq!(decoded("/a?b=%2e%2e%2f"), ["/a?b=%2e%2e%2f", "/a?b=../"]);
        assert_eq!(decoded("/%252e"), ["/%252e", "/%2e", "/."]);
        assert_eq!(decoded("/%25252e").last().map(String::as_str), Some("/%2e"), "and no further");
        assert_eq!(decoded("/a?b=c+d%2Be"), ["/a?b=c d%2Be", "/a?b=c d e"]);
        assert_eq!(decoded("/%zz%4"), ["/%zz%4"], "what is no code stands for itself");
        assert_eq!(decoded("/%c3%28"), ["/%c3%28", "/\u{fffd}("], "nor is every byte a letter");
    }

    #[test]
    fn what_hides_between_words_is_a_space() {
        assert_eq!(plain("union/**/select"), "union select");
        assert_eq!(plain("union \t /*!select*/"), "union select ");
        assert_eq!(plain("/*<script>"), " <script>", "a comment that never ends hides nothing");
        assert_eq!(plain("drop\r\ntable"), "drop table");
        assert_eq!(decoded("/a?b=%0d%0aHost:"), ["/a?b=%0d%0aHost:", "/a?b= Host:", "/a?b=\r\nHost:"]);
        assert!(matches!(plain("O'Brien & Sons"), Cow::Borrowed(_)));
    }
}
