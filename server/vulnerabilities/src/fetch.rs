//! Fetches a feed's document over HTTPS.
//!
//! Only addresses of the catalogue are asked, only over TLS, and a redirect is followed only to the same host: nothing
//! that a publisher answers can make the server talk to anybody else. Where the publisher names the document's digest, no
//! other document is taken. Nothing about the fleet is sent, and no name of
//! this program's version either.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use ureq::http::header;
use ureq::http::{HeaderMap, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::document::DOCUMENT_PACKED_BYTES_MAX;
use crate::import::{Content, Document, Origin, PublishersDigest};

/// How long connecting, and each wait for bytes, may take.
pub const NETWORK_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a whole fetch may take.
pub const FETCH_TIME_MAX: Duration = Duration::from_secs(30 * 60);
/// Most redirects, all on the same host.
pub const REDIRECTS_MAX: usize = 3;
/// Longest mark (`ETag`, `Last-Modified`) that is kept, in bytes.
const MARK_BYTES_MAX: usize = 1_024;
const CHUNK_BYTES: usize = 64 * 1_024;

/// Where distributions keep the certificates that they trust.
const SYSTEM_ROOTS: [&str; 4] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

/// Which certificates a publisher's server may show.
#[derive(Clone, Debug, Default)]
pub enum Roots {
    /// Those that the operating system trusts.
    #[default]
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// Why a feed was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not one over TLS.
    #[error("{url} is not an https address")]
    NotHttps {
        /// The address.
        url: String,
    },
    /// No certificate to trust was found.
    #[error("no certificates to trust were found in {place}")]
    Roots {
        /// Where they were looked for.
        place: String,
    },
    /// The server cannot be reached, or the connection failed.
    #[error("{host} cannot be reached: {reason}")]
    Network {
        /// Whose server.
        host: String,
        /// What the client said.
        reason: String,
    },
    /// The server answered something else than the document.
    #[error("{host} answered {status}")]
    Status {
        /// Whose server.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server sends us to another one.
    #[error("{host} sends us elsewhere, which is not followed: {location}")]
    Redirect {
        /// Whose server.
        host: String,
        /// Where to.
        location: String,
    },
    /// The document is too large.
    #[error("the document has more than {DOCUMENT_PACKED_BYTES_MAX} bytes")]
    TooLarge,
    /// The document is not the one whose digest its publisher names (RFC 9530).
    #[error("the document is not the one that {host} names: its SHA-256 is another")]
    Digest {
        /// Whose server.
        host: String,
    },
    /// The document could not be kept while it was fetched.
    #[error("the document could not be kept on disk")]
    File(#[source] std::io::Error),
}

impl FetchError {
    /// Whether what was asked or answered is not to be trusted, rather than not to be had.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::NotHttps { .. } | Self::Redirect { .. } | Self::TooLarge | Self::Digest { .. })
    }

    /// Whether the network, rather than the publisher, is at fault.
    #[must_use]
    pub const fn is_network(&self) -> bool {
        matches!(self, Self::Network { .. })
    }
}

/// What a fetch brought.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// The document is the one that was imported last.
    Unchanged,
    /// A document.
    Document(Document),
}

/// How far a fetch is.
#[derive(Clone, Debug, Default)]
pub struct FetchProgress(Arc<FetchCounters>);

#[derive(Debug, Default)]
struct FetchCounters {
    received: AtomicU64,
    /// 0 where the server does not say.
    expected: AtomicU64,
}

impl FetchProgress {
    /// Bytes received so far.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Bytes expected in all, where the server says.
    #[must_use]
    pub fn expected_bytes(&self) -> Option<u64> {
        Some(self.0.expected.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}

/// What to fetch.
pub(crate) struct Request<'a> {
    pub(crate) feed: &'a str,
    pub(crate) url: &'a str,
    pub(crate) etag: Option<&'a str>,
    pub(crate) last_modified: Option<&'a str>,
}

/// Fetches a document into a nameless temporary file. Blocks.
pub(crate) fn fetch(roots: &Roots, request: &Request<'_>, progress: &FetchProgress) -> Result<Fetched, FetchError> {
    let agent = agent(roots)?;
    let mut url = request.url.to_owned();
    for _ in 0..=REDIRECTS_MAX {
        let host = host_of(&url)?.to_owned();
        let mut call = agent.get(&url);
        for (name, mark) in [(header::IF_NONE_MATCH, request.etag), (header::IF_MODIFIED_SINCE, request.last_modified)] {
            if let Some(mark) = mark {
                call = call.header(name, mark);
            }
        }
        let response = call.call().map_err(|error| FetchError::Network { host: host.clone(), reason: error.to_string() })?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        if status.is_redirection() {
            url = next_address(&url, response.headers())?;
            continue;
        }
        if status != StatusCode::OK {
            return Err(FetchError::Status { host, status: status.as_u16() });
        }
        return receive(&host, request, &url, response, progress).map(Fetched::Document);
    }
    Err(FetchError::Redirect { host: host_of(&url)?.to_owned(), location: "more than once too often".to_owned() })
}

fn agent(roots: &Roots) -> Result<ureq::Agent, FetchError> {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&certificates(roots)?))
        .build();
    let config = ureq::Agent::config_builder()
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("purser")
        .timeout_global(Some(FETCH_TIME_MAX))
        .timeout_connect(Some(NETWORK_WAIT_MAX))
        .timeout_recv_response(Some(NETWORK_WAIT_MAX))
        .timeout_per_read(Some(NETWORK_WAIT_MAX))
        .tls_config(tls)
        .build();
    Ok(config.new_agent())
}

