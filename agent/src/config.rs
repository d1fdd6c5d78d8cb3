//! The host's own file, which always beats the server: what is collected, under which id, how often.
//!
//! An unknown key is an error: a misspelt `kinds_off` must not silently leave a kind on.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use wire::state::Kind;
use words::{Sentence, Speaks, sentence};

/// Largest configuration file, in bytes.
pub const CONFIG_BYTES_MAX: u64 = 64 * 1024;
/// Where the file is looked for when none is named.
pub const CONFIG_PATH: &str = "/etc/purser-agent/config.toml";
/// Shortest interval between two collections, in seconds.
pub const INTERVAL_SECONDS_MIN: u64 = 60;
/// Longest interval between two collections, in seconds: a week.
pub const INTERVAL_SECONDS_MAX: u64 = 7 * 24 * 3600;

/// The configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Kinds that are not collected.
    pub kinds_off: Vec<Kind>,
    /// The host's own system id, if it has one.
    pub system_id: Option<SystemIdSource>,
    /// Time between two collections; the server's wish, or an hour, where the file says nothing.
    pub interval: Option<Duration>,
    /// How bodies are packed.
    pub compression: Compression,
}

/// Where an own system id comes from. It leaves the host only as a one-way digest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SystemIdSource {
    /// The first line that a program prints; the list is the program and its arguments, no shell is involved.
    Command(Vec<String>),
    /// The first line of a file.
    File(PathBuf),
    /// The id itself.
    Value(String),
}

/// How bodies are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Zstandard.
    #[default]
    Zstd,
    /// gzip, for intermediaries that look into bodies and know nothing newer.
    Gzip,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}", self.sentence())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not understood.
    #[error("{}", self.sentence())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        message: Sentence,
    },
}

impl Speaks for ConfigError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Read { path, .. } => sentence!(
                "cannot read the configuration file {path}",
                "nie można odczytać pliku konfiguracyjnego {path}",
                path = path.display()
            ),
            Self::Parse { path, message } => sentence!(
                "the configuration file {path} is not understood",
                "plik konfiguracyjny {path} jest niezrozumiały",
                path = path.display()
            )
            .then(": ", message),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    kinds_off: Vec<Kind>,
    system_id: Option<SystemIdSource>,
    interval_seconds: Option<u64>,
    #[serde(default)]
    compression: Compression,
}

impl Config {
    /// Reads the named file, or the usual one if it is there.
    ///
    /// # Errors
    /// [`ConfigError`]; a file that was named must be there.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let is_named = path.is_some();
        let path = path.unwrap_or(Path::new(CONFIG_PATH));
        let mut text = String::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => Ok(Self::default()),
            Err(source) => Err(ConfigError::Read { path: path.to_owned(), source }),
            Ok(size) if size as u64 > CONFIG_BYTES_MAX => {
                let message = sentence!("it is larger than {CONFIG_BYTES_MAX} bytes", "ma więcej niż {CONFIG_BYTES_MAX} bajtów");
                Err(ConfigError::Parse { path: path.to_owned(), message })
            }
            Ok(_) => Self::parse(&text).map_err(|message| ConfigError::Parse { path: path.to_owned(), message }),
        }
    }

    /// Reads a configuration text.
    ///
    /// # Errors
    /// What is wrong, with its line, for a person.
    pub fn parse(text: &str) -> Result<Self, Sentence> {
        let file: File = toml::from_str(text).map_err(|error| Sentence::same(error.to_string()))?;
        let accepted = INTERVAL_SECONDS_MIN..=INTERVAL_SECONDS_MAX;
        if file.interval_seconds.is_some_and(|seconds| !accepted.contains(&seconds)) {
            return Err(sentence!(
                "interval_seconds must be from {INTERVAL_SECONDS_MIN} to {INTERVAL_SECONDS_MAX}",
                "interval_seconds musi być liczbą od {INTERVAL_SECONDS_MIN} do {INTERVAL_SECONDS_MAX}"
            ));
        }
        match &file.system_id {
            Some(SystemIdSource::Command(words)) if words.is_empty() => {
                return Err(sentence!("system_id.command names no program", "system_id.command nie wskazuje programu"));
            }
            Some(SystemIdSource::Value(value)) if value.trim().is_empty() => {
                return Err(sentence!("system_id.value is empty", "system_id.value jest puste"));
            }
            _ => {}
        }
        Ok(Self {
            kinds_off: file.kinds_off,
            system_id: file.system_id,
            interval: file.interval_seconds.map(Duration::from_secs),
            compression: file.compression,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_key_is_read() {
        let text = "kinds_off = [\"network\", \"host-name\"]\nsystem_id = { command = [\"/usr/local/bin/asset-id\", \"--short\"] }\ninterval_seconds = 900\ncompression = \"gzip\"\n";
        let config = Config::parse(text).unwrap();
        assert_eq!(config.kinds_off, [Kind::Network, Kind::HostName]);
        assert_eq!(config.system_id, Some(SystemIdSource::Command(vec!["/usr/local/bin/asset-id".into(), "--short".into()])));
        assert_eq!((config.interval, config.compression), (Some(Duration::from_secs(900)), Compression::Gzip));
    }

    #[test]
    fn a_misspelt_key_or_kind_is_an_error_and_not_ignored() {
        assert!(Config::parse("kind_off = [\"network\"]").unwrap_err().to_string().contains("kind_off"));
        assert!(Config::parse("kinds_off = [\"networks\"]").unwrap_err().to_string().contains("networks"));
        assert!(Config::parse("insecure = true").is_err());
    }

    #[test]
    fn an_interval_is_taken_at_its_limits_and_refused_beyond() {
        assert!(Config::parse(&format!("interval_seconds = {INTERVAL_SECONDS_MIN}")).is_ok());
        assert!(Config::parse(&format!("interval_seconds = {}", INTERVAL_SECONDS_MIN - 1)).is_err());
        assert!(Config::parse(&format!("interval_seconds = {INTERVAL_SECONDS_MAX}")).is_ok());
        assert!(Config::parse(&format!("interval_seconds = {}", INTERVAL_SECONDS_MAX + 1)).is_err());
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        assert!(matches!(Config::load(Some(Path::new("/nonexistent/purser.toml"))), Err(ConfigError::Read { .. })));
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _is_read_or_refused = Config::parse(&text);
        }
    }
}
