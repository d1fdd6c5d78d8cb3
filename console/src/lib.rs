//! The web console: TypeScript sources, and the built files embedded where the feature `embed` is on.
//!
//! This crate holds bytes and knows no HTTP; `web` serves them, `app` hands them over. Without `embed` there is no
//! console in the program, and everything that it shows is in the API and on the command line.

/// One built file.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Address, from the root: `/assets/index-D3adB33f.js`.
    pub path: &'static str,
    /// MIME type.
    pub content_type: &'static str,
    /// Content.
    pub bytes: &'static [u8],
    /// Content as gzip, where that is shorter.
    pub gzip: Option<&'static [u8]>,
    /// Strong entity tag, with its quotes.
    pub etag: &'static str,
    /// Whether the name changes with the content.
    pub is_immutable: bool,
}

/// The built console.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// `index.html`, with `__CSP_NONCE__` where a nonce goes.
    pub index: &'static str,
    /// Every other file.
    pub files: &'static [File],
}

/// The addresses of the console's pages, as router templates: each is answered with `index.html`.
pub const PAGES: &[&str] = &[
    "/",
    "/account",
    "/devices",
    "/devices/groups",
    "/devices/groups/new",
    "/devices/groups/{group}",
    "/devices/{device}",
    "/devices/{device}/history",
    "/devices/{device}/packages",
    "/devices/{device}/people",
    "/devices/{device}/sent",
    "/devices/{device}/updates",
    "/devices/{device}/vulnerabilities",
    "/feeds",
    "/ledger",
    "/packages",
    "/packages/{manager}/{name}",
    "/settings",
    "/settings/access",
    "/settings/directory",
    "/settings/enrolment",
    "/settings/erasure",
    "/settings/export",
    "/settings/people",
    "/settings/people/{user}",
    "/settings/sign-on",
    "/settings/tokens",
    "/setup",
    "/sign-in",
    "/sign-in/{provider}",
    "/sign-in/{provider}/back",
    "/trust",
    "/vulnerabilities",
    "/vulnerabilities/{cve}",
];

/// The console, where it was embedded.
#[must_use]
pub const fn embedded() -> Option<Console> {
    EMBEDDED
}

#[cfg(feature = "embed")]
include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

#[cfg(not(feature = "embed"))]
const EMBEDDED: Option<Console> = None;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The quoted texts that follow `before`.
    fn quoted_after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(before).skip(1).filter_map(|rest| rest.strip_prefix('\'')?.split('\'').next())
    }

    /// `/devices/$device` as `/devices/{device}`.
    fn template(address: &str) -> String {
        let segments = address.split('/').map(|segment| match segment.strip_prefix('$') {
            Some(name) => format!("{{{name}}}"),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn every_page_of_the_typescript_router_is_served_and_no_other() {
        let router = include_str!("routes/router.ts");
        let mut pages: BTreeSet<String> = quoted_after(router, "path: ").map(template).collect();
        for (before, parent) in [("deviceTab(", "/devices/{device}"), ("settingsTab(", "/settings")] {
            pages.extend(quoted_after(router, before).map(|tab| format!("{parent}{}", template(tab.trim_end_matches('/')))));
        }
        // The tabs that are written out in full, since their filters are in the address.
        pages.extend(["packages", "vulnerabilities"].map(|tab| format!("/devices/{{device}}/{tab}")));
        assert_eq!(pages, PAGES.iter().map(|page| (*page).to_owned()).collect());
    }

    #[test]
    fn pages_stand_in_order() {
        assert!(PAGES.is_sorted());
    }

    #[cfg(feature = "embed")]
    #[test]
    fn the_embedded_index_takes_a_nonce_and_names_embedded_files_only() {
        let console = embedded().expect("it is embedded");
        assert!(console.index.contains("__CSP_NONCE__"));
        for address in ["src=\"", "href=\""].iter().flat_map(|before| console.index.split(before).skip(1)) {
            let address = address.split('"').next().unwrap_or_default();
            assert!(console.files.iter().any(|file| file.path == address), "{address}");
        }
        assert!(console.files.iter().filter(|file| file.path.starts_with("/assets/")).all(|file| file.is_immutable));
    }
}
