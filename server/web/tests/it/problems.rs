//! Every refusal is a problem that says nothing it should not.

use crate::world::{app, ask};

#[test]
fn the_catalogue_of_problems_is_a_contract() {
    let lines: Vec<_> = app().problems.iter().map(|kind| format!("{} {} {:?}", kind.status, kind.slug, kind.title)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn an_unknown_address_is_a_problem() {
    let answer = ask("GET", "/api/v2/things").of(&app()).await;
    assert_eq!(answer.problem(), "404 not-found");
    insta::assert_snapshot!(answer.text());
    assert_eq!(ask("GET", "/etc/passwd").of(&app()).await.problem(), "404 not-found");
}

#[tokio::test]
async fn a_method_that_is_not_offered_is_a_problem_and_names_those_that_are() {
    let answer = ask("PUT", "/api/v1/things").token("api").of(&app()).await;
    assert_eq!(answer.problem(), "405 method-not-allowed");
    let mut allowed: Vec<_> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_panic_is_answered() {
    let answer = ask("GET", "/api/v1/panics").of(&app()).await;
    assert_eq!(answer.problem(), "500 internal");
    assert!(!answer.text().contains("planted"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered() {
    assert_eq!(ask("GET", "/api/v1/slow").of(&app()).await.problem(), "503 timed-out");
}

#[tokio::test]
async fn the_cause_of_a_failure_stays_inside() {
    let answer = ask("GET", "/api/v1/fails").of(&app()).await;
    assert_eq!(answer.problem(), "500 internal");
    assert!(!answer.text().contains("planted-host"));
    insta::assert_snapshot!(answer.text());
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_protecting_headers() {
    let app = app();
    let answer = ask("GET", "/api/v1/things").token("api").of(&app).await;
    assert!(answer.header("x-request-id").parse::<kernel::RequestId>().is_ok());
    let other = ask("GET", "/api/v1/things").token("api").of(&app).await;
    assert_ne!(answer.header("x-request-id"), other.header("x-request-id"));
    let mut headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| *name != "x-request-id").map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort_unstable();
    insta::assert_snapshot!(headers.join("\n"));
}

#[tokio::test]
async fn a_request_id_of_the_clients_is_not_taken_over() {
    let answer = ask("GET", "/api/v1/things").token("api").with("x-request-id", "req_0000000000007").of(&app()).await;
    assert_ne!(answer.header("x-request-id"), "req_0000000000007");
}
