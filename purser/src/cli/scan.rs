//! `purser scan`, as it is typed.

use std::path::PathBuf;

use clap::Args;
use words::sentence;

use super::{OutputArguments, Wrong};

/// Compare the packages of a host, an unpacked image or a dpkg status file with advisories. Needs no server.
///
/// Packages about which the given advisories say nothing are reported as not covered, with the reason: that is not the
/// same as not vulnerable.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  purser scan --advisories debian.jsonl.zst
  purser scan --root /srv/image --advisories osv/ --output json
  purser scan --dpkg-status status.zst --os debian:12 --advisories debian.jsonl.zst")]
pub(crate) struct ScanArguments {
    /// Directory of the host or unpacked image
    #[arg(long, value_name = "DIR", default_value = "/", conflicts_with = "dpkg_status")]
    pub(crate) root: PathBuf,
    /// A dpkg status file instead of a whole host; may be packed with zstd
    #[arg(long, value_name = "FILE")]
    pub(crate) dpkg_status: Option<PathBuf>,
    /// Operating system as ID:VERSION_ID of os-release (debian:12), where the host does not say it
    #[arg(long, value_name = "ID:VERSION")]
    pub(crate) os: Option<OsName>,
    /// File of advisories (OSV as JSON, JSON lines or YAML; plain, .zst, .gz, .zip, .tar), or a directory of such files; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) advisories: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// An operating system as it is typed: `debian:12`, or `arch` where there are no releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OsName {
    pub(crate) id: String,
    pub(crate) version_id: Option<String>,
}

impl std::str::FromStr for OsName {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, version) = text.split_once(':').map_or((text, None), |(id, version)| (id, Some(version)));
        if id.is_empty() || version == Some("") || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Wrong(sentence!(
                "expected ID:VERSION_ID as in os-release, for example debian:12",
                "oczekiwano ID:VERSION_ID jak w os-release, na przykład debian:12"
            )));
        }
        Ok(Self { id: id.to_ascii_lowercase(), version_id: version.map(ToOwned::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operating_system_is_typed_as_os_release_names_it() {
        let os: OsName = "Debian:12".parse().unwrap();
        assert_eq!((os.id.as_str(), os.version_id.as_deref()), ("debian", Some("12")));
        assert_eq!("arch".parse::<OsName>().unwrap().version_id, None);
        for wrong in ["", ":12", "debian:", "debian 12"] {
            assert!(wrong.parse::<OsName>().is_err(), "{wrong}");
        }
    }
}
