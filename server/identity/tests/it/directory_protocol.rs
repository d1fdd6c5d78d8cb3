//! The protocol by which a directory speaks (RFC 7644): its credential, its forms, its lists.

use axum::http::{Method, StatusCode};
use kernel::Access;
use serde_json::{Value, json};

use crate::directory::{Kept, ada};
use crate::world::{As, on_both_engines};

#[test]
fn only_a_key_that_may_nothing_else_opens_the_directorys_routes() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let with_more = json!({ "name": "x", "kind": "api", "permissions": ["directory:write", "people:read"] });
        let refused = kept.world.post("/tokens", kept.owner.session(), kept.world.with_end(with_more)).await;
        assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("permissions")));
        let reader = json!({ "name": "x", "kind": "api", "permissions": ["people:read"] });
        let reader = kept.world.post("/tokens", kept.owner.session(), kept.world.with_end(reader)).await.body["secret"].clone();
        let routes: Vec<_> = kept.world.routes.iter().filter(|route| route.path.starts_with("/scim/v2")).collect();
        assert_eq!(routes.len(), 20);
        for route in &routes {
            assert!(matches!(route.access, Access::Program(_)), "{}", route.path);
        }
        assert_eq!(kept.world.scim(Method::GET, "/Users", reader.as_str().unwrap(), None).await.status, StatusCode::FORBIDDEN);
        assert_eq!(kept.world.get("/people", As::Bearer(&kept.token)).await.status, StatusCode::FORBIDDEN, "it reads nothing of the API's");
        let by_session = kept.world.scim_as(Method::GET, "/Users", kept.owner.session()).await;
        assert_eq!(by_session.status, StatusCode::UNAUTHORIZED, "the owner's own session opens none of it");
        let token = kept.world.get("/tokens", kept.owner.session()).await.body["items"]
            .as_array()
            .expect("tokens")
            .iter()
            .find(|token| token["name"] == "Directory")
            .expect("the credential")
            .clone();
        assert!(token["last_used_at"].is_string(), "{token}");
        let path = format!("/tokens/{}", token["token"].as_str().unwrap());
        assert_eq!(kept.world.delete(&path, kept.owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(kept.get("/Users").await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn what_is_refused_is_refused_in_the_protocols_form() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:Error"]);
        for (method, path, body, status, kind) in [
            (Method::GET, "/Nothing", None, 404, None),
            (Method::GET, concat!("/Users", "/nobody"), None, 404, None),
            (Method::GET, "/Schemas/nothing", None, 404, None),
            (Method::POST, "/ServiceProviderConfig", Some(json!({})), 405, None),
            (Method::GET, "/Users?unknown=1", None, 422, None),
            (Method::GET, "/Users?filter=userName", None, 400, Some("invalidFilter")),
            (Method::GET, "/Users?attributes=id&excludedAttributes=name", None, 400, Some("invalidValue")),
            (Method::POST, "/Users", Some(json!([])), 400, Some("invalidSyntax")),
            (Method::POST, "/Users", Some(json!({ "userName": 7 })), 400, Some("invalidValue")),
            (Method::POST, "/.search", Some(json!({ "count": "many" })), 400, Some("invalidSyntax")),
        ] {
            let refused = kept.ask(method, path, body).await;
            assert_eq!(refused.status, status, "{path}: {refused:?}");
            assert_eq!((&refused.body["schemas"], &refused.body["status"]), (&schemas, &json!(status.to_string())), "{path}");
            assert_eq!(refused.body.get("scimType").and_then(Value::as_str), kind, "{path}");
            assert!(refused.body["detail"].is_string(), "{path}");
        }
        let nobody = kept.world.scim(Method::GET, "/Users", "prs_api_unknown", None).await;
        assert_eq!((nobody.status, &nobody.body["schemas"]), (StatusCode::UNAUTHORIZED, &schemas));
    });
}

