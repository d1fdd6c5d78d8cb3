//! `purser bans`, as it is typed.

use clap::Subcommand;

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum BansCommand {
    /// List the bans that hold, and how much was refused since the server started
    List {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Lift a ban before its end; the next one of the same peer is then a first one
    Lift {
        /// Its number or its address, or `all`
        #[arg(value_name = "BAN")]
        which: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}
