//! Serves the console's built files.
//!
//! `app` hands them over (this crate stands beside the console, not above it). Files with a hash in their name never
//! change and are cached for a year; `index.html` is made for each answer with a fresh style nonce and never cached; the
//! console's own page addresses all answer with it. Any other address is a 404: a person gets it from the console, in
//! words, and a program as a problem.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use kernel::{Problem, Rng};

use crate::answer::Failure;
use crate::scim;

/// What stands in `index.html` where the nonce goes.
pub const NONCE_PLACEHOLDER: &str = "__CSP_NONCE__";
/// Media type of `index.html`; nothing else that is served has it.
pub(crate) const PAGE_TYPE: &str = "text/html; charset=utf-8";
/// Bytes of randomness in a nonce.
const NONCE_BYTES: usize = 16;

/// One built file.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleFile {
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

/// The console.
#[derive(Clone, Debug)]
pub struct ConsoleFiles {
    /// `index.html`, with [`NONCE_PLACEHOLDER`] where a nonce goes.
    pub index: &'static str,
    /// Every other file.
    pub files: Vec<ConsoleFile>,
    /// The addresses of its pages, as router templates: `/`, `/devices`, `/devices/{device}`.
    pub pages: &'static [&'static str],
}

impl ConsoleFiles {
    pub(crate) fn mount(self, mut router: Router, rng: &Rng) -> Router {
        let parts: Arc<[&'static str]> = self.index.split(NONCE_PLACEHOLDER).collect();
        for page in self.pages {
            let (parts, rng) = (Arc::clone(&parts), rng.clone());
            router = router.route(page, get(move || std::future::ready(index_answer(&parts, &rng))));
        }
        for file in self.files {
            router = router.route(file.path, get(move |request: Request| std::future::ready(file_answer(&file, request.headers()))));
        }
        let rng = rng.clone();
        router.fallback(move |request: Request| std::future::ready(elsewhere(&request, &parts, &rng)))
    }
}

/// What is at no address: browsers that ask for a page say so in `accept`.
fn elsewhere(asked: &Request, parts: &[&'static str], rng: &Rng) -> Response {
    let path = asked.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/") || scim::is_of(path);
    let is_page = *asked.method() == Method::GET && !is_api && lists(asked.headers(), &header::ACCEPT, "text/html");
    if !is_page {
        return Failure(Problem::not_found()).into_response();
    }
    let mut response = index_answer(parts, rng);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn index_answer(parts: &[&'static str], rng: &Rng) -> Response {
    let nonce: String = rng.bytes::<NONCE_BYTES>().iter().map(|byte| format!("{byte:02x}")).collect();
    // Script comes from files only. Style needs the nonce, because the component library writes style elements; style
    // attributes set by script are not subject to the policy. No text becomes an element: what script writes goes through the
    // one policy that the console makes, and that one refuses markup.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types default"
    );
    let Ok(policy) = HeaderValue::try_from(policy) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(PAGE_TYPE)), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, parts.join(&nonce)).into_response()
}

fn file_answer(file: &ConsoleFile, asked: &HeaderMap) -> Response {
    let cache = if file.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::ETAG, HeaderValue::from_static(file.etag));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if lists(asked, &header::IF_NONE_MATCH, file.etag) || lists(asked, &header::IF_NONE_MATCH, "*") {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    let gzip = file.gzip.filter(|_| lists(asked, &header::ACCEPT_ENCODING, "gzip"));
    if gzip.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *response.body_mut() = Body::from(Bytes::from_static(gzip.unwrap_or(file.bytes)));
    response
}

/// Whether a comma-separated header lists this value, and not with a quality of zero.
fn lists(headers: &HeaderMap, name: &header::HeaderName, wanted: &str) -> bool {
    let texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|item| {
        let (value, parameters) = item.split_once(';').unwrap_or((item, ""));
        let is_refused =
            parameters.trim().strip_prefix("q=").is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality == 0.0));
        value.trim().trim_start_matches("W/") == wanted && !is_refused
    })
}
