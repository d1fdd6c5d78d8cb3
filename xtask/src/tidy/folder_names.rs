//! A room is named after what lies in it: no folder and no module that could hold anything.

use super::Finding;
use crate::tree::Tree;
use std::collections::BTreeSet;

const FORBIDDEN: [&str; 8] = ["common", "commons", "helper", "helpers", "misc", "util", "utilities", "utils"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rooms: BTreeSet<_> = tree.paths().flat_map(forbidden_rooms).collect();
    rooms.into_iter().map(|room| Finding::at(room, "a name that could hold anything; name the room after what lies in it")).collect()
}

/// Every forbidden folder above the path, and the file itself if it is a module of such a name.
fn forbidden_rooms(path: &str) -> Vec<&str> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let parts = ends.filter_map(|end| path.get(..end));
    parts.filter(|part| FORBIDDEN.contains(&stem(part).to_lowercase().as_str())).collect()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(paths: &[&str]) -> Vec<String> {
        check(&Tree::of(paths.iter().map(|path| (*path, "")))).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_folder_or_module_that_could_hold_anything_is_found_once() {
        assert_eq!(
            places(&["a/utils/x.rs", "a/utils/y.rs", "b/src/helpers.rs", "c/Common/z.ts"]),
            ["a/utils", "b/src/helpers.rs", "c/Common"]
        );
    }

    #[test]
    fn a_name_that_only_contains_such_a_word_is_fine() {
        assert!(places(&["a/src/common_name.rs", "docs/utility.md"]).is_empty());
    }
}
