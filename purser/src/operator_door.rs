//! The operators' address of a server elsewhere: over TLS only, with a client certificate.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Error;
use app::OPERATOR_PATH;
use app::host::Installation;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};
use words::{Sentence, sentence};

use crate::cli::OperatorDoorArguments;
use crate::input::cannot_read;
use crate::speech::{Saying as _, failed};
use crate::verify::small_file;

/// How long a request may take: some fetch a feed, or look at every tenant.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(600);
/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = app::host::client::ANSWER_BYTES_MAX;
/// Where Debian and its like keep the certificates that a host trusts.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Who but the owner may do something with a file.
const OTHERS: u32 = 0o077;

/// The installation behind an operators' address, where one was given.
pub(crate) fn reach(door: &OperatorDoorArguments) -> Result<Option<Installation>, Error> {
    let (Some(url), Some(certificate), Some(key)) = (&door.url, &door.operator_certificate, &door.operator_key) else { return Ok(None) };
    if !url.starts_with("https://") {
        return Err(failed(sentence!("{url} is not an https address", "{url} nie jest adresem https")));
    }
    let roots = certificates(door.operator_ca.as_deref().unwrap_or(Path::new(SYSTEM_ROOTS)))?;
    let own = ClientCert::new_with_certs(&certificates(certificate)?, private_key(key)?);
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .client_cert(Some(own))
        .build();
    let config = ureq::Agent::config_builder()
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent("purser-operator")
        .timeout_global(Some(EXCHANGE_TIME_MAX))
        .tls_config(tls)
        .build();
    let (agent, url) = (config.new_agent(), url.trim_end_matches('/').to_owned());
    let place = url.clone();
    let send = Arc::new(move |body: String| exchange(&agent, &url, &body));
    Ok(Some(Installation::Elsewhere { url: place, send }))
}

fn exchange(agent: &ureq::Agent, url: &str, body: &str) -> Result<Value, Sentence> {
    let request = agent.post(format!("{url}{OPERATOR_PATH}")).header("content-type", "application/json");
    let mut response = request.send(body).map_err(|error| {
        sentence!("no server of operators answers on {url}: {error}", "na {url} nie odpowiada żaden serwer operatorów: {error}")
    })?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
    let unclear = || sentence!("{url} gave no answer that can be understood", "{url} nie dał zrozumiałej odpowiedzi");
    let answer: Value = serde_json::from_str(&text.map_err(|_broken_off| unclear())?).map_err(|_not_json| unclear())?;
    if status == 200 {
        return Ok(answer);
    }
    // A problem (RFC 9457), which is in English.
    let detail: String = answer["detail"].as_str().unwrap_or_default().chars().filter(|character| !character.is_control()).collect();
    Err(sentence!("{url} answered {status}: {detail}", "{url} odpowiedział {status}: {detail}"))
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let none = || sentence!("there is no certificate in {path}", "w {path} nie ma certyfikatu", path = path.display());
    let found = CertificateDer::pem_file_iter(path).saying(none)?;
    let found: Vec<_> = found.flatten().map(|der| Certificate::from_der(&der).to_owned()).collect();
    if found.is_empty() { Err(failed(none())) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKey<'static>, Error> {
    if fs::metadata(path).saying(|| cannot_read(path))?.permissions().mode() & OTHERS != 0 {
        let path = path.display();
        return Err(failed(sentence!(
            "{path} may be read by others: run `chmod 600` on it, and have its certificate revoked if somebody else may have it",
            "{path} mogą czytać inni: wykonaj na nim `chmod 600`, a jeśli ktoś inny może go mieć, unieważnij jego certyfikat"
        )));
    }
    let text = small_file(path)?;
    PrivateKey::from_pem(text.as_bytes())
        .saying(|| sentence!("there is no private key in {path}", "w {path} nie ma klucza prywatnego", path = path.display()))
}