fn certificates(roots: &Roots) -> Result<Vec<Certificate<'static>>, FetchError> {
    let read = |path: &Path| {
        let found = CertificateDer::pem_file_iter(path).ok()?;
        let certificates: Vec<_> = found.flatten().map(|der| Certificate::from_der(&der).to_owned()).collect();
        (!certificates.is_empty()).then_some(certificates)
    };
    match roots {
        Roots::System => {
            SYSTEM_ROOTS.iter().find_map(|path| read(Path::new(path))).ok_or_else(|| FetchError::Roots { place: SYSTEM_ROOTS.join(", ") })
        }
        Roots::File(path) => read(path).ok_or_else(|| FetchError::Roots { place: path.display().to_string() }),
    }
}

/// The host of an address, with its port.
fn host_of(url: &str) -> Result<&str, FetchError> {
    let rest = url.strip_prefix("https://").ok_or_else(|| FetchError::NotHttps { url: url.to_owned() })?;
    Ok(rest.split(['/', '?', '#']).next().unwrap_or(rest))
}

fn next_address(url: &str, headers: &HeaderMap) -> Result<String, FetchError> {
    let host = host_of(url)?;
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let elsewhere = || FetchError::Redirect { host: host.to_owned(), location: crate::document::excerpt(location) };
    if location.starts_with('/') && !location.starts_with("//") {
        return Ok(format!("https://{host}{location}"));
    }
    match host_of(location) {
        Ok(next) if next == host => Ok(location.to_owned()),
        _ => Err(elsewhere()),
    }
}

fn receive(
    host: &str,
    request: &Request<'_>,
    url: &str,
    response: ureq::http::Response<ureq::Body>,
    progress: &FetchProgress,
) -> Result<Document, FetchError> {
    let mark = |name| response.headers().get(name)?.to_str().ok().filter(|text| text.len() <= MARK_BYTES_MAX).map(ToOwned::to_owned);
    let origin = Origin::Fetched {
        feed: request.feed.to_owned(),
        etag: mark(header::ETAG),
        last_modified: mark(header::LAST_MODIFIED),
        digest: named_digest(host, response.headers())?,
    };
    let expected = response.body().content_length();
    progress.0.expected.store(expected.unwrap_or(0), Ordering::Relaxed);
    if expected.is_some_and(|bytes| bytes > DOCUMENT_PACKED_BYTES_MAX) {
        return Err(FetchError::TooLarge);
    }
    let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut file = tempfile::tempfile().map_err(FetchError::File)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut size = 0;
    loop {
        let read = body.read(&mut chunk).map_err(|error| FetchError::Network { host: host.to_owned(), reason: error.to_string() })?;
        if read == 0 {
            break;
        }
        size += read as u64;
        if size > DOCUMENT_PACKED_BYTES_MAX {
            return Err(FetchError::TooLarge);
        }
        file.write_all(chunk.get(..read).unwrap_or_default()).map_err(FetchError::File)?;
        progress.0.received.store(size, Ordering::Relaxed);
    }
    if expected.is_some_and(|bytes| bytes != size) {
        return Err(FetchError::Network { host: host.to_owned(), reason: "the document was cut short".to_owned() });
    }
    file.seek(SeekFrom::Start(0)).map_err(FetchError::File)?;
    Ok(Document { name: file_name(url).to_owned(), content: Content::File(Arc::new(file)), origin })
}

/// The SHA-256 that a publisher names of the document, RFC 9530: no coding was asked for, so content and representation are
/// the same bytes. One that cannot be read is as good as a wrong one.
fn named_digest(host: &str, headers: &HeaderMap) -> Result<Option<PublishersDigest>, FetchError> {
    let wrong = || FetchError::Digest { host: host.to_owned() };
    let fields = ["repr-digest", "content-digest"].into_iter().flat_map(|name| headers.get_all(name));
    for value in fields {
        for member in value.to_str().map_err(|_| wrong())?.split(',') {
            let Some((algorithm, digest)) = member.trim().split_once('=') else { continue };
            if algorithm.eq_ignore_ascii_case("sha-256") {
                let text = digest.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or_else(wrong)?;
                let sha256 = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
                return Ok(Some(PublishersDigest { host: host.to_owned(), sha256 }));
            }
        }
    }
    Ok(None)
}

fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

/// Opens a file as a document to import.
pub(crate) fn document_of_file(path: &Path) -> std::io::Result<Document> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a directory, not a file"));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Document { name, content: Content::File(Arc::new(file)), origin: Origin::File })
}
