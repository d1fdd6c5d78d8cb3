//! For tests: an SMTP server that keeps what it gets (RFC 5321), with the manners that a test gives it. It listens on this very host,
//! and speaks TLS after STARTTLS where it has a certificate.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It takes everything.
    Takes,
    /// It answers so to this command, of which the line begins with the text.
    Answers(&'static str, &'static str),
    /// It takes a text, and says so only after this long; not where the sender hangs up meanwhile.
    HoldsBack(Duration),
    /// It hangs up at this command.
    HangsUpAt(&'static str),
}

/// A mail that it took.
#[derive(Clone, Debug)]
pub struct Received {
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// Without the dots that keep lines apart from the end, its lines ended by CR LF.
    pub text: String,
    /// Whether it came by TLS.
    pub by_tls: bool,
}

#[derive(Default)]
struct Kept {
    received: Vec<Received>,
    commands: Vec<String>,
}

/// The server. It ends with the test's process.
pub struct Sink {
    address: SocketAddr,
    manners: Arc<Mutex<Manners>>,
    kept: Arc<Mutex<Kept>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink {
    /// Starts one without TLS.
    ///
    /// # Panics
    /// Where there is no port.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts one that offers STARTTLS where it is given how.
    ///
    /// # Panics
    /// Where there is no port.
    #[must_use]
    pub fn start_with(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (manners, kept) = (Arc::new(Mutex::new(Manners::Takes)), Arc::<Mutex<Kept>>::default());
        let (its_manners, its_kept) = (Arc::clone(&manners), Arc::clone(&kept));
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manners, kept, tls) = (Arc::clone(&its_manners), Arc::clone(&its_kept), tls.clone());
                thread::spawn(move || {
                    let Ok(socket) = stream.try_clone() else { return };
                    let _hung_up = Talk { manners, kept, tls, socket }.serve(stream);
                });
            }
        });
        Self { address, manners, kept }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes its manners.
    pub fn behave(&self, manners: Manners) {
        *lock(&self.manners) = manners;
    }

    /// Every mail that it took.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.kept).received.clone()
    }

    /// Every command that it was given.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        lock(&self.kept).commands.clone()
    }

    /// Forgets both.
    pub fn forget(&self) {
        *lock(&self.kept) = Kept::default();
    }
}

struct Talk {
    manners: Arc<Mutex<Manners>>,
    kept: Arc<Mutex<Kept>>,
    tls: Option<Arc<rustls::ServerConfig>>,
    /// The connection, beside what is spoken on it.
    socket: TcpStream,
}

impl Talk {
    /// Whether the sender hangs up while it is held back.
    fn is_left(&self, manners: &Manners) -> std::io::Result<bool> {
        let Manners::HoldsBack(time) = manners else { return Ok(false) };
        self.socket.set_read_timeout(Some(*time))?;
        let is_left = self.socket.peek(&mut [0]).is_ok();
        self.socket.set_read_timeout(None)?;
        Ok(is_left)
    }

    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.write_all(b"220 sink.example ESMTP\r\n")?;
        let starts_tls = self.converse(&mut stream, false)?;
        if let (true, Some(config)) = (starts_tls, &self.tls) {
            let connection = rustls::ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
            self.converse(&mut rustls::StreamOwned::new(connection, stream), true)?;
        }
        Ok(())
    }

    /// Whether TLS begins now.
    fn converse(&self, stream: &mut (impl Read + Write), by_tls: bool) -> std::io::Result<bool> {
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = read_line(stream)?;
            if line.is_empty() {
                return Ok(false);
            }
            lock(&self.kept).commands.push(line.clone());
            let manners = lock(&self.manners).clone();
            match &manners {
                Manners::HangsUpAt(command) if line.starts_with(command) => return Ok(false),
                Manners::Answers(command, answer) if line.starts_with(command) => {
                    stream.write_all(format!("{answer}\r\n").as_bytes())?;
                    continue;
                }
                _ => {}
            }
            if line.starts_with("EHLO") {
                let more = if self.tls.is_some() && !by_tls { "250-STARTTLS\r\n" } else { "" };
                stream.write_all(format!("250-sink.example\r\n{more}250-AUTH PLAIN\r\n250 8BITMIME\r\n").as_bytes())?;
            } else if line == "STARTTLS" {
                stream.write_all(b"220 go ahead\r\n")?;
                return Ok(true);
            } else if let Some(path) = line.strip_prefix("MAIL FROM:") {
                (from, to) = (address_of(path), Vec::new());
                stream.write_all(b"250 ok\r\n")?;
            } else if let Some(path) = line.strip_prefix("RCPT TO:") {
                to.push(address_of(path));
                stream.write_all(b"250 ok\r\n")?;
            } else if line == "DATA" {
                stream.write_all(b"354 go ahead\r\n")?;
                let text = read_text(stream)?;
                if manners == Manners::HangsUpAt(".") || self.is_left(&manners)? {
                    return Ok(false);
                }
                lock(&self.kept).received.push(Received { from: from.clone(), to: to.clone(), text, by_tls });
                stream.write_all(b"250 taken\r\n")?;
            } else if line == "QUIT" {
                stream.write_all(b"221 bye\r\n")?;
                return Ok(false);
            } else if line.starts_with("AUTH PLAIN") {
                stream.write_all(b"235 welcome\r\n")?;
            } else {
                stream.write_all(b"250 ok\r\n")?;
            }
        }
    }
}

fn address_of(path: &str) -> String {
    path.trim_start_matches('<').split('>').next().unwrap_or_default().to_owned()
}

/// A line without its end; empty where nobody says more.
fn read_line(stream: &mut impl Read) -> std::io::Result<String> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while stream.read(&mut byte)? == 1 {
        line.push(byte[0]);
        if line.ends_with(b"\r\n") {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn read_text(stream: &mut impl Read) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n.\r\n") && bytes != b".\r\n" {
        if stream.read(&mut byte)? == 0 {
            break;
        }
        bytes.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix(".\r\n").unwrap_or(&text);
    let lines = text.split_inclusive("\r\n");
    Ok(lines.map(|line| line.strip_prefix('.').unwrap_or(line)).collect())
}

impl Received {
    /// A header's value, unfolded, with its encoded words read (RFC 2047).
    ///
    /// # Panics
    /// Where an encoded word is none.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
        let line = head.split("\r\n").find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)));
        words_of(line.map_or("", |(_, value)| value))
    }

    /// The text, decoded, its lines ended by a line feed.
    ///
    /// # Panics
    /// Where it is not what its encoding says.
    #[must_use]
    pub fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").expect("head and body");
        let bytes = match self.header("Content-Transfer-Encoding").as_str() {
            "base64" => STANDARD.decode(body.replace("\r\n", "")).expect("base64"),
            "quoted-printable" => quoted_printable(body),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
    }
}

fn words_of(value: &str) -> String {
    let mut text = String::new();
    let mut was_encoded = false;
    for word in value.split(' ') {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
        // White space between encoded words is none of the text.
        let is_between_encoded = was_encoded && encoded.is_some();
        if !text.is_empty() && !is_between_encoded {
            text.push(' ');
        }
        was_encoded = encoded.is_some();
        match encoded {
            Some(word) => text.push_str(&String::from_utf8(STANDARD.decode(word).expect("base64")).expect("UTF-8")),
            None => text.push_str(word),
        }
    }
    text
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte.expect("two digits")).to_digit(16).expect("a digit");
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        bytes.push(u8::try_from(high * 16 + low).expect("a byte"));
    }
    bytes
}
