//! `purser verify`, as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{HostArguments, OutputArguments, VerifyExportArguments, VerifyStoreArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum VerifyCommand {
    Log(VerifyLogArguments),
    Proof(VerifyProofArguments),
    Gathered(VerifyGatheredArguments),
    Receipt(VerifyReceiptArguments),
    Policy(VerifyPolicyArguments),
    Export(VerifyExportArguments),
    Store(VerifyStoreArguments),
    Backup(VerifyBackupArguments),
}

/// Verify a whole ledger: that no entry was deleted, altered, moved or cut off, and that its log has signed it.
///
/// Names the first place where it is not whole, and exits with 1. What the file says of itself proves only that it is of one
/// piece: give the log's key, and a checkpoint that you kept, to know that it is the log that you were shown before.
#[derive(Args, Debug)]
pub(crate) struct VerifyLogArguments {
    /// The file that `purser ledger export` has written
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The log's key, as you got it before: name+id+key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// A file with a checkpoint that you kept, or with a log: this log must still begin with it. May be given several times:
    /// the more, the closer the place is found where two histories part
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Vec<PathBuf>,
    /// The key of a witness: it must have cosigned the checkpoints of --against, or else the log's last one
    #[arg(long, value_name = "KEY")]
    pub(crate) witness_key: Option<String>,
    /// A file with the hand-over from a log that lost entries, signed by its owner: what --against has of that log is then compared with what
    /// is kept of it. Of several the newest first
    #[arg(long, value_name = "FILE", requires = "owner_key")]
    pub(crate) hand_over: Vec<PathBuf>,
    /// The owner's key, as you got it before
    #[arg(long, value_name = "KEY")]
    pub(crate) owner_key: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

// What a proof is held against, of what its reader has kept outside. No docstring: it would become the command's help.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeptArguments {
    /// The log's key, as you got it before: name+id+key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// A file with a checkpoint that you kept: the proof must be of this one. Ask for it with ?size=ENTRIES
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// The key of a witness: it must have cosigned the checkpoint of --against, or else the proof's own
    #[arg(long, value_name = "KEY")]
    pub(crate) witness_key: Option<String>,
}

/// Verify that an entry is in a ledger: the answer of the API's `ledger/leaves/LEAF/proof`, saved to a file.
#[derive(Args, Debug)]
pub(crate) struct VerifyProofArguments {
    /// The saved answer
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) kept: KeptArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Verify that a ledger's checkpoint is in the log of its instance, which every tenant shares: the answer of the API's
/// `ledger/gathered`, saved to a file.
#[derive(Args, Debug)]
pub(crate) struct VerifyGatheredArguments {
    /// The saved answer
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The log's key, as you got it before: name+id+key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// The key of the instance's log, as you got it before
    #[arg(long, value_name = "KEY")]
    pub(crate) instance_key: Option<String>,
    /// A file with a checkpoint of the instance's log that you kept: the proof must be of this one
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// The key of a witness of the instance's log: it must have cosigned the checkpoint of --against, or else the proof's own
    #[arg(long, value_name = "KEY")]
    pub(crate) witness_key: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Verify that an installation has signed its policy on how data are treated: the answer of the API's `trust/policy`, saved to a file.
#[derive(Args, Debug)]
pub(crate) struct VerifyPolicyArguments {
    /// The saved answer
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The policy's key, as you got it before: name+id+key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Verify the receipt of an erasure: that what it tells is in a ledger, and that it tells of a whole erasure.
///
/// It says what was deleted and destroyed, what stays, and what it does not prove. A policy is a JSON file of what you demand:
/// log_keys, subject, hours_max, assurance.
#[derive(Args, Debug)]
pub(crate) struct VerifyReceiptArguments {
    /// The receipt: what `purser erasure receipt` has written, or the saved answer of the API's `erasures/ERASURE/receipt`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// A file that says what you demand of a receipt
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) kept: KeptArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Verify a copy of the data: that it can be put back, and that it undoes no erasure. On the server's host.
///
/// The copy is not changed; its files are copied once more into the data folder, one tenant's at a time, and opened there by the
/// present keyring. Names what is missing or damaged, each value that was changed or put back within the copy, the place where a ledger is
/// another than the present one, and any key that lies in the copy, and exits with 1. That the copy is older than the present data is no
/// fault of it: how old it is, is told.
#[derive(Args, Debug)]
pub(crate) struct VerifyBackupArguments {
    /// The folder of the copy: the one in which system.db lies
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
