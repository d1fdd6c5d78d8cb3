//! Maven's `ComparableVersion` (3.8).
//!
//! A version is a list of numbers, words and, after each hyphen or change between letters and digits, a nested list.
//! Trailing nothings (`0`, `final`, empty lists) do not count. Words that Maven knows have a place of their own around
//! the release (`alpha < beta < milestone < rc < snapshot < release < sp`), others follow in their own order.
//! A missing item is compared as "nothing", which depends on what stands opposite: hence no sort key.

use std::cmp::Ordering;

use crate::key;

enum Item {
    Number(Vec<u8>),
    Word(String),
    List(Vec<Item>),
}

/// Known words in their order; the empty one is the release itself.
const QUALIFIERS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
const RELEASE: usize = 5;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    compare_lists(&parse(a), &parse(b))
}

fn parse(version: &str) -> Vec<Item> {
    let version = version.to_lowercase();
    let mut open: Vec<Vec<Item>> = vec![Vec::new()];
    let mut token = String::new();
    let mut in_digits = false;
    for character in version.chars() {
        match character {
            '.' | '-' => {
                push(&mut open, item(&token, in_digits, false));
                token.clear();
                if character == '-' {
                    open.push(Vec::new());
                }
                continue;
            }
            digit if digit.is_ascii_digit() => {
                if !in_digits && !token.is_empty() {
                    open_for_word(&mut open);
                    push(&mut open, item(&token, false, true));
                    token.clear();
                    open.push(Vec::new());
                }
                in_digits = true;
            }
            _ => {
                if in_digits && !token.is_empty() {
                    push(&mut open, item(&token, true, false));
                    token.clear();
                    open.push(Vec::new());
                }
                in_digits = false;
            }
        }
        token.push(character);
    }
    if !token.is_empty() {
        if !in_digits {
            open_for_word(&mut open);
        }
        push(&mut open, item(&token, in_digits, false));
    }
    // Each list is the last item of the one that was open before it.
    let mut inner = open.pop().unwrap_or_default();
    normalise(&mut inner);
    while let Some(mut outer) = open.pop() {
        outer.push(Item::List(inner));
        normalise(&mut outer);
        inner = outer;
    }
    inner
}

/// A word after a dot is read as one after a hyphen (MNG-7644): it begins a list of its own.
fn open_for_word(open: &mut Vec<Vec<Item>>) {
    if open.last().is_some_and(|list| !list.is_empty()) {
        open.push(Vec::new());
    }
}

fn push(open: &mut [Vec<Item>], item: Item) {
    if let Some(list) = open.last_mut() {
        list.push(item);
    }
}

fn item(token: &str, digits: bool, digit_follows: bool) -> Item {
    if token.is_empty() {
        return Item::Number(Vec::new());
    }
    if digits {
        return Item::Number(key::without_leading_zeros(token.as_bytes()).to_vec());
    }
    let word = match token {
        "a" if digit_follows => "alpha",
        "b" if digit_follows => "beta",
        "m" if digit_follows => "milestone",
        "ga" | "final" | "release" => "",
        "cr" => "rc",
        word => word,
    };
    Item::Word(word.to_owned())
}

/// Removes trailing nothings, also before trailing lists.
fn normalise(list: &mut Vec<Item>) {
    for at in (0..list.len()).rev() {
        match list.get(at) {
            Some(item) if is_nothing(item) => {
                list.remove(at);
            }
            Some(Item::List(_)) => {}
            _ => return,
        }
    }
}

fn is_nothing(item: &Item) -> bool {
    match item {
        Item::Number(digits) => digits.is_empty(),
        Item::Word(word) => word.is_empty(),
        Item::List(items) => items.is_empty(),
    }
}

fn compare_lists(a: &[Item], b: &[Item]) -> Ordering {
    (0..a.len().max(b.len())).map(|at| compare_items(a.get(at), b.get(at))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_items(a: Option<&Item>, b: Option<&Item>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (Some(a), None) => compare_with_nothing(a),
        (None, Some(b)) => compare_with_nothing(b).reverse(),
        (Some(Item::Number(a)), Some(Item::Number(b))) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (Some(Item::Word(a)), Some(Item::Word(b))) => place(a).cmp(&place(b)),
        (Some(Item::List(a)), Some(Item::List(b))) => compare_lists(a, b),
        (Some(a), Some(b)) => class(a).cmp(&class(b)),
    }
}

fn compare_with_nothing(item: &Item) -> Ordering {
    match item {
        Item::Number(digits) => digits.len().cmp(&0),
        Item::Word(word) => place(word).cmp(&(RELEASE, "")),
        Item::List(items) => items.iter().map(compare_with_nothing).find(|order| order.is_ne()).unwrap_or(Ordering::Equal),
    }
}

/// A known word's place, or the place after all of them and the word.
fn place(word: &str) -> (usize, &str) {
    match QUALIFIERS.iter().position(|known| *known == word) {
        Some(place) => (place, ""),
        None => (QUALIFIERS.len(), word),
    }
}

const fn class(item: &Item) -> u8 {
    match item {
        Item::Word(_) => 0,
        Item::List(_) => 1,
        Item::Number(_) => 2,
    }
}
