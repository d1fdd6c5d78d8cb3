//! The OpenAPI document and the route table.

use kernel::{Access, Permission};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Json, NoContent, Path, Routes};

use crate::world::{app, ask, empty_builder};

#[tokio::test]
async fn the_document_is_served_to_anybody() {
    let app = app();
    let answer = ask("GET", "/api/openapi.json").of(&app).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), app.openapi);
    assert_eq!(app.openapi["openapi"], "3.1.0");
}

#[test]
fn the_document_is_the_same_each_time() {
    assert_eq!(app().openapi.to_string(), app().openapi.to_string());
    let on_another_thread = std::thread::spawn(|| app().openapi.to_string()).join().expect("no panic");
    assert_eq!(on_another_thread, app().openapi.to_string());
}

#[test]
fn the_document_says_what_each_operation_takes_and_answers() {
    insta::assert_json_snapshot!(app().openapi);
}

#[test]
fn the_route_table_names_every_route_with_its_access() {
    let lines: Vec<_> =
        app().route_table.iter().map(|route| format!("{} {} {} {:?}", route.method.name(), route.path, route.id, route.access)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn every_answer_of_every_route_is_documented() {
    let app = app();
    for route in &app.route_table {
        for token in ["", "api", "device", "telemetry", "store-is-down"] {
            for query in ["", "?x=1"] {
                let path = format!("{}{query}", route.path.replace(['{', '}'], ""));
                let answer = ask(route.method.name(), &path).token(token).json("{}").of(&app).await;
                let Some(operation) = app.openapi["paths"][&route.path].get(route.method.name().to_lowercase()) else { continue };
                let documented = &operation["responses"][answer.status.as_str()];
                assert!(documented.is_object(), "{} {path} with {token:?}: {} is not documented", route.method.name(), answer.status);
            }
        }
    }
}

/// A body that takes anything.
#[derive(Deserialize, JsonSchema)]
struct Open {
    #[expect(dead_code, reason = "only its schema matters")]
    name: String,
}

async fn takes_open(Json(_body): Json<Open>) -> Answer<NoContent> {
    Ok(NoContent)
}

async fn takes_caller(Caller(_scope): Caller) -> Answer<NoContent> {
    Ok(NoContent)
}

async fn takes_path(Path(Id(_device)): Path<Id<kernel::DeviceId>>) -> Answer<NoContent> {
    Ok(NoContent)
}

const READ: Access = Access::Person(Permission::DevicesRead);

#[test]
#[should_panic(expected = "deny_unknown_fields")]
fn a_body_that_takes_unknown_fields_is_not_mounted() {
    let _app = empty_builder().mount(Routes::new("t", ()).post("/a", READ, Doc::new("a", "A"), takes_open)).build();
}

#[test]
#[should_panic(expected = "is public and takes a caller")]
fn a_public_route_that_takes_a_caller_is_not_mounted() {
    let _app = empty_builder().mount(Routes::new("t", ()).get("/a", Access::Public, Doc::new("a", "A"), takes_caller)).build();
}

#[test]
#[should_panic(expected = "takes one path parameter")]
fn a_path_parameter_without_a_place_in_the_path_is_not_mounted() {
    let _app = empty_builder().mount(Routes::new("t", ()).get("/a", READ, Doc::new("a", "A"), takes_path)).build();
}

#[test]
#[should_panic(expected = "two operations have the id")]
fn two_operations_of_one_id_are_not_mounted() {
    let routes = Routes::new("t", ()).get("/a", READ, Doc::new("a", "A"), takes_caller).get("/b", READ, Doc::new("a", "A"), takes_caller);
    let _app = empty_builder().mount(routes).build();
}
