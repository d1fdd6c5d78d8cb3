//! What can be typed, and its help: in English here ([`erasure`] apart), in Polish by [`polish`]. What is wrong with it says
//! [`complaint`].

mod access_log;
mod bans;
mod breach;
mod client_certificate;
mod complaint;
mod erasure;
mod export;
mod keys;
mod ledger;
mod mail;
mod operator;
mod owner;
mod polish;
mod registers;
mod retention;
mod rights;
mod scan;
mod store;
mod token;
mod verify;
mod witness;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use words::{Language, sentence};

pub(crate) use self::access_log::AccessLogCommand;
pub(crate) use self::bans::BansCommand;
pub(crate) use self::breach::{BreachAssessArguments, BreachCommand, BreachOpenArguments, CaseArguments};
pub(crate) use self::client_certificate::ClientCertificateCommand;
pub(crate) use self::complaint::Wrong;
pub(crate) use self::erasure::{ErasureCommand, ErasureRequestArguments};
pub(crate) use self::export::{ExportArguments, ImportArguments, LeaveArguments, VerifyExportArguments, VerifyStoreArguments};
pub(crate) use self::keys::{KeysCommand, KeysRestoreArguments, KeysRootArguments, RootArguments};
pub(crate) use self::ledger::{InstanceLogCommand, LedgerCommand, SucceedArguments};
pub(crate) use self::mail::MailCommand;
pub(crate) use self::operator::{OperatorCommand, OperatorDoorArguments};
pub(crate) use self::owner::OwnerCommand;
pub(crate) use self::registers::{AddArguments, RegistersCommand, SubProcessorCommand};
pub(crate) use self::retention::RetentionCommand;
pub(crate) use self::rights::{RightsArguments, RightsCommand};
pub(crate) use self::scan::{OsName, ScanArguments};
pub(crate) use self::store::{AcceptArguments, StoreCommand};
pub(crate) use self::token::{TokenCommand, TokenKind};
pub(crate) use self::verify::{
    KeptArguments, VerifyBackupArguments, VerifyCommand, VerifyGatheredArguments, VerifyLogArguments, VerifyPolicyArguments,
    VerifyProofArguments, VerifyReceiptArguments,
};
pub(crate) use self::witness::{CosignArguments, StateArguments, WitnessCommand};

/// What became of a command line.
pub(crate) enum Parsed {
    /// It asks for this.
    Command(Box<Command>),
    /// Everything is said: it asked for help, or was wrong.
    Said(ExitCode),
}

/// Reads the command line. Help and complaints are said at once, in this language.
pub(crate) fn parse(arguments: Vec<OsString>, language: Language) -> Parsed {
    let read = match language {
        Language::English => Cli::command().try_get_matches_from(arguments),
        Language::Polish => polish::command(Cli::command()).try_get_matches_from(polish::plain_help(arguments)),
    };
    match read.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Parsed::Command(Box::new(cli.command)),
        Err(error) => Parsed::Said(complaint::say(&error, language)),
    }
}

