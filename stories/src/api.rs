//! A client of the HTTP API that trusts the installation's own authority and nobody else; with a token, or as a browser does, with a
//! session's cookie.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Longest exchange: an import of a large file in an unoptimised build.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(300);
/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A client with one token or session.
pub struct Api {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
    cookie: Option<String>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Api of {}", self.base)
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; null where there is none.
    pub body: Value,
}

impl Api {
    /// A client of `https://localhost:PORT` that trusts this authority (PEM).
    ///
    /// # Panics
    ///
    /// If the authority is no certificate.
    #[must_use]
    pub fn new(port: u16, authority_pem: &str, token: Option<String>) -> Self {
        let authority = Certificate::from_pem(authority_pem.as_bytes()).expect("the authority is a certificate");
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(EXCHANGE_TIME_MAX))
            .build();
        Self { agent: config.into(), base: format!("https://localhost:{port}"), token, cookie: None }
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: Option<String>) -> Self {
        Self { agent: self.agent.clone(), base: self.base.clone(), token, cookie: None }
    }

    /// The same client with a session's cookie, `name=value`.
    #[must_use]
    pub fn with_session(&self, cookie: String) -> Self {
        Self { agent: self.agent.clone(), base: self.base.clone(), token: None, cookie: Some(cookie) }
    }

    fn credential(&self) -> Option<(&'static str, String)> {
        let bearer = self.token.as_ref().map(|token| ("authorization", format!("Bearer {token}")));
        bearer.or_else(|| self.cookie.clone().map(|cookie| ("cookie", cookie)))
    }

    /// Gets a path below `/api/v1` as bytes, which must be answered with 200.
    ///
    /// # Panics
    ///
    /// If it is answered otherwise.
    #[must_use]
    pub fn fetch(&self, path: &str) -> Vec<u8> {
        let mut request = self.agent.get(format!("{}/api/v1{path}", self.base));
        if let Some((name, value)) = self.credential() {
            request = request.header(name, value);
        }
        let mut answer = request.call().unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(answer.status(), 200, "GET {path}");
        answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Gets a path below `/api/v1`.
    ///
    /// # Panics
    ///
    /// If the server does not answer in HTTP.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        let mut request = self.agent.get(format!("{}/api/v1{path}", self.base));
        if let Some((name, value)) = self.credential() {
            request = request.header(name, value);
        }
        answer(path, request.call())
    }

    /// Posts JSON to a path below `/api/v1`.
    ///
    /// # Panics
    ///
    /// If the server does not answer in HTTP.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let mut request = self.agent.post(format!("{}/api/v1{path}", self.base)).header("content-type", "application/json");
        if let Some((name, value)) = self.credential() {
            request = request.header(name, value);
        }
        answer(path, request.send(body.to_string().as_bytes()))
    }

    /// Gets a path that must be answered with 200.
    ///
    /// # Panics
    ///
    /// If it is answered otherwise.
    #[must_use]
    pub fn read(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.body
    }

    /// Every item of a list, over all its pages of `limit`, and how many pages there were.
    ///
    /// # Panics
    ///
    /// If a page is answered otherwise than with 200 and items, or if a cursor leads back.
    #[must_use]
    pub fn every(&self, path: &str, limit: u32) -> (Vec<Value>, usize) {
        let (mut items, mut cursors) = (Vec::new(), Vec::<String>::new());
        loop {
            let cursor = cursors.last().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.read(&format!("{path}?limit={limit}{cursor}"));
            let found = page["items"].as_array().unwrap_or_else(|| panic!("{path} has no items: {page}"));
            assert!(found.len() <= limit as usize, "{path} has a page of {} with limit {limit}", found.len());
            items.extend(found.iter().cloned());
            match page["next"].as_str() {
                None => return (items, cursors.len() + 1),
                Some(next) => {
                    assert!(!cursors.iter().any(|cursor| cursor == next), "{path}: a cursor leads back to a page before");
                    cursors.push(next.to_owned());
                }
            }
        }
    }
}

fn answer(path: &str, result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.unwrap_or_else(|error| panic!("{path}: {error}"));
    let status = response.status().as_u16();
    let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let bytes = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    let bytes = bytes.unwrap_or_else(|error| panic!("{path}: {error}"));
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{path} answers {status}, not in JSON: {error}"))
    };
    Answer { status, headers, body }
}
