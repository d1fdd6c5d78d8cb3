//! The API's document and its route table are part of the repository, and reviewed.

use std::path::PathBuf;

use crate::world::World;

/// Set to write `docs/openapi.json` anew.
const UPDATE_VARIABLE: &str = "UPDATE_OPENAPI";

async fn world(folder: &tempfile::TempDir) -> World {
    World::new(folder.path().join("data"), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_document_is_the_served_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = world(&folder).await;
    let served = format!("{}\n", serde_json::to_string_pretty(&world.site.openapi).expect("JSON"));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        std::fs::write(&path, &served).expect("the document is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = committed.lines().zip(served.lines()).find(|(committed, served)| committed != served);
    assert!(
        committed == served,
        "docs/openapi.json is not what is served, from {differing:?} on; run with {UPDATE_VARIABLE}=1 and read the difference"
    );
    world.opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_table_is_reviewed() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = world(&folder).await;
    let line = |route: &web::RouteEntry| {
        let access = match route.access {
            kernel::Access::Person(permission) => permission.text().to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        format!("{:6} {:55} {:22} {}", route.method.name(), route.path, access, route.id)
    };
    let lines: Vec<String> = world.site.route_table.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
    world.opened.close().await;
}
