//! `purser access-log`, as it is typed.

use clap::Subcommand;

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum AccessLogCommand {
    /// List what was asked of the server on a day, the newest first. Addresses, users and programs are pseudonyms of that day.
    /// The reading is recorded, in the instance's ledger and in that of each tenant of whom something is shown
    List {
        /// The day, in UTC [default: today]
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<String>,
        /// Only what came from this network address
        #[arg(long, value_name = "IP")]
        peer: Option<String>,
        /// Only what this user did (usr_...)
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Only what was asked with credentials of this tenant (ten_...)
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
        limit: usize,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List the days of which there is something, and when each is destroyed
    Days {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}
