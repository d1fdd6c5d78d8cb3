//! How mail is sent: the table `[mail]` of the settings file.
//!
//! ```toml
//! [mail]
//! relay = "smtp.example.org"
//! security = "tls"                     # or "starttls"; "none" for a relay on this very host only
//! sender = "Purser <purser@example.org>"
//! user = "purser"
//! password_file = "/etc/purser/mail-password"   # or password_credential = "purser-mail", of systemd
//! sub_processor = "example-mail"       # whose entry of the register is in effect; or own = true
//! ```
//!
//! There is no place for a password in it: that lies in a file of its own, which only the server's user may read, or comes from
//! systemd, encrypted on the disk.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kernel::SecretText;
use notify::relay::RELAY_WAIT_MAX;
use notify::{Login, Relay, RelayConfig, RelayError, Security, is_loopback};
use serde::{Deserialize, Serialize};
use words::{Sentence, Speaks, of_io_error, sentence};

/// Most bytes of a password.
const PASSWORD_BYTES_MAX: usize = 1_024;

const PORT_TLS: u16 = 465;
const PORT_STARTTLS: u16 = 587;
const PORT_LOOPBACK: u16 = 25;

/// The table `[mail]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The relay's name or address.
    pub relay: String,
    /// Its port; the usual one where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the way to it is kept; `tls` where absent, and `none` to this very host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<MailSecurity>,
    /// Who mail is from.
    pub sender: String,
    /// As whom one signs in to the relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The file that the password stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The credential of systemd that the password is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_credential: Option<String>,
    /// The authorities that may have signed the relay's certificate (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    /// Who runs the relay, by the entry of the register of sub-processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_processor: Option<String>,
    /// The relay is the operator's own machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
}

/// How the way to the relay is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS after the greeting.
    StartTls,
    /// None, to this very host.
    None,
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingsError {
    /// The relay.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// A user without a password, or a password without a user.
    #[error("{}", self.sentence())]
    Login,
    /// The password cannot be read.
    #[error("{}", self.sentence())]
    Password {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        reason: Sentence,
    },
    /// systemd gave no credentials.
    #[error("{}", self.sentence())]
    NoCredentials(String),
}

impl Speaks for MailSettingsError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Relay(error) => error.sentence(),
            Self::Login => sentence!(
                "to sign in to the relay, [mail] needs user, and password_file or password_credential: both or neither, and one password only",
                "aby zalogować się do serwera poczty, [mail] wymaga user oraz password_file albo password_credential: obu naraz albo żadnego, a hasła tylko jednego"
            ),
            Self::Password { path, reason } => sentence!(
                "the password of the relay cannot be read from {path}: {reason}",
                "nie można odczytać hasła serwera poczty z {path}: {reason}",
                path = path.display(),
                reason = reason
            ),
            Self::NoCredentials(name) => sentence!(
                "systemd gave no credential {name}: the unit needs LoadCredentialEncrypted={name}, and a name has no slash",
                "systemd nie podał poświadczenia {name}: jednostka wymaga LoadCredentialEncrypted={name}, a nazwa nie zawiera ukośnika"
            ),
        }
    }
}

impl MailSettings {
    /// The relay of these settings. Reads password and authorities; does not connect.
    ///
    /// # Errors
    /// [`MailSettingsError`].
    pub fn relay(&self, credentials: Option<&Path>) -> Result<Relay, MailSettingsError> {
        let usual = if is_loopback(&self.relay) { MailSecurity::None } else { MailSecurity::Tls };
        let (security, port) = match self.security.unwrap_or(usual) {
            MailSecurity::Tls => (Security::Tls, PORT_TLS),
            MailSecurity::StartTls => (Security::StartTls, PORT_STARTTLS),
            MailSecurity::None => (Security::Loopback, PORT_LOOPBACK),
        };
        Ok(Relay::new(RelayConfig {
            host: self.relay.clone(),
            port: self.port.unwrap_or(port),
            security,
            sender: self.sender.clone(),
            login: self.login(credentials)?,
            authorities: self.authorities.clone(),
            wait: RELAY_WAIT_MAX,
        })?)
    }

    /// Whether the relay is nobody else's: the operator says so, or it is on this very host and nobody is named who runs it. A port
    /// of this host may be the end of a tunnel.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.sub_processor.is_none() && (self.own || is_loopback(&self.relay))
    }

    fn login(&self, credentials: Option<&Path>) -> Result<Option<Login>, MailSettingsError> {
        let password = match (&self.user, &self.password_file, &self.password_credential) {
            (None, None, None) => return Ok(None),
            (Some(_), Some(path), None) => private(path)?,
            (Some(_), None, Some(name)) => {
                let is_name = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
                let folder = credentials.filter(|_| is_name).ok_or_else(|| MailSettingsError::NoCredentials(name.clone()))?;
                line(&folder.join(name))?
            }
            _ => return Err(MailSettingsError::Login),
        };
        let user = self.user.clone().unwrap_or_default();
        Ok(Some(Login { user, password }))
    }
}

/// The one line of a file that nobody else may read.
fn private(path: &Path) -> Result<SecretText, MailSettingsError> {
    let mode = fs::metadata(path).map_err(|error| unreadable(path, &error))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let reason = sentence!("others may read it (mode {mode:03o}): chmod 600", "mogą go czytać inni (tryb {mode:03o}): chmod 600");
        return Err(MailSettingsError::Password { path: path.to_owned(), reason });
    }
    line(path)
}

