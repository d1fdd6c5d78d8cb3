//! Whether what can be reached from outside is shut: routes, the listener, the certificate.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use trust::doctor::{Check, Observation};
use words::{counted_en, counted_pl, sentence};

use super::Looked;

/// How long an answer without TLS is waited for.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
/// A certificate that ends sooner needs somebody's attention.
const CERTIFICATE_DAYS_MIN: u64 = 14;
const SECONDS_PER_DAY: u64 = 86_400;

fn nothing_serves() -> Observation {
    Observation::unknown(
        json!({ "cannot": "no-server" }),
        sentence!("No server runs, so that there is nothing to look at.", "Serwer nie działa, więc nie ma czego sprawdzić."),
    )
}

/// Every route but the public ones refuses who brings no credential.
pub(super) fn routes(looked: &Looked) -> Check {
    let serving = looked.serving.clone();
    Check::new("routes-closed", move || {
        let serving = serving.clone();
        async move {
            let Some(served) = serving.get() else { return Ok(nothing_serves()) };
            let (open, asked) = served.site.open_to_strangers().await;
            let public = served.site.route_table.len() - asked;
            let evidence = json!({ "routes": asked, "public": public, "open": open });
            if !open.is_empty() {
                let open = open.join(", ");
                return Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "These routes answer without a credential: {open}.",
                        "Te ścieżki odpowiadają bez danych uwierzytelniających: {open}."
                    ),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "Asked without a credential, every route ({asked}) refused; {public} are public and hold no data of a tenant.",
                    "Zapytane bez danych uwierzytelniających odmówiły wszystkie ścieżki ({asked}); publicznych jest {public} i nie mają danych organizacji."
                ),
            ))
        }
    })
}

/// The network port answers nobody without TLS.
pub(super) fn transport(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("encrypted-transport", move || {
        let looked = looked.clone();
        async move {
            let Some(served) = looked.serving.get() else { return Ok(nothing_serves()) };
            let answers_plainly = answers_plainly(served.address).await?;
            let fronts = looked.config.front_certificates.len();
            let evidence = json!({ "port": served.address.port(), "plain": answers_plainly, "load_balancers": fronts });
            if answers_plainly {
                return Ok(Observation::failed(
                    evidence,
                    sentence!("The network port answers without TLS.", "Port sieciowy odpowiada bez TLS."),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!("Asked without TLS, the network port gave no answer.", "Zapytany bez TLS port sieciowy nie odpowiedział."),
            ))
        }
    })
}

/// Whether an HTTP request without TLS gets an HTTP answer.
async fn answers_plainly(address: SocketAddr) -> io::Result<bool> {
    // A server that listens on every address is asked at this host's own.
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let asking = async {
        let mut stream = TcpStream::connect((host, address.port())).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut head = [0; 5];
        let mut read = 0;
        while read < head.len() {
            match stream.read(&mut head[read..]).await {
                Ok(0) | Err(_) => break,
                Ok(more) => read += more,
            }
        }
        Ok(head == *b"HTTP/")
    };
    // A TLS server refuses at once: silence is no look.
    timeout(ANSWER_TIME_MAX, asking).await.map_err(|_elapsed| io::Error::from(io::ErrorKind::TimedOut))?
}

/// The certificate is signed with SHA-256 or better, its key is no weak one, and it does not end soon.
pub(super) fn certificate(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("certificate", move || {
        let looked = looked.clone();
        async move {
            let strength = looked.certificates.strength();
            let ends_at = looked.certificates.ends_at();
            let days = ends_at.since(looked.stores.clock().now()).as_secs() / SECONDS_PER_DAY;
            let (en, pl) = (counted_en(days, "day", "days"), counted_pl(days, "dzień", "dni", "dni"));
            let evidence =
                json!({ "strong": strength.is_strong, "signature": strength.signature, "key_bits": strength.key_bits, "days_left": days });
            if !strength.is_strong {
                let signature = strength.signature;
                return Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "The certificate is weak (signature {signature}): have one made with SHA-256 and a key of at least 2048 bits.",
                        "Certyfikat jest słaby (podpis {signature}): potrzebny jest z SHA-256 i kluczem o co najmniej 2048 bitach."
                    ),
                ));
            }
            if days == 0 {
                return Ok(Observation::failed(
                    evidence,
                    sentence!("The certificate has ended, or ends today.", "Certyfikat wygasł albo wygasa dzisiaj."),
                ));
            }
            if days < CERTIFICATE_DAYS_MIN {
                return Ok(Observation::warning(
                    evidence,
                    sentence!("The certificate ends in {en}: renew it.", "Certyfikat wygasa za {pl}: odnów go."),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!("The certificate is strong and lasts for {en} more.", "Certyfikat jest silny i ważny jeszcze {pl}."),
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A listener that answers each connection with these bytes.
    async fn answering(bytes: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0; 16];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(bytes).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn an_http_answer_is_plain_and_a_tls_alert_is_not() {
        assert!(answers_plainly(answering(b"HTTP/1.1 301 Moved Permanently\r\n\r\n").await).await.expect("asked"));
        assert!(!answers_plainly(answering(&[21, 3, 3, 0, 2, 2, 70]).await).await.expect("asked"));
        assert!(!answers_plainly(answering(b"").await).await.expect("asked"));
    }

    #[tokio::test]
    async fn a_port_that_nobody_listens_on_is_not_taken_for_an_encrypted_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        assert!(answers_plainly(address).await.is_err());
    }
}
