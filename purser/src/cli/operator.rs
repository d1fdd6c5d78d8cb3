//! `purser operator`, as it is typed; and how an operator's commands reach a server elsewhere.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{HostArguments, OutputArguments};

/// By which door, where not by the data folder.
#[derive(Args, Clone, Debug)]
pub(crate) struct OperatorDoorArguments {
    /// The operators' address of a server elsewhere (https://HOST:PORT), instead of a data folder here
    #[arg(
        id = "operator_door",
        long = "operator",
        value_name = "URL",
        env = "PURSER_OPERATOR",
        requires_all = ["operator_certificate", "operator_key"],
        conflicts_with = "data",
        display_order = 800
    )]
    pub(crate) url: Option<String>,
    /// Your certificate for --operator (PEM), as `purser operator certificate` printed it
    #[arg(id = "operator_certificate", long, value_name = "FILE", env = "PURSER_OPERATOR_CERTIFICATE", display_order = 801)]
    pub(crate) operator_certificate: Option<PathBuf>,
    /// Its key (PEM), as `purser operator request` made it
    #[arg(id = "operator_key", long, value_name = "FILE", env = "PURSER_OPERATOR_KEY", display_order = 802)]
    pub(crate) operator_key: Option<PathBuf>,
    /// The authority of the server of --operator (PEM), as `purser trust-ca` prints it [default: those that this host trusts]
    #[arg(id = "operator_ca", long, value_name = "FILE", env = "PURSER_OPERATOR_CA", display_order = 803)]
    pub(crate) operator_ca: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Make a key on your own machine, which never leaves it, and print the request for its certificate
    Request {
        /// Where the key is to lie; an existing file stays as it is
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Make a person an operator; one person has one record, and may do nothing yet
    Add {
        /// The person's name
        name: String,
        /// An action that they may take from the beginning (`purser operator allow` lists them); may be given several times
        #[arg(long, value_name = "ACTION")]
        allow: Vec<String>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List operators, what they may do, and their certificates; those who left too
    List {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Say what an operator may do from now on, whatever it was before; with no action: nothing
    ///
    /// Actions: bans:manage, breach:manage, doctor:run, erasure:manage, feeds:manage, log:read, mail:manage, registers:manage,
    /// retention:manage, store:verify, tenants:create, tenants:list, tenants:release.
    Allow {
        /// Name or number (opr_...)
        operator: String,
        /// What they may do
        #[arg(value_name = "ACTION")]
        actions: Vec<String>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Issue a certificate to an operator, and print it
    Certificate {
        /// Name or number (opr_...)
        operator: String,
        /// The request for the certificate, as `purser operator request` printed it on the operator's machine
        #[arg(long, value_name = "FILE")]
        csr: PathBuf,
        /// How long it works, in days, at most 365 [default: 90]
        #[arg(long, value_name = "DAYS")]
        days: Option<u16>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Revoke a certificate of an operator's: it opens nothing from the next request on
    RevokeCertificate {
        /// The certificate's number (crt_...)
        #[arg(value_name = "CERTIFICATE")]
        number: String,
        #[command(flatten)]
        host: HostArguments,
    },
    /// End that a person is an operator: all certificates are none from the next request on
    Remove {
        /// Name or number (opr_...)
        operator: String,
        #[command(flatten)]
        host: HostArguments,
    },
}
