//! `purser registers`, as it is typed.

use clap::{Args, Subcommand};

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum RegistersCommand {
    /// Keep the register of who else processes data
    SubProcessor {
        #[command(subcommand)]
        command: SubProcessorCommand,
    },
    /// Print the record of processing activities (GDPR, Art. 30), made of what is stored, registered and promised now
    Record {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubProcessorCommand {
    Add(AddArguments),
    /// Announce the newest version: it is public from now on, every tenant is told, and after the notice it takes effect
    Announce {
        /// What the entry is called
        #[arg(value_name = "ENTRY")]
        sub_processor: String,
        /// How many days lie between the last tenant's being told and its taking effect [default: 30]
        #[arg(long, value_name = "DAYS")]
        notice_days: Option<u16>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// End an entry now: nothing may be sent there any more
    End {
        /// What the entry is called
        #[arg(value_name = "ENTRY")]
        sub_processor: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List every version of every entry, and how it stands
    List {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

/// Propose an entry, or a new version of one that there is.
///
/// Nobody is told and nothing may be sent until it is announced and its notice is over. Without --second-factor it cannot be
/// announced.
#[derive(Args, Debug)]
pub(crate) struct AddArguments {
    /// What the entry is called: lower-case letters, digits and hyphens
    #[arg(value_name = "ENTRY")]
    pub(crate) sub_processor: String,
    /// The company
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: String,
    /// A class of data that it gets: public, configuration, identifying, personal, secret; may be given several times
    #[arg(long, value_name = "CLASS", required = true)]
    pub(crate) data_class: Vec<String>,
    /// Which data it gets
    #[arg(long, value_name = "TEXT")]
    pub(crate) gets: String,
    /// Which people there reach them
    #[arg(long, value_name = "TEXT")]
    pub(crate) people: String,
    /// A country or region; may be given several times
    #[arg(long, value_name = "PLACE", required = true)]
    pub(crate) location: Vec<String>,
    /// What it does with them
    #[arg(long, value_name = "TEXT")]
    pub(crate) operations: String,
    /// What it is held to: contract, certificates, audits
    #[arg(long, value_name = "TEXT")]
    pub(crate) compliance: String,
    /// It requires a second factor of the people who reach the data
    #[arg(long)]
    pub(crate) second_factor: bool,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
