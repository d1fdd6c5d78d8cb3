//! The session cookie, and the check that a request was not sent by another site.

use std::time::Duration;

use axum::http::header::InvalidHeaderValue;
use axum::http::{HeaderMap, HeaderValue, header};
use kernel::SecretText;

/// The cookie's name. `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain`.
pub const COOKIE_NAME: &str = "__Host-purser";

/// The `Set-Cookie` value of a new session.
pub(crate) fn cookie(session: &SecretText, lifetime: Duration) -> Result<HeaderValue, InvalidHeaderValue> {
    set_cookie(COOKIE_NAME, session, lifetime)
}

/// The `Set-Cookie` value of a secret that only this host gets back, and no script reads.
pub(crate) fn set_cookie(name: &str, secret: &SecretText, lifetime: Duration) -> Result<HeaderValue, InvalidHeaderValue> {
    let text = format!("{name}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict", secret.expose(), lifetime.as_secs());
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The `Set-Cookie` value that removes it.
pub(crate) fn expired_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-purser=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
}

/// The session's secret in a request.
pub(crate) fn presented(headers: &HeaderMap) -> Option<SecretText> {
    cookie_named(headers, COOKIE_NAME)
}

/// The value of a cookie in a request.
pub(crate) fn cookie_named(headers: &HeaderMap, wanted: &str) -> Option<SecretText> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| SecretText::new(value.to_owned()))
}

/// Whether a browser sent this on behalf of another site.
///
/// `Sec-Fetch-Site` decides where it is present; else `Origin` must name the host that is being asked. A request with
/// neither does not come from a browser of the last years, so it carries no cookie that its sender does not own. (The
/// cookie is `SameSite=Strict` besides; this guards against same-site neighbours and sign-in forgery.)
pub(crate) fn is_cross_site(headers: &HeaderMap, authority: Option<&str>) -> bool {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        Some(b"same-origin" | b"none") => return false,
        Some(_) => return true,
        None => {}
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let asked = headers.get(header::HOST).and_then(|value| value.to_str().ok()).or(authority);
    let host = origin.to_str().ok().and_then(|text| text.split_once("://")).map(|(_, host)| host);
    match (host, asked) {
        (Some(host), Some(asked)) => !host.eq_ignore_ascii_case(asked),
        _ => true,
    }
}
