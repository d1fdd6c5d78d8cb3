//! What is typed to export what is held, and to look whether it is what was written.

use std::path::PathBuf;

use clap::Args;

use super::{HostArguments, OutputArguments};

/// Write everything that is held of a tenant, of a device or of a user to a new folder, on the server's host.
///
/// A file of JSON lines for each table, and a signed manifest that says what each column means and what is left out and why;
/// secrets are, and nothing that is sealed stays so. Where a server runs, it is the one that writes. The export is recorded in
/// the tenant's ledger.
#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// The tenant's number (ten_...)
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: String,
    /// Only what is held of this device (dev_...)
    #[arg(long, value_name = "DEVICE", conflicts_with = "user")]
    pub(crate) device: Option<String>,
    /// Only what is held of this user (usr_...)
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The folder; it must not exist yet
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Take a tenant in from its export, with the ids that it had and under new keys. On the server's host.
///
/// Verifies the whole export first; takes in all of it or nothing, and never changes a tenant that there is. What an export leaves
/// out is gone: users need `purser user recover`, tokens are made anew, devices enrol anew.
#[derive(Args, Debug)]
pub(crate) struct ImportArguments {
    /// The folder that `purser export` has written, or the archive that was fetched
    #[arg(value_name = "EXPORT")]
    pub(crate) export: PathBuf,
    /// The key of the tenant's ledger, as you got it before: name+id+key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Leave whole: export everything of a tenant, verify the export, erase the tenant, and verify the receipt. On the server's host.
///
/// Makes a folder with the export, the receipt, and what the receipt is verified with: a policy with the key of the server's own log, and
/// that log's checkpoint of before. Nothing is erased unless the export is whole. The erasure begins at once, or with --delay later, and
/// then the receipt comes from `purser erasure receipt`.
#[derive(Args, Debug)]
pub(crate) struct LeaveArguments {
    /// The tenant's number (ten_...)
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: String,
    /// The folder; it must not exist yet
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// How long it can be called off, in minutes, up to 1440
    #[arg(long, value_name = "MINUTES")]
    pub(crate) delay: Option<u64>,
    /// Say that you know that it cannot be undone
    #[arg(long, required = true)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Verify an export: that its files are those that were exported, and that the installation has signed them.
///
/// Names the first file and line where it is not, and exits with 1. Where values in it did not open when it was made, it is not whole:
/// it exits with 1, too.
#[derive(Args, Debug)]
pub(crate) struct VerifyExportArguments {
    /// The folder that `purser export` has written, or the archive that was fetched
    #[arg(value_name = "EXPORT")]
    pub(crate) export: PathBuf,
    /// The key of the tenant's ledger, as you got it before: name+id+key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Open every sealed value that is stored, each in its place, and compare each ledger with its tree. On the server's host.
///
/// Names each value that was changed, moved or taken from another tenant by table, row and column, and each that was removed, brought back
/// or put back to an older state, and exits with 1. What was put back on purpose is accepted by `purser store accept`.
#[derive(Args, Debug)]
pub(crate) struct VerifyStoreArguments {
    /// Only this tenant's (ten_...)
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
