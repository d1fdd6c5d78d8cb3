//! What can be typed about the keyring, its root key and its second copy.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{HostArguments, OutputArguments};

/// Where the root key comes from, other than a passphrase file.
#[derive(Args, Debug)]
pub(crate) struct RootArguments {
    /// The systemd credential with the passphrase, as the unit's LoadCredentialEncrypted= names it
    #[arg(long, value_name = "NAME", conflicts_with = "pkcs11_module")]
    pub(crate) root_credential: Option<String>,
    /// The module (a shared library) of the PKCS#11 token whose AES key wraps the root key and never leaves it
    #[arg(long, value_name = "FILE", requires_all = ["pkcs11_token", "pkcs11_pin_file"])]
    pub(crate) pkcs11_module: Option<PathBuf>,
    /// The token's label
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pub(crate) pkcs11_token: Option<String>,
    /// The key's label; made in the token where it has none of it
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module", default_value = "purser-root")]
    pub(crate) pkcs11_key: String,
    /// The file with the PIN of the token's user, which only its owner may read
    #[arg(long, value_name = "FILE", requires = "pkcs11_module")]
    pub(crate) pkcs11_pin_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show how the keyring stands: where its root key comes from, its second copy, and each tenant's part
    Status {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Copy the keyring to a folder on another disk or machine, and keep the copy in step from now on
    Copy {
        /// The folder, made where there is none [default: the one that is kept in step]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Try the second copy out: open every key of every tenant from it, and compare; exits with 1 if one is wrong or missing
    Drill {
        /// The folder of the copy [default: the one that is kept in step]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    Restore(KeysRestoreArguments),
    Root(KeysRootArguments),
    /// Wrap a tenant's keys anew and destroy the epoch that wrapped them; happens by itself after a key was destroyed
    Roll {
        /// The tenant's number
        #[arg(long, value_name = "TENANT")]
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

/// Change where the root key comes from; the server must not run.
///
/// Name the next provider: a passphrase file (made where it is not there yet), a systemd credential or a PKCS#11 token. A new root key is
/// drawn and all of the keyring wrapped under it, so that the provider before opens nothing any more. May be interrupted at any
/// moment: the installation then opens by the one or the other. Naming the present provider again draws a new root key.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("next").required(true).args(["passphrase_file", "root_credential", "pkcs11_module"])))]
pub(crate) struct KeysRootArguments {
    /// The passphrase file; drawn and written where it is not there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) root: RootArguments,
    #[command(flatten)]
    pub(crate) host: HostArguments,
}

/// Put a lost keyring back from its second copy; the server must not run.
///
/// Only where there is no keyring: move what is left of a damaged one away first. Keys that were destroyed since the copy was made
/// are destroyed in it before anything opens. Keys that were made since are lost, and with them what is sealed under them.
#[derive(Args, Debug)]
pub(crate) struct KeysRestoreArguments {
    /// The folder of the copy
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) host: HostArguments,
}
