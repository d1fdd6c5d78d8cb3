//! Request bodies: kinds, limits, compression, the field at fault.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use kernel::limits::API_BODY_BYTES_MAX;

use crate::world::{Answered, Asking, app, ask};

async fn made(body: &str) -> Answered {
    ask("POST", "/api/v1/things").session().json(body).of(&app()).await
}

fn report() -> Asking {
    ask("POST", "/api/v1/reports").token("device")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[tokio::test]
async fn the_field_at_fault_is_named_by_its_path() {
    assert_eq!(made(r#"{"name":"a","parts":[{"grams":1},{"grams":-1}]}"#).await.problem(), "422 invalid at parts[1].grams");
    assert_eq!(made(r#"{"name":"a","colour":"red"}"#).await.problem(), "422 invalid at colour");
    assert_eq!(made(r#"{"name":7}"#).await.problem(), "422 invalid at name");
    assert_eq!(made(r#"{"name":"a","name":"b"}"#).await.problem(), "422 invalid at name");
    assert_eq!(made("{}").await.problem(), "422 invalid at name");
    assert_eq!(made(r#"{"name":"a","parts":[{}]}"#).await.problem(), "422 invalid at parts[0].grams");
    assert_eq!(made("7").await.problem(), "422 invalid");
}

#[tokio::test]
async fn what_is_no_json_is_400() {
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for body in ["", "{", "{\"name\":\"a\"} x", "\u{0}", &format!(r#"{{"name":"a","parts":{nested}}}"#)] {
        let answer = made(body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{body}");
    }
    assert_eq!(made("{").await.problem(), "400 bad-request");
    assert_eq!(made("{\"name\":\"a\"} x").await.problem(), "400 bad-request");
    let answer =
        ask("POST", "/api/v1/things").session().with("content-type", "application/json").body(vec![b'"', 0xff, b'"']).of(&app()).await;
    assert!(answer.status.is_client_error());
}

#[tokio::test]
async fn other_content_types_are_415() {
    let body = r#"{"name":"a"}"#;
    for content_type in ["text/plain", "application/jsonx", "application/x-www-form-urlencoded"] {
        let answer = ask("POST", "/api/v1/things").session().with("content-type", content_type).body(body).of(&app()).await;
        assert_eq!(answer.problem(), "415 unsupported-media-type", "{content_type}");
    }
    assert_eq!(ask("POST", "/api/v1/things").session().body(body).of(&app()).await.problem(), "415 unsupported-media-type");
    let answer =
        ask("POST", "/api/v1/things").session().with("content-type", "Application/JSON; charset=utf-8").body(body).of(&app()).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_body_at_its_limit_is_taken_and_one_byte_more_is_413() {
    let padded = |bytes: usize| format!(r#"{{"name":"a"}}{}"#, " ".repeat(bytes - 12));
    assert_eq!(made(&padded(API_BODY_BYTES_MAX)).await.status, 201);
    assert_eq!(made(&padded(API_BODY_BYTES_MAX + 1)).await.problem(), "413 too-large");
    assert_eq!(report().body(vec![0; 1_000]).of(&app()).await.json(), 1_000);
    assert_eq!(report().body(vec![0; 1_001]).of(&app()).await.problem(), "413 too-large");
}

#[tokio::test]
async fn a_body_that_comes_in_pieces_without_a_length_has_the_same_limit() {
    let pieces = |count: usize| Body::new(Pieces { left: count });
    assert_eq!(report().body(pieces(10)).of(&app()).await.json(), 1_000);
    assert_eq!(report().body(pieces(11)).of(&app()).await.problem(), "413 too-large");
}

#[tokio::test]
async fn gzip_and_zstd_bodies_are_decompressed_within_both_limits() {
    let app = app();
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).expect("memory takes it");
    let zstd_of_known_length = |bytes: &[u8]| zstd::bulk::compress(bytes, 3).expect("memory takes it");
    for (encoding, encode) in [("gzip", &gzip as &dyn Fn(&[u8]) -> Vec<u8>), ("zstd", &zstd), ("zstd", &zstd_of_known_length)] {
        let send = |body: Vec<u8>| report().with("content-encoding", encoding).body(body).of(&app);
        assert_eq!(send(encode(&[7; 1_000])).await.json(), 1_000, "{encoding}");
        assert_eq!(send(encode(&[7; 1_001])).await.problem(), "413 too-large", "{encoding}");
        assert_eq!(send(encode(&vec![0; 50_000_000])).await.problem(), "413 too-large", "{encoding} bomb");
        assert_eq!(send(b"no such stream".to_vec()).await.problem(), "400 bad-request", "{encoding}");
        let random: Vec<u8> = (0..200u8).map(|byte| byte.wrapping_mul(167).rotate_left(3)).collect();
        assert_eq!(send(encode(&random)).await.problem(), "413 too-large", "{encoding}, as sent");
    }
    assert_eq!(report().with("content-encoding", "br").body("x").of(&app).await.problem(), "415 unsupported-media-type");
    assert_eq!(report().with("content-encoding", "gzip, zstd").body("x").of(&app).await.problem(), "415 unsupported-media-type");
}

#[tokio::test]
async fn a_body_of_several_members_is_read_to_its_end_and_what_follows_them_is_no_part_of_it() {
    let app = app();
    let zstd = |bytes: &[u8]| zstd::bulk::compress(bytes, 3).expect("memory takes it");
    for (encoding, encode) in [("gzip", &gzip as &dyn Fn(&[u8]) -> Vec<u8>), ("zstd", &zstd)] {
        let send = |parts: &[Vec<u8>]| report().with("content-encoding", encoding).body(parts.concat()).of(&app);
        assert_eq!(send(&[encode(&[7; 400]), encode(&[7; 600])]).await.json(), 1_000, "{encoding}");
        assert_eq!(send(&[encode(&[7; 400]), encode(&[7; 601])]).await.problem(), "413 too-large", "{encoding}");
        assert_eq!(send(&[encode(&[7; 400]), b"more".to_vec()]).await.problem(), "400 bad-request", "{encoding}");
    }
}

#[tokio::test]
async fn a_zstd_frame_that_says_that_it_is_too_long_is_413_before_it_is_unpacked() {
    let app = app();
    let start_of = |length: usize| {
        let mut frame = zstd::bulk::compress(&vec![0; length], 3).expect("memory takes it");
        frame.truncate(8);
        report().with("content-encoding", "zstd").body(frame)
    };
    assert_eq!(start_of(1_000).of(&app).await.problem(), "400 bad-request");
    assert_eq!(start_of(1_001).of(&app).await.problem(), "413 too-large");
}

#[tokio::test]
async fn a_long_value_is_not_repeated_in_whole() {
    let answer = made(&format!(r#"{{"name":"a","count":"{}"}}"#, "x".repeat(100_000))).await;
    assert_eq!(answer.problem(), "422 invalid at count");
    assert!(answer.body.len() < 1_000, "{} bytes", answer.body.len());
}

/// So many pieces of a hundred bytes.
struct Pieces {
    left: usize,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = self.left.checked_sub(1).map(|left| {
            self.left = left;
            Ok(Frame::data(Bytes::from(vec![0; 100])))
        });
        Poll::Ready(next)
    }
}
