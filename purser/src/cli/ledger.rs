//! `purser ledger`, as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wire::Timestamp;

use super::breach::time;
use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Write a tenant's whole ledger to a file that `purser verify log` takes; the reading is recorded in it
    Export {
        /// The tenant's number
        #[arg(long, value_name = "TENANT")]
        tenant: String,
        /// The file; never written over
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        host: HostArguments,
    },
    /// Print what a tenant's ledger is now, signed. Kept outside, it proves later that nothing before it was changed
    Checkpoint {
        /// The tenant's number
        #[arg(long, value_name = "TENANT")]
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    Succeed(SucceedArguments),
    /// The instance's own ledger: what was done to the installation as a whole
    Instance {
        #[command(subcommand)]
        command: InstanceLogCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum InstanceLogCommand {
    /// List its entries, the newest first
    List {
        /// Only entries of this kind
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Only what was recorded at this time or later
        #[arg(long, value_name = "TIME", value_parser = time)]
        from: Option<Timestamp>,
        /// Only what was recorded before this time
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<Timestamp>,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
        limit: usize,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print an entry with the proof that it is in it. Saved to a file, it is what `purser verify proof` takes
    Proof {
        /// The entry's id, as `purser ledger instance list` shows it
        #[arg(value_name = "ENTRY")]
        leaf: String,
        /// In the log as it was with so many entries: as many as a checkpoint that you keep
        #[arg(long, value_name = "NUMBER")]
        size: Option<u64>,
        #[command(flatten)]
        host: HostArguments,
    },
    /// Print what it is now, signed
    Checkpoint {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

/// End a ledger that lost entries, as after a restore from a backup, and open its successor. Prints the hand-over for its owner to sign.
///
/// The old ledger's name is never signed again. The successor keeps the entries that are left, and the hand-over is in it: what was signed
/// last of the old one, how many entries are kept, how many are lost. A witness goes on with it only when the owner has signed the
/// hand-over (`purser owner sign`). There is no way back. Where nothing is lost, nothing is done.
#[derive(Args, Debug)]
pub(crate) struct SucceedArguments {
    /// The tenant's number
    #[arg(long, value_name = "TENANT", required_unless_present = "instance", conflicts_with = "instance")]
    pub(crate) tenant: Option<String>,
    /// The instance's own ledger
    #[arg(long)]
    pub(crate) instance: bool,
    /// A file with a checkpoint that somebody has, a witness for instance: the last one, where the keyring was restored too and remembers less;
    /// or an older one where entries were rewritten: what it vouches for is kept
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