#[test]
fn lists_are_filtered_paged_and_cut_to_what_is_asked_for() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        kept.add_user(ada()).await;
        for name in ["bob", "cy", "dot", "eve"] {
            kept.add_user(json!({ "userName": format!("{name}@example.org"), "active": name != "eve" })).await;
        }
        let found = async |query: &str| kept.get(&format!("/Users?{query}")).await.body;
        let names = |list: &Value| {
            let resources = list["Resources"].as_array().expect("a list").iter();
            let mut names: Vec<_> = resources.map(|user| user["userName"].as_str().expect("a name").to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&found("filter=userName%20eq%20%22ADA@example.org%22").await), ["ada@example.org"]);
        assert_eq!(names(&found("filter=active%20eq%20false").await), ["eve@example.org"]);
        assert_eq!(
            names(&found("filter=userName%20sw%20%22b%22%20or%20userName%20sw%20%22c%22").await),
            ["bob@example.org", "cy@example.org"]
        );
        assert_eq!(names(&found("filter=externalId%20eq%20%22ada%22%20and%20active%20eq%20true").await), ["ada@example.org"]);
        assert_eq!(found("filter=externalId%20eq%20%22ADA%22").await["totalResults"], json!(0), "the case of a number counts");
        let mut seen = Vec::new();
        for start in [1, 3, 5] {
            let page = found(&format!("startIndex={start}&count=2")).await;
            assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(5), &json!(start)));
            seen.extend(names(&page));
        }
        seen.sort();
        assert_eq!(seen, ["ada@example.org", "bob@example.org", "cy@example.org", "dot@example.org", "eve@example.org"]);
        let filtered = found("filter=active%20eq%20true&startIndex=2&count=2&sortBy=userName").await;
        assert_eq!((&filtered["totalResults"], &filtered["itemsPerPage"]), (&json!(4), &json!(2)));
        assert_eq!(found("count=0").await["itemsPerPage"], json!(0));
        let cut = found("filter=externalId%20eq%20%22ada%22&attributes=name.givenName").await["Resources"][0].clone();
        assert_eq!((&cut["name"], cut.get("userName")), (&json!({ "givenName": "Ada" }), None));
        kept.add_group("Crew", &[]).await;
        let all = kept.ask(Method::POST, "/.search", Some(json!({}))).await.body;
        assert_eq!(all["totalResults"], json!(6));
        let crew = kept.ask(Method::POST, "/.search", Some(json!({ "filter": "displayName eq \"crew\"" }))).await.body;
        assert_eq!((&crew["totalResults"], &crew["Resources"][0]["displayName"]), (&json!(1), &json!("Crew")));
    });
}

#[test]
fn a_change_that_cannot_be_done_whole_is_not_done_at_all() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let id = kept.add_user(ada()).await;
        let operations =
            json!([{ "op": "replace", "path": "displayName", "value": "Countess" }, { "op": "replace", "path": "id", "value": "x" }]);
        let refused = kept.ask(Method::PATCH, &format!("/Users/{id}"), Some(json!({ "Operations": operations }))).await;
        assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("mutability")));
        assert_eq!(kept.get(&format!("/Users/{id}")).await.body["displayName"], "Ada King");
        let leaves = kept.world.leaves(kept.owner.tenant).await.len();
        let same = kept.patch(&format!("/Users/{id}"), json!({ "op": "replace", "path": "displayName", "value": "Ada King" })).await;
        assert_eq!(
            (same.status, kept.world.leaves(kept.owner.tenant).await.len()),
            (StatusCode::OK, leaves),
            "what changes nothing is not told of"
        );
    });
}

#[test]
fn the_server_says_what_it_offers_and_what_not() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let features = kept.get("/ServiceProviderConfig").await.body;
        for name in ["bulk", "sort", "changePassword", "etag"] {
            assert_eq!(features[name]["supported"], json!(false), "{name}");
        }
        assert_eq!((&features["patch"]["supported"], &features["filter"]["maxResults"]), (&json!(true), &json!(100)));
        let types = kept.get("/ResourceTypes").await.body;
        assert_eq!((&types["totalResults"], &types["Resources"][1]["endpoint"]), (&json!(2), &json!("/Groups")));
        let schema = kept.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").await.body;
        let attributes: Vec<_> =
            schema["attributes"].as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect();
        assert_eq!(attributes, ["userName", "name", "displayName", "emails", "active", "groups"]);
    });
}