fn line(path: &Path) -> Result<SecretText, MailSettingsError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(PASSWORD_BYTES_MAX as u64 + 3).read_to_string(&mut text));
    read.map_err(|error| unreadable(path, &error))?;
    let text = SecretText::new(text);
    let line = text.expose().trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.len() > PASSWORD_BYTES_MAX || line.contains(['\r', '\n', '\0']) {
        let reason = sentence!(
            "it is to hold one line of at most {PASSWORD_BYTES_MAX} bytes",
            "ma zawierać jeden wiersz, najwyżej {PASSWORD_BYTES_MAX} bajtów"
        );
        return Err(MailSettingsError::Password { path: path.to_owned(), reason });
    }
    Ok(SecretText::new(line.to_owned()))
}

fn unreadable(path: &Path, error: &io::Error) -> MailSettingsError {
    MailSettingsError::Password { path: path.to_owned(), reason: of_io_error(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MailSettings {
        MailSettings { relay: "smtp.example.org".into(), sender: "purser@example.org".into(), ..MailSettings::default() }
    }

    fn password(text: &str, mode: u32) -> (tempfile::TempDir, MailSettings) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
        (folder, MailSettings { user: Some("purser".into()), password_file: Some(path), ..settings() })
    }

    #[test]
    fn without_a_word_the_way_is_tls_and_to_this_very_host_none() {
        assert_eq!(settings().relay(None).expect("a relay").address(), "smtp.example.org:465");
        let starts = MailSettings { security: Some(MailSecurity::StartTls), ..settings() };
        assert_eq!(starts.relay(None).expect("a relay").address(), "smtp.example.org:587");
        let here = MailSettings { relay: "127.0.0.1".into(), port: Some(2525), ..settings() };
        assert_eq!(here.relay(None).expect("a relay").address(), "127.0.0.1:2525");
        let clear = MailSettings { security: Some(MailSecurity::None), ..settings() }.relay(None);
        assert!(matches!(clear, Err(MailSettingsError::Relay(RelayError::InClear(_)))), "{clear:?}");
    }

    #[test]
    fn a_password_lies_in_a_file_that_nobody_else_may_read() {
        let (_folder, kept) = password("secret\n", 0o600);
        assert_eq!(kept.login(None).expect("read").expect("a login").password, SecretText::new("secret".into()));
        for mode in [0o640, 0o604, 0o620] {
            let (_folder, open) = password("secret", mode);
            assert!(matches!(open.login(None), Err(MailSettingsError::Password { .. })), "{mode:o}");
        }
        for (text, is_taken) in [
            ("x".repeat(PASSWORD_BYTES_MAX), true),
            ("x".repeat(PASSWORD_BYTES_MAX + 1), false),
            (String::new(), false),
            ("two\nlines".to_owned(), false),
        ] {
            let (_folder, kept) = password(&text, 0o600);
            assert_eq!(kept.login(None).is_ok(), is_taken, "{} bytes", text.len());
        }
    }

    #[test]
    fn a_password_comes_from_systemd_by_a_plain_name() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("purser-mail"), "secret").expect("written");
        let named = |name: &str| MailSettings { user: Some("purser".into()), password_credential: Some(name.into()), ..settings() };
        assert!(named("purser-mail").login(Some(folder.path())).is_ok());
        assert!(matches!(named("purser-mail").login(None), Err(MailSettingsError::NoCredentials(_))));
        for name in ["", "..", "../purser-mail", "/etc/passwd"] {
            assert!(matches!(named(name).login(Some(folder.path())), Err(MailSettingsError::NoCredentials(_))), "{name}");
        }
    }

    #[test]
    fn user_and_password_come_together() {
        let (_folder, kept) = password("secret", 0o600);
        let nobody = MailSettings { user: None, ..kept.clone() };
        assert!(matches!(nobody.login(None), Err(MailSettingsError::Login)));
        let twice = MailSettings { password_credential: Some("a".into()), ..kept.clone() };
        assert!(matches!(twice.login(None), Err(MailSettingsError::Login)));
        assert!(matches!(MailSettings { password_file: None, ..kept }.login(None), Err(MailSettingsError::Login)));
    }

    #[test]
    fn a_relay_is_the_operators_own_where_they_say_so_or_on_this_very_host_and_nobody_is_named() {
        let named = Some("example-mail".to_owned());
        for (relay, own, sub_processor, expected) in [
            ("smtp.example.org", false, None, false),
            ("smtp.example.org", true, None, true),
            ("smtp.example.org", true, named.clone(), false),
            ("localhost", false, None, true),
            ("localhost", false, named, false),
        ] {
            let found = MailSettings { relay: relay.into(), own, sub_processor, ..settings() };
            assert_eq!(found.is_own(), expected, "{found:?}");
        }
    }

    #[test]
    fn the_settings_have_no_place_for_a_password() {
        let text = "relay = \"smtp.example.org\"\nsender = \"a@example.org\"\npassword = \"secret\"\n";
        assert!(toml::from_str::<MailSettings>(text).is_err());
    }
}
