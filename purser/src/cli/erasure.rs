//! `purser erasure` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum ErasureCommand {
    Request(ErasureRequestArguments),
    /// Show what was asked to be erased and how far it is
    List {
        /// The tenant's number
        #[arg(long, value_name = "TENANT")]
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Call an erasure off that has not begun
    Cancel {
        /// The erasure's id
        #[arg(value_name = "ERASURE")]
        erasure: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Write the receipt of an erasure that is done to a file that `purser verify receipt` takes
    Receipt {
        /// The erasure's id
        #[arg(value_name = "ERASURE")]
        erasure: String,
        /// The file; never written over
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        host: HostArguments,
    },
}

/// Erase a device, a user or a whole tenant: for ever, and provably.
///
/// It begins after a delay in which it can be called off (ten minutes; for a tenant a day), or at once with --now. Then nothing is shown
/// or taken in of it any more, its rows are deleted, its key is destroyed, and what wrapped the key too. The receipt is an entry of the
/// ledger; `purser erasure receipt` writes it to a file.
#[derive(Args, Debug)]
pub(crate) struct ErasureRequestArguments {
    /// The tenant's number
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: String,
    #[command(flatten)]
    pub(crate) subject: ErasureSubject,
    /// How long it can be called off, in minutes, up to 1440
    #[arg(long, value_name = "MINUTES", conflicts_with = "now")]
    pub(crate) delay: Option<u64>,
    /// Erase at once; nothing calls it off
    #[arg(long, requires = "yes")]
    pub(crate) now: bool,
    /// Say that you know that --now cannot be undone
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Whose data.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct ErasureSubject {
    /// A device's id
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<String>,
    /// A user's id
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The tenant itself, with everything
    #[arg(long)]
    pub(crate) everything: bool,
}
