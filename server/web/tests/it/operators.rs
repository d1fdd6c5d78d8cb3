//! The operators' door: who comes in, how, and that nothing else is there.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header, request};
use futures_core::Stream;
use kernel::problem::ProblemKind;
use kernel::{ClientCertificate, Denied, OperatorId, Problem};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use web::admin::ADMIN_BODY_BYTES_MAX;
use web::doors::PEER_REFUSALS;
use web::operators::{Known, OPERATOR_PATH, Performed};
use web::{OperatorApp, Operators, PeerInfo};

use crate::world::app;

const ADAS: ClientCertificate = ClientCertificate::of_digest([1; 32]);
const STRANGERS: ClientCertificate = ClientCertificate::of_digest([2; 32]);

/// Knows one operator, who may do everything but `forbidden`, and counts what is done.
#[derive(Default)]
struct Ada {
    done: AtomicUsize,
    is_revoked: AtomicBool,
}

impl Operators for Ada {
    fn known(&self, certificate: ClientCertificate) -> Known<'_> {
        let known = if certificate == ADAS && !self.is_revoked.load(Ordering::Relaxed) {
            Ok(OperatorId::from_random(2))
        } else {
            Err(Denied::Certificate)
        };
        Box::pin(std::future::ready(known))
    }

    fn perform(&self, _operator: OperatorId, asked: Value) -> Performed<'_> {
        self.done.fetch_add(1, Ordering::Relaxed);
        let answer = if asked == "forbidden" { Err(Problem::new(ProblemKind::FORBIDDEN, "No.")) } else { Ok(json!({ "ok": asked })) };
        Box::pin(std::future::ready(answer))
    }
}

struct Door {
    ada: Arc<Ada>,
    app: OperatorApp,
}

fn door() -> Door {
    let ada = Arc::new(Ada::default());
    Door { app: app().for_operators(Arc::clone(&ada) as _), ada }
}

fn from(address: &str) -> request::Builder {
    Request::builder().extension(PeerInfo::Network(address.parse().expect("an address"))).header(header::HOST, "purser.example:9444")
}

fn asking(certificate: Option<ClientCertificate>) -> request::Builder {
    let request = from("198.51.100.9:4711").method(Method::POST).uri(OPERATOR_PATH).header(header::CONTENT_TYPE, "application/json");
    match certificate {
        Some(certificate) => request.extension(certificate),
        None => request,
    }
}

impl Door {
    async fn send(&self, request: request::Builder, body: impl Into<Body>) -> (StatusCode, Value) {
        let response = self.app.router.clone().oneshot(request.body(body.into()).expect("a request")).await.expect("an answer");
        let status = response.status();
        assert!(response.headers().contains_key("x-request-id"), "{status}");
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    fn done(&self) -> usize {
        self.ada.done.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn an_operator_is_answered_and_who_shows_another_certificate_or_none_is_not() {
    let door = door();
    assert_eq!(door.send(asking(Some(ADAS)), "7").await, (StatusCode::OK, json!({ "ok": 7 })));
    assert_eq!(door.done(), 1);
    for certificate in [None, Some(STRANGERS)] {
        for secret in ["", "Bearer prs_api_whatever"] {
            let request = asking(certificate).header(header::AUTHORIZATION, secret).header(header::COOKIE, "__Host-purser=whatever");
            let (status, problem) = door.send(request, "7").await;
            assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("https://purser.dev/problems/certificate-not-accepted")));
        }
    }
    assert_eq!(door.done(), 1, "nothing was done for them");
}

#[tokio::test]
async fn what_is_not_asked_in_the_right_way_is_not_done() {
    let door = door();
    let long = "1".repeat(ADMIN_BODY_BYTES_MAX + 1);
    let elsewhere = asking(Some(ADAS)).header("sec-fetch-site", "cross-site");
    let by_form = from("198.51.100.9:4711").method(Method::POST).uri(OPERATOR_PATH).extension(ADAS);
    let by_form = by_form.header(header::CONTENT_TYPE, "text/plain");
    for (request, body, status) in [
        (asking(Some(ADAS)), "nonsense", StatusCode::BAD_REQUEST),
        (asking(Some(ADAS)), long.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        (elsewhere, "7", StatusCode::FORBIDDEN),
        (by_form, "7", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        assert_eq!(door.send(request, body.to_owned()).await.0, status);
    }
    assert_eq!(door.done(), 0);
    let whole = format!("\"{}\"", "1".repeat(ADMIN_BODY_BYTES_MAX - 2));
    assert_eq!(door.send(asking(Some(ADAS)), whole).await.0, StatusCode::OK, "the longest");
}

#[tokio::test]
async fn the_door_is_the_only_address_there_and_is_nowhere_else() {
    let door = door();
    for entry in app().route_table {
        let method = Method::from_bytes(entry.method.name().as_bytes()).expect("a method");
        let request = from("198.51.100.9:4711").method(method).uri(entry.path.as_str()).extension(ADAS);
        assert_eq!(door.send(request, Body::empty()).await.0, StatusCode::NOT_FOUND, "{}", entry.path);
    }
    let public = app().router.oneshot(asking(Some(ADAS)).body(Body::from("7")).expect("a request")).await.expect("an answer");
    assert_eq!(public.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_tries_certificates_is_banned_and_an_operator_behind_the_same_address_goes_on() {
    let door = door();
    for _ in 0..=PEER_REFUSALS.burst {
        assert_eq!(door.send(asking(Some(STRANGERS)), "7").await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(door.send(asking(Some(STRANGERS)), "7").await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(door.send(asking(Some(ADAS)), "7").await, (StatusCode::OK, json!({ "ok": 7 })));
    assert_eq!(door.send(asking(Some(ADAS)), "\"forbidden\"").await.0, StatusCode::FORBIDDEN);
}

/// A body during which Ada's certificate is revoked.
struct Late(Option<Arc<Ada>>);

impl Stream for Late {
    type Item = Result<&'static str, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(|ada| {
            ada.is_revoked.store(true, Ordering::Relaxed);
            Ok("7")
        }))
    }
}

#[tokio::test]
async fn a_certificate_that_is_revoked_while_the_body_comes_does_nothing() {
    let door = door();
    let body = Body::from_stream(Late(Some(Arc::clone(&door.ada))));
    let (status, problem) = door.send(asking(Some(ADAS)), body).await;
    assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("https://purser.dev/problems/certificate-not-accepted")));
    assert_eq!(door.done(), 0);
}

#[tokio::test]
async fn what_an_operator_may_not_do_bans_nobody_else_at_the_same_address() {
    let door = door();
    for _ in 0..=PEER_REFUSALS.burst {
        assert_eq!(door.send(asking(Some(ADAS)), "\"forbidden\"").await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(door.send(asking(Some(STRANGERS)), "7").await.0, StatusCode::FORBIDDEN, "refused for what it is, and by no ban");
}
