//! `purser owner`, as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum OwnerCommand {
    /// Make an owner's key, in a file of its own. Prints the public half, for witnesses and for those who verify
    Init {
        #[command(flatten)]
        state: OwnerStateArguments,
        /// What the owner is called: a name without spaces, best a domain of yours
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Sign the hand-over from a ledger that lost entries to its successor, and print it. Says what is lost
    Sign {
        #[command(flatten)]
        state: OwnerStateArguments,
        /// What `purser ledger succeed` has printed, or the saved entry of the ledger that has it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Where the owner's key lies.
#[derive(Args, Clone, Debug)]
pub(crate) struct OwnerStateArguments {
    /// The owner's file. Never on the server: whoever has it can speak for the owner
    #[arg(long, value_name = "FILE", env = "PURSER_OWNER_STATE")]
    pub(crate) state: PathBuf,
}
