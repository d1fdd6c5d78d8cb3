//! Keyset pages: a page is asked for by the key of the last row seen, never by a number of rows to skip.

use serde::Serialize;

use crate::limits::PAGE_ROWS_MAX;

/// Asks for a page. `web` makes it from `?cursor=…&limit=…`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The `next` of the page before; absent for the first page.
    pub cursor: Option<String>,
    /// Most rows wanted; 1 to [`PAGE_ROWS_MAX`].
    pub limit: u32,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were fetched with a limit of one more than asked for; `cursor_of` gives the key of the last row kept.
    #[must_use]
    pub fn of_one_more(mut rows: Vec<T>, limit: u32, cursor_of: impl Fn(&T) -> String) -> Self {
        let limit = limit.clamp(1, PAGE_ROWS_MAX) as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = if has_more { rows.last().map(cursor_of) } else { None };
        Self { items: rows, next }
    }

    /// The same page of other rows.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor() {
        let page = Page::of_one_more(vec![1, 2, 3], 3, i32::to_string);
        assert_eq!(page, Page { items: vec![1, 2, 3], next: None });
        let page = Page::of_one_more(vec![1, 2, 3, 4], 3, i32::to_string);
        assert_eq!(page, Page { items: vec![1, 2, 3], next: Some("3".into()) });
    }
}
