//! Who may call what.

use crate::world::{app, ask};

const THINGS: &str = "/api/v1/things";

#[tokio::test]
async fn every_route_but_the_public_ones_refuses_a_request_without_a_credential() {
    let app = app();
    for route in &app.route_table {
        let answer = ask(route.method.name(), &route.path.replace(['{', '}'], "")).of(&app).await;
        let is_refused = answer.status.as_u16() == 401;
        assert_eq!(is_refused, route.access != web::Access::Public, "{} {}", route.method.name(), route.path);
        if is_refused {
            assert_eq!(answer.problem(), "401 unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"purser\"");
        }
    }
}

#[tokio::test]
async fn a_route_that_answers_strangers_is_found() {
    let mut app = app();
    let closed = app.route_table.iter().filter(|route| route.access != web::Access::Public).count();
    assert_eq!(app.open_to_strangers().await, (Vec::new(), closed));
    // As if a route that should be closed had been mounted past its guard.
    let opened = app.route_table.iter_mut().find(|route| route.id == "fails").expect("a public route");
    opened.access = web::Access::Person(kernel::Permission::DevicesRead);
    assert_eq!(app.open_to_strangers().await, (vec!["fails"], closed + 1));
}

#[tokio::test]
async fn a_session_and_an_api_token_open_a_persons_route() {
    let app = app();
    assert_eq!(ask("GET", THINGS).session().of(&app).await.status, 200);
    assert_eq!(ask("GET", THINGS).token("api").of(&app).await.status, 200);
}

#[tokio::test]
async fn a_wrong_token_and_a_scheme_that_is_not_bearer_are_401() {
    let app = app();
    assert_eq!(ask("GET", THINGS).token("wrong").of(&app).await.problem(), "401 unauthenticated");
    assert_eq!(ask("GET", THINGS).with("authorization", "Basic YTpi").of(&app).await.problem(), "401 unauthenticated");
    assert_eq!(ask("GET", THINGS).with("authorization", "Basic YTpi").session().of(&app).await.problem(), "401 unauthenticated");
}

#[tokio::test]
async fn a_credential_of_another_kind_or_permission_is_403() {
    let app = app();
    assert_eq!(ask("POST", "/api/v1/device").token("api").of(&app).await.problem(), "403 forbidden");
    assert_eq!(ask("GET", THINGS).token("device").of(&app).await.problem(), "403 forbidden");
    assert_eq!(ask("DELETE", "/api/v1/kinds/a/b").token("api").of(&app).await.problem(), "403 forbidden");
}

#[tokio::test]
async fn an_authenticator_that_lets_too_much_in_is_not_believed() {
    // The test's authenticator answers a telemetry token with a scope on every route.
    let app = app();
    assert_eq!(ask("POST", "/api/v1/reports").token("telemetry").of(&app).await.status, 200);
    assert_eq!(ask("POST", "/api/v1/device").token("telemetry").of(&app).await.problem(), "403 forbidden");
    assert_eq!(ask("GET", THINGS).token("telemetry").of(&app).await.problem(), "403 forbidden");
}

#[tokio::test]
async fn a_session_cookie_does_not_open_a_devices_route() {
    assert_eq!(ask("POST", "/api/v1/device").session().of(&app()).await.problem(), "401 unauthenticated");
}

#[tokio::test]
async fn where_credentials_cannot_be_checked_the_answer_is_503() {
    let answer = ask("GET", THINGS).token("store-is-down").of(&app()).await;
    assert_eq!(answer.problem(), "503 unavailable");
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn a_change_that_another_site_sends_with_the_cookie_is_refused() {
    let app = app();
    let change = || ask("POST", THINGS).session().json(r#"{"name":"a"}"#);
    assert_eq!(change().of(&app).await.status, 201);
    assert_eq!(change().with("sec-fetch-site", "same-origin").of(&app).await.status, 201);
    assert_eq!(change().with("origin", "https://purser.example:8443").of(&app).await.status, 201);
    for site in ["cross-site", "same-site"] {
        assert_eq!(change().with("sec-fetch-site", site).of(&app).await.problem(), "403 cross-site");
    }
    for origin in ["https://evil.example", "https://purser.example", "null"] {
        assert_eq!(change().with("origin", origin).of(&app).await.problem(), "403 cross-site");
    }
    assert_eq!(ask("GET", THINGS).session().with("sec-fetch-site", "cross-site").of(&app).await.status, 200);
    let by_token = ask("POST", "/api/v1/reports").token("device").with("origin", "https://evil.example");
    assert_eq!(by_token.of(&app).await.status, 200);
    let sign_in = ask("POST", "/api/v1/session").with("sec-fetch-site", "cross-site");
    assert_eq!(sign_in.of(&app).await.problem(), "403 cross-site");
}

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_and_other_hosts_do_not_get() {
    let app = app();
    let answer = ask("POST", "/api/v1/session").of(&app).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("set-cookie"), "__Host-purser=session; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict");
    let answer = ask("DELETE", "/api/v1/session").session().of(&app).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("set-cookie"), "__Host-purser=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
}

#[tokio::test]
async fn an_id_that_is_not_there_and_a_text_that_is_no_id_are_answered_alike() {
    let app = app();
    let answers = [
        ask("GET", "/api/v1/things/dev_0000000000007").token("api").of(&app).await,
        ask("GET", "/api/v1/things/nonsense").token("api").of(&app).await,
        ask("GET", "/api/v1/things/%ff").token("api").of(&app).await,
        ask("GET", "/api/v1/nothing").token("api").of(&app).await,
    ];
    let bodies = answers.each_ref().map(|answer| answer.text().replace(answer.header("x-request-id"), "REQUEST"));
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(answers[0].problem(), "404 not-found");
}

#[tokio::test]
async fn a_public_route_does_not_look_at_credentials() {
    assert_eq!(ask("POST", "/api/v1/session").with("authorization", "Basic YTpi").of(&app()).await.status, 204);
    assert_eq!(ask("POST", "/api/v1/session").token("wrong").of(&app()).await.status, 204);
}
