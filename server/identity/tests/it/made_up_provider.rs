//! A provider of single sign-on on the loopback interface, every answer of which can be tampered with.
//!
//! It is as strict as a real one: a code is given out once and taken once, with the proof key that it was asked for with, by the
//! client that asked. So a test that turns one thing sees that thing refused.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use identity::single_sign_on::SignOnConfig;
use kernel::Clock;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use seal::hash::sha256;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(crate) const CLIENT_ID: &str = "purser & co";
pub(crate) const CLIENT_SECRET: &str = "s3cret:with%all/of+it";
pub(crate) const SUBJECT: &str = "ada";

type Change = Box<dyn Fn(&mut Value) + Send>;
type Rewrite = Box<dyn Fn(&Keys, String) -> String + Send>;

/// What is turned in its answers.
#[derive(Default)]
pub(crate) struct Tampering {
    pub(crate) discovery: Option<Change>,
    pub(crate) keys: Option<Change>,
    pub(crate) header: Option<Change>,
    pub(crate) claims: Option<Change>,
    /// The whole token, signed as it is.
    pub(crate) token: Option<Rewrite>,
    pub(crate) token_answer: Option<Change>,
    pub(crate) userinfo: Option<Change>,
    /// Head and body of the answer at a path.
    pub(crate) raw: HashMap<&'static str, Vec<u8>>,
}

/// Its keys.
pub(crate) struct Keys {
    pub(crate) es256: EcdsaKeyPair,
    /// One that is in no set.
    pub(crate) other: EcdsaKeyPair,
    pub(crate) rsa: aws_lc_rs::rsa::KeyPair,
}

/// A code that was given out.
struct Grant {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

struct State {
    issuer: String,
    clock: Clock,
    keys: Keys,
    tampering: Mutex<Tampering>,
    codes: Mutex<HashMap<String, Grant>>,
    /// Whom it vouches for: what it tells of them in the token, and on its page.
    person: Mutex<(Value, Value)>,
    asked: Mutex<Vec<String>>,
}

pub(crate) struct MadeUpProvider {
    pub(crate) issuer: String,
    /// Its certificate, as a PEM file to trust.
    pub(crate) authorities: PathBuf,
    state: Arc<State>,
    serving: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

/// What comes back to the page of a provider.
#[derive(Clone, Debug)]
pub(crate) struct CameBack {
    pub(crate) code: String,
    pub(crate) state: String,
}

fn pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key")
}

impl MadeUpProvider {
    pub(crate) async fn start(clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let authorities = folder.path().join("authorities.pem");
        std::fs::write(&authorities, made.cert.pem()).expect("written");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let issuer = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let rsa = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let state = Arc::new(State {
            issuer: issuer.clone(),
            clock,
            keys: Keys { es256: pair(), other: pair(), rsa },
            tampering: Mutex::default(),
            codes: Mutex::default(),
            person: Mutex::new((json!({ "sub": SUBJECT, "email": "ada@example.org" }), json!({}))),
            asked: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&state)));
        Self { issuer, authorities, state, serving, _folder: folder }
    }

    /// What a host says that has it inside its own network.
    pub(crate) fn trusted(&self) -> SignOnConfig {
        let authorities = Some(self.authorities.clone());
        SignOnConfig { inside_issuers: vec![self.issuer.parse().expect("an issuer")], authorities, is_offline: false }
    }

    pub(crate) fn tamper(&self, tampering: Tampering) {
        *self.state.tampering.lock().expect("not poisoned") = tampering;
    }

    /// Vouches for somebody from now on.
    pub(crate) fn vouch_for(&self, told_in_token: Value, told_elsewhere: Value) {
        *self.state.person.lock().expect("not poisoned") = (told_in_token, told_elsewhere);
    }

    /// The paths that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().expect("not poisoned").clone()
    }

    /// What its page does with whoever comes: signs them in, and sends them back.
    pub(crate) fn visit(&self, location: &str) -> CameBack {
        let (page, query) = location.split_once('?').expect("parameters");
        assert_eq!(page, format!("{}/authorize", self.issuer));
        let parameters: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| parameters.get(name).unwrap_or_else(|| panic!("{name} in {query}")).clone();
        assert_eq!((get("response_type"), get("client_id")), ("code".to_owned(), CLIENT_ID.to_owned()));
        assert_eq!(get("code_challenge_method"), "S256");
        let mut codes = self.state.codes.lock().expect("not poisoned");
        let code = format!("code/{}", codes.len());
        let grant = Grant { nonce: get("nonce"), challenge: get("code_challenge"), redirect_uri: get("redirect_uri") };
        codes.insert(code.clone(), grant);
        CameBack { code, state: get("state") }
    }
}

