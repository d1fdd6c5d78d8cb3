//! Request bodies: read once, within the route's limits, decompressed, parsed with the field at fault named.
//!
//! | What is wrong | Answer |
//! |---|---|
//! | content type is not taken | 415 |
//! | `Content-Encoding` is neither `gzip` nor `zstd` nor `identity` | 415 |
//! | longer than the route's limit, as sent or decompressed | 413 |
//! | broken compression, or no JSON | 400 |
//! | JSON, but of another shape; the path of the field is in `field` | 422 |

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, SchemaObject};
use aide::operation::set_body;
use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use kernel::limits::API_BODY_BYTES_MAX;
use kernel::problem::ProblemKind;
use kernel::{Problem, RequestId};
use schemars::{JsonSchema, Schema, json_schema};
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::answer::detail_of;
use crate::guard::Facts;

/// Bodies above this many bytes as sent are decompressed on a thread that may block.
const INLINE_DECODE_BYTES_MAX: usize = 64 * 1024;
/// How much of a body that is too long is read and thrown away, so that a client that writes before it reads meets the
/// answer instead of a reset connection.
const DISCARD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long a route's body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit {
    /// Most bytes after decompression, and of a body that is not compressed.
    pub bytes_max: usize,
    /// Most bytes of a compressed body as sent.
    pub compressed_bytes_max: usize,
}

impl BodyLimit {
    /// The limit of routes that name none: [`API_BODY_BYTES_MAX`].
    pub const DEFAULT: Self = Self::bytes(API_BODY_BYTES_MAX);

    /// The same limit for both forms.
    #[must_use]
    pub const fn bytes(bytes_max: usize) -> Self {
        Self { bytes_max, compressed_bytes_max: bytes_max }
    }

    fn sent_max(self, encoding: Encoding) -> usize {
        if encoding == Encoding::Identity { self.bytes_max } else { self.compressed_bytes_max }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        let (first, second) = (values.next(), values.next());
        match (first.map(|value| value.as_bytes().to_ascii_lowercase()).as_deref(), second) {
            (None | Some(b"identity"), None) => Ok(Self::Identity),
            (Some(b"gzip"), None) => Ok(Self::Gzip),
            (Some(b"zstd"), None) => Ok(Self::Zstd),
            _ => Err(Problem::new(ProblemKind::UNSUPPORTED_MEDIA_TYPE, "Send the body plain, or with Content-Encoding gzip or zstd.")),
        }
    }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(ProblemKind::TOO_LARGE, format!("The body may have at most {bytes_max} bytes here."))
}

/// Waits until a request's body has come, as it was sent, within its route's limits: what is asked for afterwards is held by
/// nobody who sends slowly.
pub(crate) async fn arrived(request: Request, limit: BodyLimit) -> Result<Request, Problem> {
    let sent_max = limit.sent_max(Encoding::of(request.headers())?);
    let (parts, body) = request.into_parts();
    Ok(Request::from_parts(parts, Body::from(collect(body, sent_max).await?)))
}

/// Reads the body of a request, decompressed, within its route's limits.
async fn read(request: Request) -> Result<Bytes, Problem> {
    let limit = request.extensions().get::<Facts>().map_or(BodyLimit::DEFAULT, |facts| facts.body_limit());
    let encoding = Encoding::of(request.headers())?;
    let sent = collect(request.into_body(), limit.sent_max(encoding)).await?;
    if encoding == Encoding::Identity {
        return Ok(sent);
    }
    if sent.len() <= INLINE_DECODE_BYTES_MAX {
        return decode(&sent, encoding, limit.bytes_max);
    }
    let decoding = tokio::task::spawn_blocking(move || decode(&sent, encoding, limit.bytes_max));
    decoding.await.unwrap_or_else(|failed| Err(Problem::internal(&failed)))
}

async fn collect(mut body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > bytes_max {
        discard(body).await;
        return Err(too_large(bytes_max));
    }
    let mut first: Option<Bytes> = None;
    let mut rest: Vec<u8> = Vec::new();
    let mut length = 0usize;
    while let Some(data) = next_chunk(&mut body).await? {
        length = length.saturating_add(data.len());
        if length > bytes_max {
            drop((first, rest));
            discard(body).await;
            return Err(too_large(bytes_max));
        }
        // Nearly every body of the API is one chunk, which is passed on without a copy.
        match (&first, rest.is_empty()) {
            (None, true) => first = Some(data),
            (Some(start), true) => {
                rest.reserve(expected.max(length));
                rest.extend_from_slice(start);
                rest.extend_from_slice(&data);
            }
            _ => rest.extend_from_slice(&data),
        }
    }
    Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.into() })
}

async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                Err(_trailers) => {}
            },
            Some(Err(_broken)) => {
                return Err(Problem::new(ProblemKind::BAD_REQUEST, "The connection broke off, or its framing is wrong, within the body."));
            }
        }
    }
}

async fn discard(mut body: Body) {
    let mut left = DISCARD_BYTES_MAX;
    while let Ok(Some(data)) = next_chunk(&mut body).await {
        let Some(rest) = left.checked_sub(data.len()) else { return };
        left = rest;
    }
}

