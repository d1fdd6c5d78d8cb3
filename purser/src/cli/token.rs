//! The commands of API and telemetry tokens.

use clap::{Subcommand, ValueEnum};

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make an API token (for programs that read) or a telemetry token (for scripts that report)
    Create {
        /// The tenant's number (ten_...)
        #[arg(long)]
        tenant: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// What it is for
        #[arg(long, value_enum)]
        kind: TokenKind,
        /// What an API token may do (devices:read, ...); may be given several times
        #[arg(long, value_name = "PERMISSION")]
        permission: Vec<String>,
        /// A selector of the devices that an API token is for (os:windows, ...); may be given several times [default: all]
        #[arg(long, value_name = "SELECTOR")]
        devices: Vec<String>,
        /// A network from which it works (192.0.2.0/24, ...); may be given several times [default: all]
        #[arg(long, value_name = "NETWORK")]
        network: Vec<String>,
        /// It works with a client certificate only that is issued for it (`purser client-certificate issue`)
        #[arg(long)]
        requires_certificate: bool,
        /// How long it works, in days [default: 90 for an API token; a telemetry token until it is revoked]
        #[arg(long, value_name = "DAYS")]
        days: Option<u64>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print the regular expression by which programs that look for leaked secrets find every credential of Purser
    Pattern {
        #[command(flatten)]
        output: OutputArguments,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenKind {
    /// Opens the routes that its permissions name
    Api,
    /// Sends reports, and nothing else
    Telemetry,
}
