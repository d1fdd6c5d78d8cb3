//! `purser client-certificate`, as it is typed.

use std::path::PathBuf;

use clap::Subcommand;

use super::{HostArguments, OutputArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCertificateCommand {
    /// Issue a certificate for a token and a key, and print it. The key stays where it was made:
    /// openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj / -keyout client.key -out client.csr
    Issue {
        /// The tenant's number (ten_...)
        #[arg(long)]
        tenant: String,
        /// The token's number (tok_...)
        #[arg(long)]
        token: String,
        /// The request for the certificate: a PKCS#10 file in PEM form, of an ECDSA P-256 or Ed25519 key
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
        /// How long it works, in days, at most 365 [default: 90]
        #[arg(long, value_name = "DAYS")]
        days: Option<u16>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List the certificates of a tenant's tokens
    List {
        /// The tenant's number (ten_...)
        #[arg(long)]
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Revoke a certificate: it opens nothing from the next request on
    Revoke {
        /// The tenant's number (ten_...)
        #[arg(long)]
        tenant: String,
        /// The certificate's number (crt_...)
        #[arg(value_name = "CERTIFICATE")]
        certificate: String,
        #[command(flatten)]
        host: HostArguments,
    },
}
