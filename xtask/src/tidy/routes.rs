//! Every route has a permission, because only `web` can make a route, and its router asks for an `Access`.
//!
//! The same for listening: only `web` opens a TCP port, and it opens none without TLS.

use super::Finding;
use crate::rust_source::{scan, shipped};
use crate::tree::Tree;

const RESERVED_FOR_WEB: [(&str, &str); 8] = [
    (".route(", "mount it through `web::Routes`, which asks for an Access"),
    (".route_service(", "mount it through `web::Routes`, which asks for an Access"),
    (".nest_service(", "mount it through `web::Routes`, which asks for an Access"),
    ("Router::new", "mount it through `web::Routes`, which asks for an Access"),
    ("Router::default", "mount it through `web::Routes`, which asks for an Access"),
    ("axum::serve", "`web::serve` is the only listener, and it speaks TLS only"),
    ("hyper::server", "`web::serve` is the only listener, and it speaks TLS only"),
    ("TcpListener", "`web::serve` is the only listener, and it speaks TLS only"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !is_free(path)) {
        for (line, code) in scan(shipped(text)).code.lines().enumerate() {
            let hits = RESERVED_FOR_WEB.iter().filter(|(word, _)| code.contains(word));
            findings.extend(hits.map(|(word, advice)| Finding::at_line(path, line + 1, format!("`{word}`: {advice}"))));
        }
    }
    findings
}

fn is_free(path: &str) -> bool {
    path.starts_with("server/web/") || path.starts_with("stories/") || path.starts_with("xtask/") || path.contains("/tests/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of([(path, text)])).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_route_past_the_router_is_found() {
        assert_eq!(places("server/app/src/lib.rs", "let r =\n    Router::new().route(\"/x\", get(x));"), ["server/app/src/lib.rs:2"; 2]);
        assert_eq!(places("server/app/src/lib.rs", "TcpListener::bind(address)").len(), 1);
    }

    #[test]
    fn web_and_tests_and_comments_are_free() {
        assert!(places("server/web/src/router.rs", "Router::new()").is_empty());
        assert!(places("server/app/tests/it/main.rs", "Router::new()").is_empty());
        assert!(places("server/app/src/lib.rs", "// no Router::new here\nlet a = \"Router::new\";").is_empty());
    }
}