impl Drop for MadeUpProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Keys {
    fn set(&self) -> Value {
        let point = self.es256.public_key().as_ref();
        let (x, y) = (BASE64_URL_SAFE_NO_PAD.encode(&point[1..33]), BASE64_URL_SAFE_NO_PAD.encode(&point[33..]));
        let rsa = self.rsa.public_key();
        let n = BASE64_URL_SAFE_NO_PAD.encode(rsa.modulus().big_endian_without_leading_zero());
        let e = BASE64_URL_SAFE_NO_PAD.encode(rsa.exponent().big_endian_without_leading_zero());
        json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "use": "sig", "kid": "ec", "x": x, "y": y },
            { "kty": "RSA", "use": "sig", "kid": "rsa", "n": n, "e": e },
        ] })
    }

    /// Signs by the algorithm that the header names; what is none of these has no signature.
    pub(crate) fn sign(&self, header: &Value, claims: &[u8]) -> String {
        let message = message(header, claims);
        let signature = match header["alg"].as_str() {
            Some("ES256") => by(&self.es256, &message),
            Some("RS256") => self.by_rsa(&RSA_PKCS1_SHA256, &message),
            Some("PS256") => self.by_rsa(&RSA_PSS_SHA256, &message),
            _ => Vec::new(),
        };
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn by_rsa(&self, encoding: &'static dyn aws_lc_rs::signature::RsaEncoding, message: &str) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("signed");
        signature
    }
}

/// What is signed.
pub(crate) fn message(header: &Value, claims: &[u8]) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

pub(crate) fn by(key: &EcdsaKeyPair, message: &str) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message.as_bytes()).expect("signed").as_ref().to_vec()
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { return };
        let Ok(mut stream) = acceptor.accept(socket).await else { continue };
        let Some((head, body)) = request(&mut stream).await else { continue };
        let answer = state.answer(&head, &body);
        // Whoever asked may have heard enough.
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
}

async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
}

/// Head and body of an answer.
pub(crate) fn http(status: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn turned(change: Option<&Change>, mut value: Value) -> Value {
    if let Some(change) = change {
        change(&mut value);
    }
    value
}

impl State {
    fn answer(&self, head: &str, body: &str) -> Vec<u8> {
        let path = head.split(' ').nth(1).unwrap_or_default();
        self.asked.lock().expect("not poisoned").push(path.to_owned());
        let tampering = self.tampering.lock().expect("not poisoned");
        if let Some(raw) = tampering.raw.get(path) {
            return raw.clone();
        }
        let answered = match path {
            "/.well-known/openid-configuration" => Ok(turned(tampering.discovery.as_ref(), self.discovery())),
            "/keys" => Ok(turned(tampering.keys.as_ref(), self.keys.set())),
            "/token" => self.token(&tampering, head, body),
            "/me" => self.me(&tampering, head),
            _ => Err("nothing-here"),
        };
        match answered {
            Ok(value) => http("200 OK", value.to_string().as_bytes()),
            Err(error) => http("400 Bad Request", json!({ "error": error }).to_string().as_bytes()),
        }
    }

    fn discovery(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn token(&self, tampering: &Tampering, head: &str, body: &str) -> Result<Value, &'static str> {
        let fields: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let known = BASE64_STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
        if header(head, "authorization") != Some(&format!("Basic {known}")) {
            return Err("invalid_client");
        }
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let grant = self.codes.lock().expect("not poisoned").remove(get("code")).ok_or("invalid_grant")?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(sha256(get("code_verifier").as_bytes()));
        if get("grant_type") != "authorization_code" || challenge != grant.challenge || get("redirect_uri") != grant.redirect_uri {
            return Err("invalid_grant");
        }
        let now = self.clock.now().seconds();
        let mut claims = self.person.lock().expect("not poisoned").0.clone();
        let half = &sha256(b"access")[..16];
        for (name, value) in [
            ("iss", json!(self.issuer)),
            ("aud", json!(CLIENT_ID)),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
            ("nonce", json!(grant.nonce)),
            ("at_hash", json!(BASE64_URL_SAFE_NO_PAD.encode(half))),
        ] {
            claims[name] = value;
        }
        let claims = turned(tampering.claims.as_ref(), claims);
        let header = turned(tampering.header.as_ref(), json!({ "alg": "ES256", "kid": "ec", "typ": "JWT" }));
        let mut token = self.keys.sign(&header, claims.to_string().as_bytes());
        if let Some(rewrite) = &tampering.token {
            token = rewrite(&self.keys, token);
        }
        let answer = json!({ "access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token });
        Ok(turned(tampering.token_answer.as_ref(), answer))
    }

    fn me(&self, tampering: &Tampering, head: &str) -> Result<Value, &'static str> {
        if header(head, "authorization") != Some("Bearer access") {
            return Err("invalid_token");
        }
        let (in_token, mut told) = self.person.lock().expect("not poisoned").clone();
        told["sub"] = in_token["sub"].clone();
        Ok(turned(tampering.userinfo.as_ref(), told))
    }
}
