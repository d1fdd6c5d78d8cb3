//! Requests to a router in this process.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;
use web::{PeerInfo, WebApp};

/// Where every request of these tests comes from.
pub(crate) const PEER: &str = "2001:db8:5eed:ca4a::77";
/// What every request says that its program is.
pub(crate) const USER_AGENT: &str = "Kanarienprogramm/7.1";

/// What a request presents.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    None,
    Bearer(String),
    Session(String),
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).expect("JSON") }
    }

    /// The session that the answer's cookie begins.
    pub(crate) fn session(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().expect("a cookie");
        let (_, value) = cookie.split_once('=').expect("a value");
        value.split(';').next().expect("a value").to_owned()
    }

    /// Everything but what differs from one request to the next: the request's id.
    pub(crate) fn without_request_id(mut self) -> (u16, Vec<(String, Vec<u8>)>, String) {
        let id = self.headers.remove("x-request-id").map(|id| id.to_str().expect("text").to_owned()).unwrap_or_default();
        let text = if id.is_empty() { self.text() } else { self.text().replace(&id, "req_") };
        let headers = self.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        (self.status, headers, text)
    }
}

/// Sends a request, its body as JSON.
pub(crate) async fn send(site: &WebApp, credential: &Credential, method: &str, path: &str, body: Option<Value>) -> Answer {
    let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
    let content_type = if body.is_empty() { None } else { Some("application/json") };
    send_bytes(site, credential, method, path, content_type, body).await
}

/// Sends a request, its body as it is.
pub(crate) async fn send_bytes(
    site: &WebApp,
    credential: &Credential,
    method: &str,
    path: &str,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Answer {
    let peer = PeerInfo::Network(std::net::SocketAddr::new(PEER.parse().expect("an address"), 40_404));
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8443");
    request = request.header(header::USER_AGENT, USER_AGENT).extension(peer);
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    request = match credential {
        Credential::None => request,
        Credential::Bearer(secret) => request.header(header::AUTHORIZATION, format!("Bearer {secret}")),
        Credential::Session(secret) => {
            request.header(header::COOKIE, format!("__Host-purser={secret}")).header("sec-fetch-site", "same-origin")
        }
    };
    let request = request.body(Body::from(body)).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}