/// Knows every device of an organisation, what runs on it, and what of that is vulnerable.
#[derive(Debug, Parser)]
#[command(
    name = "purser",
    version,
    max_term_width = 120,
    after_help = "Exit codes: 0 done; 1 failed, or a check did not hold; 2 wrong command line; 3 the network is away."
)]
pub(crate) struct Cli {
    /// The language to speak [default: that of LC_ALL, LC_MESSAGES or LANG, else English]
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE", display_order = 900)]
    language: Option<Spoken>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The languages of [`Language`], as they are typed. Which one it is has been looked up before, in [`Language::choose`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spoken {
    /// English
    En,
    /// Polski
    Pl,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(InitArguments),
    Serve(ServeArguments),
    /// Say whether the server on a data folder is ready; exits with 1 if it is not
    Health(HostArguments),
    Scan(ScanArguments),
    /// Look at how versions are ordered.
    Versions {
        #[command(subcommand)]
        check: VersionsCommand,
    },
    /// Make and list tenants, on the server's host
    Tenant {
        #[command(subcommand)]
        command: TenantCommand,
    },
    /// Help users who cannot sign in, on the server's host
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Make tokens by which devices join, on the server's host
    Enrolment {
        #[command(subcommand)]
        command: EnrolmentCommand,
    },
    /// Make API and telemetry tokens, on the server's host
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Import, fetch and list feeds of advisories, on the server's host
    Feeds {
        #[command(subcommand)]
        command: FeedsCommand,
    },
    Doctor(DoctorArguments),
    /// Look after the keyring, on the server's host
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Have a device, a user or a whole tenant erased, on the server's host
    Erasure {
        #[command(subcommand)]
        command: ErasureCommand,
    },
    /// Read the ledger of what was done, on the server's host
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// Read the access log, on the server's host
    AccessLog {
        #[command(subcommand)]
        command: AccessLogCommand,
    },
    /// See who is banned for a flood of refused requests, and let them in again, on the server's host
    Bans {
        #[command(subcommand)]
        command: BansCommand,
    },
    /// Bind tokens to keys of those who use them, on the server's host
    ClientCertificate {
        #[command(subcommand)]
        command: ClientCertificateCommand,
    },
    /// Say who may administer the installation from elsewhere, and what of it, on the server's host
    Operator {
        #[command(subcommand)]
        command: OperatorCommand,
    },
    /// Keep the registers that the law asks an operator for, on the server's host
    Registers {
        #[command(subcommand)]
        command: RegistersCommand,
    },
    /// See for how long data are kept, and end what is past that, on the server's host
    Retention {
        #[command(subcommand)]
        command: RetentionCommand,
    },
    /// Accept stored data that were put back on purpose, on the server's host
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// See whether owners can be told by mail, on the server's host
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// Answer requests of people about their data (GDPR, Art. 15 to 21), on the server's host
    Rights {
        #[command(subcommand)]
        command: RightsCommand,
    },
    /// Act on a breach of security: clocks, whose data it affected, and telling them, on the server's host
    Breach {
        #[command(subcommand)]
        command: BreachCommand,
    },
    Export(ExportArguments),
    Import(ImportArguments),
    Leave(LeaveArguments),
    /// Verify what this or another installation has given out, which needs neither a server nor a network; and what is stored
    Verify {
        #[command(subcommand)]
        command: VerifyCommand,
    },
    /// Be a witness of logs: remember what they were, and cosign what grew out of it; on a machine that is not the server's
    Witness {
        #[command(subcommand)]
        command: WitnessCommand,
    },
    /// Speak for a ledger as its owner, with a key that no server has
    Owner {
        #[command(subcommand)]
        command: OwnerCommand,
    },
    /// Print the SHA-256 fingerprint of the server's certificate, as a browser shows it
    Certificate(HostArguments),
    TrustCa(TrustCaArguments),
}

/// Which installation, on this host.
#[derive(Args, Clone, Debug)]
pub(crate) struct FolderArguments {
    /// The data folder [default: ~/.local/share/purser]
    #[arg(long, value_name = "DIR", env = "PURSER_DATA")]
    pub(crate) data: Option<PathBuf>,
}

/// Which installation, wherever it is.
#[derive(Args, Clone, Debug)]
pub(crate) struct HostArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    #[command(flatten)]
    pub(crate) door: Box<OperatorDoorArguments>,
}

/// How the server is reached and where it stores.
#[derive(Args, Debug)]
pub(crate) struct WishArguments {
    /// PostgreSQL instead of embedded storage: postgres://OWNER:PASSWORD@HOST:PORT/DATABASE. Decided at `init`
    #[arg(long, value_name = "URL", env = "PURSER_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// The address under which people and agents reach the server [default: https://localhost:8443]
    #[arg(long, value_name = "URL", env = "PURSER_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// The network address to listen on; 0.0.0.0:8443 for other machines [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT", env = "PURSER_LISTEN")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// A second network address, for programs that show a client certificate (0.0.0.0:9443, ...); nobody comes in there without one
    #[arg(long, value_name = "ADDRESS:PORT", env = "PURSER_LISTEN_MTLS")]
    pub(crate) listen_mtls: Option<std::net::SocketAddr>,
    /// A network address of the operators' own (127.0.0.1:9444, ...), for administration by named people with client certificates
    /// (`purser operator`) [default: on the Unix socket only]
    #[arg(long, value_name = "ADDRESS:PORT", env = "PURSER_LISTEN_OPERATOR")]
    pub(crate) listen_operator: Option<std::net::SocketAddr>,
    /// Your own certificate with its chain (PEM), instead of one by the installation's own authority
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of --tls-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The passphrase file, where it is to be elsewhere than in the data folder
    #[arg(long, value_name = "FILE", env = "PURSER_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) root: RootArguments,
    /// The certificate of a load balancer or reverse proxy that ends TLS in front of this server: its PEM file, read again
    /// every hour, or its SHA-256; agents accept it then. May be given several times
    #[arg(long, value_name = "FILE|SHA256")]
    pub(crate) front_cert: Vec<String>,
    /// A proxy in front of this server that is believed about whom it stands for: the address or network of a load balancer,
    /// which then has to send PROXY protocol v2, or `unix` for a reverse proxy on the Unix socket, which sends
    /// X-Forwarded-For. May be given several times
    #[arg(long, value_name = "NETWORK", env = "PURSER_TRUSTED_PROXY", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<String>,
    /// What becomes of requests that have the shape of an attack: `detect` counts and logs them, `block` refuses them too, `off`
    /// does not look [default: detect]
    #[arg(long, value_name = "MODE", env = "PURSER_REQUEST_FILTER")]
    pub(crate) request_filter: Option<String>,
    /// Whom to ask about privacy: an e-mail address, or a web address. Stands on the Trust page and in security.txt
    #[arg(long, value_name = "CONTACT", env = "PURSER_PRIVACY_CONTACT")]
    pub(crate) privacy_contact: Option<String>,
    /// Whom to tell of a weakness, in security.txt [default: that of --privacy-contact]
    #[arg(long, value_name = "CONTACT", env = "PURSER_SECURITY_CONTACT")]
    pub(crate) security_contact: Option<String>,
    /// Never fetch feeds of advisories, not even when asked: the server opens no connection to the outside
    #[arg(long, env = "PURSER_OFFLINE", value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) offline: bool,
}

/// Make a new installation: data folder, passphrase file, keys, certificate authority.
///
/// What is given here is remembered in the data folder, so that later commands need --data only. An existing installation
/// is never overwritten.
#[derive(Args, Debug)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    pub(crate) host: FolderArguments,
    #[command(flatten)]
    pub(crate) wishes: WishArguments,
}

