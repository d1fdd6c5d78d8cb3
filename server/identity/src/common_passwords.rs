//! Passwords that are tried first: common ones, rows of keys, and what everybody knows of their owner.
//!
//! `common_passwords.txt` holds what was found most often in passwords that became public (the list of the `zxcvbn` crate
//! 3.1, MIT licence: every one of 8 characters or more that has a letter, and the 3,000 most common words of 4 to 7 letters),
//! and common Polish words and names of our own. So it also refuses them **with something put before or behind**: people who
//! must have a digit write `dragon` as `Dragon2026!`. What a list cannot hold is worked out: repetitions, rows, sequences.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

/// What everybody knows of somebody.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) email: &'a str,
    pub(crate) organisation: &'a str,
}

/// Shortest word of an address or a name that is looked for: "Ada" is in too much.
const WORD_CHARS_MIN: usize = 4;
/// What has to be left of a password without such words: as much as the shortest password has.
const CHARS_BESIDES_MIN: usize = 8;
/// Longest piece of which a password may be a repetition.
const PERIOD_CHARS_MAX: usize = 4;

/// Rows of a keyboard, across and along.
const ROWS: [&str; 4] =
    ["1234567890-=", "qwertyuiop[]asdfghjkl;'zxcvbnm,./", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp"];
/// The product's own name.
const OURS: &str = "purser";

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Whether a password is refused.
pub(crate) fn is_common(password: &str, context: &Context<'_>) -> bool {
    let plain = plain(password);
    let unfolded = |text: &str| Zeroizing::new(text.chars().map(unfold).collect::<String>());
    let (whole, middle) = (unfolded(&plain), unfolded(core(&plain)));
    let dresses = [plain.as_str(), core(&plain), whole.as_str(), core(&whole), middle.as_str(), once(core(&plain))];
    dresses.iter().any(|text| COMMON.contains(text)) || is_pattern(&plain) || is_little_beside(&plain, context)
}

/// In lower case, without the marks of Polish letters.
fn plain(text: &str) -> Zeroizing<String> {
    let unmarked = |letter: char| match letter {
        'ą' => 'a',
        'ć' => 'c',
        'ę' => 'e',
        'ł' => 'l',
        'ń' => 'n',
        'ó' => 'o',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        other => other,
    };
    Zeroizing::new(text.chars().flat_map(char::to_lowercase).map(unmarked).collect())
}

/// What a digit or sign stands for where it stands for a letter.
const fn unfold(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Without the digits and signs around it.
fn core(text: &str) -> &str {
    text.trim_matches(|sign: char| !sign.is_alphabetic())
}

/// What comes twice or more often in a row, once.
fn once(text: &str) -> &str {
    let periods = text.char_indices().map(|(at, _)| at).filter(|at| *at > 0 && text.len().is_multiple_of(*at));
    let mut pieces = periods.filter_map(|at| text.get(..at));
    pieces.find(|piece| piece.repeat(text.len() / piece.len()) == text).unwrap_or(text)
}

/// Whether it is a repetition, a sequence or a row of keys.
fn is_pattern(text: &str) -> bool {
    let signs = Zeroizing::new(text.chars().collect::<Vec<char>>());
    let repeats = |period: usize| signs.len() >= 2 * period && (period..signs.len()).all(|at| signs[at] == signs[at - period]);
    let steps = |step: i64| signs.windows(2).all(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])) == step);
    let backwards = Zeroizing::new(signs.iter().rev().collect::<String>());
    let is_row = ROWS.iter().any(|row| row.contains(text) || row.contains(backwards.as_str()));
    is_row || steps(1) || steps(-1) || (1..=PERIOD_CHARS_MAX).any(repeats)
}

/// Whether little is left without the words of the context.
fn is_little_beside(text: &str, context: &Context<'_>) -> bool {
    let (email, organisation) = (plain(context.email), plain(context.organisation));
    let (local, domain) = email.rsplit_once('@').unwrap_or((&email, ""));
    let parts = |whole: &str| whole.split(|sign: char| !sign.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
    let joined = |whole: &str| whole.chars().filter(|sign| sign.is_alphanumeric()).collect::<String>();
    let mut words = [vec![OURS.to_owned(), local.to_owned(), organisation.to_string(), joined(local), joined(&organisation)]].concat();
    words.extend([parts(local), parts(domain), parts(&organisation)].concat());
    words.retain(|word| word.chars().count() >= WORD_CHARS_MIN);
    // The longest first: else "ada.lovelace" would stay where "lovelace" was taken out.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut left = Zeroizing::new(text.to_owned());
    for word in &words {
        left = Zeroizing::new(left.replace(word.as_str(), ""));
    }
    left.len() < text.len() && left.chars().count() < CHARS_BESIDES_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Context<'_> = Context { email: "grace.hopper@cobol-works.example", organisation: "Młyny Łódzkie" };

    #[test]
    fn promise_or_16_the_blocklist_holds_more_than_three_thousand_passwords_that_are_long_enough_to_be_one() {
        let lines: Vec<&str> = include_str!("common_passwords.txt").lines().collect();
        assert!(lines.is_sorted() && lines.len() == COMMON.len(), "sorted, each once");
        assert!(lines.iter().all(|line| plain(line).as_str() == *line && line.len() >= WORD_CHARS_MIN), "as they are compared");
        let long_enough: Vec<_> = lines.iter().filter(|line| line.chars().count() >= crate::preset::NIST_CHARS_MIN).collect();
        assert!(long_enough.len() > 3_000, "{}", long_enough.len());
        assert!(long_enough.iter().all(|password| is_common(password, &GRACE)));
    }

    #[test]
    fn a_common_password_is_refused_in_every_dress() {
        for password in [
            "password",
            "PASSWORD",
            "Password2026!",
            "P@ssw0rd1234",
            "!!dragon!!1999",
            "Kochanie2026",
            "słoneczko12",
            "trustno1",
            "dr4g0n2024!",
            "k0chanie2015",
            "m0nkey1234",
            "dragondragon",
            "monkeymonkey77",
            "qwertyuiop",
            "poiuytrewq",
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "zyxwvutsrq",
            "1234567890",
            "graceHopper1",
            "grace.hopper2026",
            "cobolworks!!1",
            "mlynylodzkie7",
            "Młyny Łódzkie",
            "Purser2026!",
        ] {
            assert!(is_common(password, &GRACE), "{password}");
        }
    }

    #[test]
    fn what_is_only_near_a_common_one_is_taken() {
        for password in [
            "correct horse battery staple",
            "vexjorqu",
            "grace and seven ferrets",
            "dragon ate my homework",
            "9Kp7#lamp!48",
            "mlyny stoją nad wodą",
        ] {
            assert!(!is_common(password, &GRACE), "{password}");
        }
    }
}
