//! `purser store`, as it is typed.

use clap::{Args, Subcommand};

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    Accept(AcceptArguments),
}

/// Accept what lies in tables as what was written last, as where a part of a backup was put back on purpose.
///
/// From then on `purser verify store` compares with that, and the server settles it again. The tenant's ledger and the instance's tell which
/// tables it was, and why. Without a reason nothing is accepted; entries of a ledger never are.
#[derive(Args, Debug)]
pub(crate) struct AcceptArguments {
    /// The tables, by the names that `purser verify store` gives; STORE.stamp_head is the whole store
    #[arg(value_name = "STORE.TABLE", required = true)]
    pub(crate) tables: Vec<String>,
    /// Why, for the ledger: no names of people
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Only this tenant's (ten_...)
    #[arg(long, value_name = "TENANT", required_unless_present = "all_tenants", conflicts_with = "all_tenants")]
    pub(crate) tenant: Option<String>,
    /// Every tenant's: a row that somebody put back in any of them is no finding any more
    #[arg(long)]
    pub(crate) all_tenants: bool,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