/// Run the server, until SIGINT or SIGTERM.
///
/// It serves HTTPS on the network, and health and administration on a Unix socket in the data folder. Options count for this
/// run; what `purser init` was told counts otherwise. PURSER_LOG=debug says more.
#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) host: FolderArguments,
    #[command(flatten)]
    pub(crate) wishes: WishArguments,
    /// The form of log lines, on the standard error
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    pub(crate) log: LogForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Make a tenant, and the one-time link by which its owner sets the account up
    Create {
        /// The organisation's name; without one it goes by its number
        name: Option<String>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List every tenant
    List {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Make a new set-up link for an owner who has not used the first one, which stops working
    Link {
        /// The tenant's number (ten_...)
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Let people sign in with their passwords again, where a provider of single sign-on is asked for and fails
    ReleaseSignOn {
        /// The tenant's number (ten_...)
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
    },
    /// Let people, programs and devices in from every network again, where an allow-list shut out who could change it
    ClearNetworks {
        /// The tenant's number (ten_...)
        tenant: String,
        #[command(flatten)]
        host: HostArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a one-time link for somebody who lost password or second factor
    Recover {
        /// The tenant's number (ten_...)
        #[arg(long)]
        tenant: String,
        /// The account's e-mail address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnrolmentCommand {
    /// Make a token by which devices join, and print the command to run on them
    Create {
        /// The tenant's number (ten_...)
        #[arg(long)]
        tenant: String,
        /// What people call it
        #[arg(long, default_value = "Made on the host")]
        name: String,
        /// A label that its devices get; may be given several times
        #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
        label: Vec<(String, String)>,
        /// How long it works, in hours
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        hours: u64,
        /// How many devices may join by it [default: any number]
        #[arg(long, value_name = "NUMBER")]
        uses: Option<i64>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

/// Look, in the live installation, whether promises are kept, on the server's host.
///
/// Each check says ok, warning (somebody must do something), failed or unknown; one that cannot run says unknown, never ok. A
/// running server makes every check each half hour by itself, and its ledger tells of each that gets worse. Exit codes: 0 nothing
/// failed; 1 something failed; 2 nothing failed, but something is unknown.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct DoctorArguments {
    #[command(subcommand)]
    pub(crate) command: Option<DoctorCommand>,
    /// One check only, by its name; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) check: Vec<String>,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DoctorCommand {
    /// Compare each tenant's fleet index with one made from the rows alone; exits with 1 if one differs
    Index {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FeedsCommand {
    /// Import files of advisories (OSV as JSON, JSON lines or YAML), of known exploited vulnerabilities (CISA KEV) or of EPSS
    /// scores; each file wholly or not at all. Plain, .zst, .gz, .zip or .tar
    Import {
        /// A file, or a directory of such files
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Fetch feeds from their publishers now; exits with 3 if the network is away
    Fetch {
        /// The feed's name; `purser feeds list` shows them
        #[arg(value_name = "FEED", required_unless_present = "all")]
        feed: Option<String>,
        /// Every feed that is switched on
        #[arg(long, conflicts_with = "feed")]
        all: bool,
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// List every feed and how it stands
    List {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

/// Print the certificate of the installation's own authority, or install it for programs of this host.
///
/// The authority may vouch for this server's names only: trusting it gives its key no power over other sites.
#[derive(Args, Debug)]
pub(crate) struct TrustCaArguments {
    #[command(flatten)]
    pub(crate) host: HostArguments,
    /// Write it to this file instead of the standard output
    #[arg(long, value_name = "FILE", conflicts_with = "system")]
    pub(crate) file: Option<PathBuf>,
    /// Add it to this host's own trust store (Debian's ca-certificates; needs root). Browsers may have stores of their own
    #[arg(long)]
    pub(crate) system: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VersionsCommand {
    Check(CheckArguments),
}

/// Compare our order of versions with a native tool's answers.
///
/// Each line of the file is `a TAB b TAB sign`, the sign being -1, 0 or 1 as a comes before, equals or comes after b.
/// Prints how many lines agree and every line that does not; exits with 1 if there is one.
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// Whose order: deb, rpm, pep440, npm, rubygems, maven, go, crates.io
    #[arg(long, value_parser = ecosystem)]
    pub(crate) ecosystem: versions::Ecosystem,
    /// The file; may be packed with zstd
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// How rows are printed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct OutputArguments {
    /// How rows are printed
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Columns for people
    Table,
    /// JSON for programs
    Json,
}

fn label(text: &str) -> Result<(String, String), Wrong> {
    let wrong = || Wrong(sentence!("expected KEY=VALUE", "oczekiwano KLUCZ=WARTOŚĆ"));
    let (key, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((key.to_owned(), value.to_owned()))
}

fn ecosystem(name: &str) -> Result<versions::Ecosystem, Wrong> {
    versions::Ecosystem::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = versions::Ecosystem::ALL.iter().map(|ecosystem| ecosystem.name()).collect();
        let known = known.join(", ");
        Wrong(sentence!("no order of this name; there are {known}", "nie ma porządku o tej nazwie; są {known}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
