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
    let mut forms: Vec<String> = forms.into_iter().map(query_of).map(|form| plain(&form).into_owned()).collect();
    forms.dedup();
    forms
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

/// Comments of SQL count as spaces, and spaces of every kind as one: rules need not know how many stand between two words.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_whitespace() || c == ' ';
    if text.chars().all(is_plain) && !text.contains("/*") && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let mut rest = text;
    let mut result = String::with_capacity(text.len());
    while let Some(begin) = rest.find("/*") {
        let (before, comment) = rest.split_at(begin);
        result.push_str(before);
        result.push(' ');
        rest = comment.get(2..).and_then(|inner| inner.find("*/").and_then(|end| inner.get(end + 2..))).unwrap_or_default();
    }
    result.push_str(rest);
    // Line ends stay what they are: headers are smuggled with them.
    let mut spaced = String::with_capacity(result.len());
    for c in result.chars() {
        let c = if c.is_whitespace() && c != '\r' && c != '\n' { ' ' } else { c };
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
        assert_eq!(plain("union \t /* ' */ select"), "union select");
        assert_eq!(plain("a /* never ends"), "a ");
        assert_eq!(plain("a\r\nb"), "a\r\nb");
        assert!(matches!(plain("O'Brien & Sons"), Cow::Borrowed(_)));
    }
}
