//! `purser mail`, as it is typed.

use clap::Subcommand;

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Say how mail stands: the relay, who runs it, what waits; exits with 1 where mail may not go out
    Status {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Send a trial to an address, now
    Test {
        /// The address
        #[arg(value_name = "ADDRESS")]
        address: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List the mails that wait or were given up: numbers, no addresses
    Queue {
        /// Only those of this tenant (ten_...)
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}
