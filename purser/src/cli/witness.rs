//! `purser witness`, as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputArguments;

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Make a witness: its key and its memory, in a file of its own. Prints the key by which its cosignatures are verified
    Init {
        #[command(flatten)]
        state: StateArguments,
        /// What the witness is called: a name without spaces, best a domain of yours with a path
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Let the witness cosign a log from now on
    Add {
        #[command(flatten)]
        state: StateArguments,
        /// The log's key, as you got it from its owner: name+id+key
        #[arg(long, value_name = "KEY")]
        key: String,
        /// The owner's own key (purser owner init): should the log ever lose entries, its successor is cosigned on this key's word only. May
        /// be given later, once
        #[arg(long, value_name = "KEY")]
        owner_key: Option<String>,
    },
    /// Go on with the successor of a log that lost entries, on its owner's word
    Succeed {
        #[command(flatten)]
        state: StateArguments,
        /// The hand-over, signed by the owner (purser owner sign)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show the witness's key and what it has cosigned last of each log
    Status {
        #[command(flatten)]
        state: StateArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    Cosign(CosignArguments),
}

/// Where the witness's key and memory lie.
#[derive(Args, Clone, Debug)]
pub(crate) struct StateArguments {
    /// The witness's file. Keep it apart from the server: whoever has it can cosign
    #[arg(long, value_name = "FILE", env = "PURSER_WITNESS_STATE")]
    pub(crate) state: PathBuf,
}

/// Look at what a log is now, and cosign it if it grew out of what was cosigned before; print the cosigned checkpoint.
///
/// Fewer entries than before, others, or more that did not grow out of them are refused with their places, and exit with 1.
/// What was cosigned before stays then. Exits with 3 if the server cannot be reached.
#[derive(Args, Debug)]
pub(crate) struct CosignArguments {
    #[command(flatten)]
    pub(crate) state: StateArguments,
    /// A saved answer of the API's `ledger/consistency?from=ENTRIES`, with as many entries as were cosigned last
    #[arg(value_name = "FILE", required_unless_present = "server", conflicts_with = "server")]
    pub(crate) file: Option<PathBuf>,
    /// The server to ask instead
    #[arg(long, value_name = "URL", requires = "token_file")]
    pub(crate) server: Option<String>,
    /// A file with an API token that may read the ledger (ledger:read)
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The authority that the server's certificate is of (PEM) [default: those that this host trusts]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Ask for the instance's own log, which holds the checkpoints of every tenant, and not for the token's tenant's
    #[arg(long, requires = "server")]
    pub(crate) instance: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