fn decode(sent: &[u8], encoding: Encoding, bytes_max: usize) -> Result<Bytes, Problem> {
    let broken = || Problem::new(ProblemKind::BAD_REQUEST, "The body is not what its Content-Encoding says.");
    if encoding == Encoding::Zstd
        && let Some(decoded) = decode_frame(sent, bytes_max)?
    {
        return Ok(decoded.into());
    }
    let mut decoded = Vec::new();
    // One byte past the limit is enough to know; a bomb is never unpacked further.
    let read_max = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let outcome = match encoding {
        Encoding::Identity => return Ok(Bytes::copy_from_slice(sent)),
        Encoding::Gzip => flate2::read::MultiGzDecoder::new(sent).take(read_max).read_to_end(&mut decoded),
        Encoding::Zstd => zstd::Decoder::with_buffer(sent).and_then(|decoder| decoder.take(read_max).read_to_end(&mut decoded)),
    };
    outcome.map_err(|_cause| broken())?;
    if decoded.len() > bytes_max { Err(too_large(bytes_max)) } else { Ok(decoded.into()) }
}

thread_local! {
    /// Making one costs more than unpacking a check-in.
    static FRAME_DECODER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// A body of one zstd frame that says its length, as agents send it, straight into a buffer of that length. Nothing where
/// it is anything else: then it is read as a stream, which also tells what is wrong with it. A length above the limit is
/// believed: nothing is unpacked to see whether it is true.
fn decode_frame(sent: &[u8], bytes_max: usize) -> Result<Option<Vec<u8>>, Problem> {
    let Some(length) = zstd::zstd_safe::get_frame_content_size(sent).ok().flatten() else { return Ok(None) };
    let length = usize::try_from(length).ok().filter(|length| *length <= bytes_max).ok_or_else(|| too_large(bytes_max))?;
    let mut decoded = Vec::with_capacity(length);
    let unpacked = FRAME_DECODER.with_borrow_mut(|decoder| {
        let decoder = match decoder {
            Some(decoder) => decoder,
            none => none.insert(zstd::bulk::Decompressor::new().ok()?),
        };
        decoder.decompress_to_buffer(sent, &mut decoded).ok()
    });
    Ok(unpacked.map(|_length| decoded))
}

/// Parses JSON: no JSON is 400, JSON of another shape is 422 with the field's path.
///
/// # Errors
/// [`ProblemKind::BAD_REQUEST`] and [`ProblemKind::INVALID`].
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // The fast parse first: only a body that fails is read again to find where.
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => Err(fault_in::<T>(bytes, &error)),
    }
}

fn fault_in<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        return Problem::new(ProblemKind::BAD_REQUEST, format!("The body is not JSON: {}", detail_of(error)));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => at_field(error.path().to_string(), detail_of(error.inner())),
        Ok(_differs) => Problem::new(ProblemKind::INVALID, detail_of(error)),
    }
}

/// The problem of a field. A field that is missing or comes twice is told by the parser's message only, within the
/// object that the path names.
fn at_field(path: String, detail: String) -> Problem {
    let path = if path == "." { String::new() } else { path };
    let named = ["missing field `", "duplicate field `"].into_iter().find_map(|start| detail.strip_prefix(start)?.split('`').next());
    let field = match named {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) if path != name && !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
        _ => path,
    };
    let problem = Problem::new(ProblemKind::INVALID, detail);
    if field.is_empty() { problem } else { problem.at(field) }
}

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim()
}

fn demand_json(headers: &HeaderMap) -> Result<(), Problem> {
    if media_type(headers).eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::new(ProblemKind::UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json."))
    }
}

async fn read_json(request: Request) -> Result<Bytes, Failure> {
    demand_json(request.headers())?;
    Ok(read(request).await?)
}

/// A body that the request filter has looked at, where it looks at this route's.
pub(crate) async fn read_filtered(request: Request) -> Result<Bytes, Problem> {
    let facts = request.extensions().get::<Facts>().cloned();
    let id = request.extensions().get::<RequestId>().copied();
    let bytes = read(request).await?;
    if let Some(filter) = facts.as_ref().and_then(Facts::filter_of_bodies) {
        filter.judge(filter.look_at_body(&bytes), id)?;
    }
    Ok(bytes)
}

/// A JSON body, in and out. As a request body its type refuses unknown fields (`deny_unknown_fields`); `build` checks it.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// A JSON body, in and out, of a type that has no schema here (those of `wire`): documented as a free-form object.
#[derive(Clone, Copy, Debug)]
pub struct WireJson<T>(pub T);

/// A body of any content type, decompressed where a `Content-Encoding` says so.
#[derive(Clone, Debug)]
pub struct RawBody(pub Bytes);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        demand_json(request.headers())?;
        Ok(Self(parse_json(&read_filtered(request).await?)?))
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for WireJson<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        Ok(Self(parse_json(&read_json(request).await?)?))
    }
}

impl<S: Sync> FromRequest<S> for RawBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        Ok(Self(read(request).await?))
    }
}

pub(crate) fn free_form() -> Schema {
    json_schema!({ "type": "object" })
}

pub(crate) fn document_body(context: &mut GenContext, operation: &mut Operation, content_type: &str, json_schema: Schema) {
    let schema = Some(SchemaObject { json_schema, external_docs: None, example: None });
    let content = [(content_type.to_owned(), MediaType { schema, ..MediaType::default() })].into_iter().collect();
    set_body(context, operation, RequestBody { content, required: true, ..RequestBody::default() });
}

impl<T: JsonSchema> OperationInput for Json<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = context.schema.subschema_for::<T>();
        document_body(context, operation, "application/json", schema);
    }
}

impl<T> OperationInput for WireJson<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        document_body(context, operation, "application/json", free_form());
    }
}

impl OperationInput for RawBody {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        document_body(context, operation, "application/octet-stream", json_schema!({}));
    }
}
