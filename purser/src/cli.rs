//! What can be typed, and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Knows every device of an organisation, what runs on it, and what of that is vulnerable.
#[derive(Debug, Parser)]
#[command(
    name = "purser",
    version,
    max_term_width = 120,
    after_help = "Exit codes: 0 done; 1 failed, or a check did not hold; 2 wrong command line; 3 the network is away."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(ScanArguments),
    /// Look at how versions are ordered.
    Versions {
        #[command(subcommand)]
        check: VersionsCommand,
    },
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum VersionsCommand {
    Check(CheckArguments),
}

/// Compare our order of versions with a native tool's answers.
///
/// Each line of the file is `a TAB b TAB sign`, the sign being -1, 0 or 1 as a comes before, equals or comes after b.
/// Prints how many lines agree and every line that does not; exits with 1 if there is one.
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// Whose order: deb, rpm, pep440, npm, rubygems, maven, go, crates.io
    #[arg(long, value_parser = ecosystem)]
    pub(crate) ecosystem: versions::Ecosystem,
    /// The file; may be packed with zstd
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// How rows are printed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct OutputArguments {
    /// How rows are printed
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Columns for people
    Table,
    /// JSON for programs
    Json,
}

/// An operating system as it is typed: `debian:12`, or `arch` where there are no releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OsName {
    pub(crate) id: String,
    pub(crate) version_id: Option<String>,
}

impl std::str::FromStr for OsName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, version) = text.split_once(':').map_or((text, None), |(id, version)| (id, Some(version)));
        if id.is_empty() || version == Some("") || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("expected ID:VERSION_ID as in os-release, for example debian:12");
        }
        Ok(Self { id: id.to_ascii_lowercase(), version_id: version.map(ToOwned::to_owned) })
    }
}

fn ecosystem(name: &str) -> Result<versions::Ecosystem, String> {
    versions::Ecosystem::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = versions::Ecosystem::ALL.iter().map(|ecosystem| ecosystem.name()).collect();
        format!("no order of this name; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

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
