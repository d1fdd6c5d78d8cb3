//! Query strings and pages.

use kernel::limits::{CURSOR_CHARS_MAX, PAGE_ROWS_MAX};

use crate::world::{Answered, app, ask};

async fn listed(query: &str) -> Answered {
    ask("GET", &format!("/api/v1/things?{query}")).token("api").of(&app()).await
}

#[tokio::test]
async fn filters_and_page_are_read_side_by_side() {
    let answer = listed("q=a%20b&at_least=3&state=stale&cursor=abc&limit=7").await;
    assert_eq!(answer.json()["items"][0]["filter"], r#"Some("a b") Some(3) Some(Stale) PageRequest { cursor: Some("abc"), limit: 7 }"#);
    assert_eq!(listed("").await.json()["items"][0]["filter"], "None None None PageRequest { cursor: None, limit: 100 }");
}

#[tokio::test]
async fn a_page_has_from_one_to_the_most_rows() {
    assert_eq!(listed(&format!("limit={PAGE_ROWS_MAX}")).await.status, 200);
    assert_eq!(listed("limit=1").await.status, 200);
    for limit in ["0", "1001", "-1", "x", ""] {
        assert_eq!(listed(&format!("limit={limit}")).await.problem(), "422 invalid at limit", "{limit}");
    }
}

#[tokio::test]
async fn a_cursor_past_its_length_is_refused() {
    assert_eq!(listed(&format!("cursor={}", "a".repeat(CURSOR_CHARS_MAX))).await.status, 200);
    assert_eq!(listed(&format!("cursor={}", "a".repeat(CURSOR_CHARS_MAX + 1))).await.problem(), "422 invalid at cursor");
}

#[tokio::test]
async fn keys_that_are_unknown_or_come_twice_are_refused_by_name() {
    assert_eq!(listed("sort=name").await.problem(), "422 invalid at sort");
    assert_eq!(listed("q=a&q=b").await.problem(), "422 invalid at q");
    assert_eq!(listed("limit=1&limit=2").await.problem(), "422 invalid at limit");
    let answer = ask("GET", "/api/v1/fails?debug=1").of(&app()).await;
    assert_eq!(answer.problem(), "422 invalid at debug");
}

#[tokio::test]
async fn values_of_another_type_are_refused_by_name() {
    assert_eq!(listed("at_least=many").await.problem(), "422 invalid at at_least");
    assert_eq!(listed("state=gone").await.problem(), "422 invalid at state");
}

#[tokio::test]
async fn path_parameters_are_decoded() {
    let answer = ask("PUT", "/api/v1/kinds/a%2Fb/c%20d").token("api").of(&app()).await;
    assert_eq!(answer.json(), "a/b c d");
}
