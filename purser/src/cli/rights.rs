//! `purser rights`, as it is typed.

use clap::{Args, Subcommand};
use wire::Timestamp;

use super::breach::time;
use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum RightsCommand {
    /// Take a request in: it is to be answered within a month of its receipt
    Open {
        /// Which right: access, erasure, objection, portability, rectification or restriction
        #[arg(value_name = "RIGHT")]
        kind: String,
        /// About whom: the id of a user or a device, else a name
        #[arg(long, value_name = "WHO")]
        about: String,
        /// What was asked
        #[arg(long, value_name = "TEXT")]
        text: String,
        /// When it was received, as in 2026-11-22T05:54:00Z [default: now]
        #[arg(long, value_name = "TIME", value_parser = time)]
        received_at: Option<Timestamp>,
        #[command(flatten)]
        of: RightsArguments,
    },
    /// List every request, the open ones first and by when they are due
    List {
        #[command(flatten)]
        of: RightsArguments,
    },
    /// Show a request and what was done about it
    Show {
        #[command(flatten)]
        of: RequestArguments,
    },
    /// Note what was done about a request
    Note {
        #[command(flatten)]
        of: RequestArguments,
        /// What was done
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
    /// Put an answer off by two months: once, before the first month is over
    Extend {
        #[command(flatten)]
        of: RequestArguments,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Close a request as done, with what shows it
    Fulfil {
        #[command(flatten)]
        of: RequestArguments,
        /// Of access and portability: the digest of an export's manifest, as `purser export` prints it
        #[arg(long, value_name = "DIGEST", group = "evidence")]
        export: Option<String>,
        /// Of erasure: the id of an erasure that is done (ers_...)
        #[arg(long, value_name = "ERASURE", group = "evidence")]
        erasure: Option<String>,
        /// Of the others, and of who is neither a user nor a device: what was done
        #[arg(long, value_name = "TEXT", group = "evidence")]
        text: Option<String>,
    },
    /// Close a request as refused
    Refuse {
        #[command(flatten)]
        of: RequestArguments,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Whose requests.
#[derive(Args, Debug)]
pub(crate) struct RightsArguments {
    /// The tenant's number (ten_...)
    #[arg(long)]
    pub(crate) tenant: String,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Which request.
#[derive(Args, Debug)]
pub(crate) struct RequestArguments {
    /// The request's id (rrq_...)
    #[arg(value_name = "REQUEST")]
    pub(crate) request: String,
    #[command(flatten)]
    pub(crate) of: RightsArguments,
}
