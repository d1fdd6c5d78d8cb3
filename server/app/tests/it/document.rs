//! The API's document, its route table and the catalogue of its problems are part of the repository, and reviewed.

use std::path::PathBuf;

use kernel::problem::PROBLEM_TYPE_BASE;

use crate::world::World;

/// Set to write `docs/openapi.json` and `docs/problems.md` anew.
const UPDATE_VARIABLE: &str = "UPDATE_OPENAPI";

async fn world(folder: &tempfile::TempDir) -> World {
    World::new(folder.path().join("data"), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_document_is_the_served_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = world(&folder).await;
    let served = format!("{}\n", serde_json::to_string_pretty(&world.site.openapi).expect("JSON"));
    compare("docs/openapi.json", &served);
    world.opened.close().await;
}

/// A committed file against what it should be.
fn compare(name: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        std::fs::write(&path, expected).expect("the file is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = committed.lines().zip(expected.lines()).find(|(committed, expected)| committed != expected);
    assert!(committed == expected, "{name} is out of date, from {differing:?} on; run with {UPDATE_VARIABLE}=1 and read the difference");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_catalogue_of_problems_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = world(&folder).await;
    let mut text = String::from(
        "# Problems\n\nEvery error is answered as `application/problem+json` (RFC 9457). `type` is the contract: it never changes its meaning, and programs \
         may branch on it.\n`detail` tells the reader what to do, `field` names the part of a request at fault, `request` is what to quote when asking for help. \
         \"Not yours\" and\n\"does not exist\" are the same problem.\n\n| Status | Type | Title |\n|---|---|---|\n",
    );
    for problem in &world.site.problems {
        text.push_str(&format!("| {} | `{PROBLEM_TYPE_BASE}{}` | {} |\n", problem.status, problem.slug, problem.title));
    }
    compare("docs/problems.md", &text);
    world.opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_table_is_reviewed() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = world(&folder).await;
    let line = |route: &web::RouteEntry| {
        let access = match route.access {
            kernel::Access::Person(permission) | kernel::Access::Program(permission) => permission.text().to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        format!("{:6} {:55} {:22} {}", route.method.name(), route.path, access, route.id)
    };
    let lines: Vec<String> = world.site.route_table.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
    world.opened.close().await;
}
