//! `purser retention`, as it is typed.

use clap::Subcommand;

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Show for how long data are kept, and what is deleted next and when
    Show {
        /// The tenant's number [default: every tenant, and what is no tenant's]
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        /// Also what stays as long as the device, user or tenant that it is of
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Delete now what was shown a day ago and is past its retention, as the server does by itself; show what goes next
    Run {
        /// The tenant's number [default: every tenant]
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}
