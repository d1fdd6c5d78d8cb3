//! What a witness asks of a server: over TLS only, with a token that may read the ledger.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Error;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use words::{Sentence, sentence};

use super::shown_path;
use crate::speech::{Saying as _, failed};
use crate::verify::small_file;

/// How long an exchange may take.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(60);
/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
/// Where Debian and its like keep the certificates that a host trusts.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What came of a question.
pub(super) enum Asked<T> {
    /// An answer.
    Answer(T),
    /// The server cannot be reached: why.
    Away(Sentence),
}

/// A server that is asked.
pub(super) struct Server {
    agent: ureq::Agent,
    url: String,
    token: String,
}

impl Server {
    pub(super) fn new(url: &str, token_file: Option<&Path>, authority: Option<&Path>) -> Result<Self, Error> {
        if !url.starts_with("https://") {
            return Err(failed(sentence!("{url} is not an https address", "{url} nie jest adresem https")));
        }
        let token = token_file.map(small_file).transpose()?.unwrap_or_default();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(RootCerts::new_with_certs(&certificates(authority.unwrap_or(Path::new(SYSTEM_ROOTS)))?))
            .build();
        let config = ureq::Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("purser-witness")
            .timeout_global(Some(EXCHANGE_TIME_MAX))
            .tls_config(tls)
            .build();
        Ok(Self { agent: config.new_agent(), url: url.trim_end_matches('/').to_owned(), token: token.trim().to_owned() })
    }

    /// The body of a path's answer, which must be a good one.
    pub(super) fn get(&self, path: &str) -> Result<Asked<String>, Error> {
        let (url, host) = (format!("{}{path}", self.url), &self.url);
        let request = self.agent.get(url).header("authorization", format!("Bearer {}", self.token));
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error) => return Ok(Asked::Away(sentence!("{host} cannot be reached: {error}", "{host} jest nieosiągalny: {error}"))),
        };
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let body = body.saying(|| sentence!("the answer of {host} breaks off", "odpowiedź {host} się urywa"))?;
        if status != 200 {
            let why: String = body.chars().filter(|character| !character.is_control()).collect();
            return Err(failed(sentence!("{host} answered {status}: {why}", "{host} odpowiedział {status}: {why}")));
        }
        Ok(Asked::Answer(body))
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let none = || {
        let path = shown_path(path);
        sentence!(
            "there is no certificate in {path}; give the server's authority with --ca",
            "w {path} nie ma certyfikatu; podaj urząd serwera przez --ca"
        )
    };
    let found = CertificateDer::pem_file_iter(path).saying(none)?;
    let found: Vec<_> = found.flatten().map(|der| Certificate::from_der(&der).to_owned()).collect();
    if found.is_empty() { Err(failed(none())) } else { Ok(found) }
}
