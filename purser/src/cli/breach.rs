//! `purser breach`, as it is typed.

use clap::{Args, Subcommand};
use wire::Timestamp;
use words::sentence;

use super::{HostArguments, OutputArguments, Wrong};

#[derive(Debug, Subcommand)]
pub(crate) enum BreachCommand {
    Open(BreachOpenArguments),
    /// List every case, and by when each of its steps is due
    List {
        #[command(flatten)]
        host: HostArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Show a case: its steps and everything that was done about it
    Show {
        #[command(flatten)]
        case: CaseArguments,
    },
    Assess(BreachAssessArguments),
    /// List the tenants that are affected, with the entries of the ledger that say so
    Affected {
        #[command(flatten)]
        case: CaseArguments,
    },
    Tell(BreachTellArguments),
    /// Say that a step was taken, and what shows it
    Done {
        #[command(flatten)]
        case: CaseArguments,
        /// The step; `purser breach show` shows them
        #[arg(value_name = "STEP")]
        step: String,
        /// What shows it: who was told, how, the number of the receipt
        #[arg(long, value_name = "TEXT")]
        evidence: String,
        /// SHA-256 of a document that is kept elsewhere, as sha256sum prints it
        #[arg(long, value_name = "SHA256")]
        document: Option<String>,
    },
    /// Say that a step need not be taken, and why
    Waive {
        #[command(flatten)]
        case: CaseArguments,
        /// The step; `purser breach show` shows them
        #[arg(value_name = "STEP")]
        step: String,
        /// Why it need not be taken
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Close a case; every step must be done or waived
    Close {
        #[command(flatten)]
        case: CaseArguments,
        /// What is to be said at its end
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
}

/// Which case, of which installation.
#[derive(Args, Debug)]
pub(crate) struct CaseArguments {
    /// The case's id (cas_...)
    #[arg(value_name = "CASE")]
    pub(crate) case: String,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Open a case: from the moment at which you became aware of the breach, clocks run.
///
/// What you write is sealed under the instance's key, and no erasure of a person reaches it: name nobody where a number will do.
#[derive(Args, Debug)]
pub(crate) struct BreachOpenArguments {
    /// What happened
    #[arg(long, value_name = "TEXT")]
    pub(crate) about: String,
    /// A law whose steps are to be taken: gdpr, cra, nis2; may be given several times
    #[arg(long, value_name = "LAW", required = true)]
    pub(crate) law: Vec<String>,
    /// When you became aware, as in 2026-11-22T05:54:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) aware_at: Option<Timestamp>,
    /// Within how many hours customers are to be told, 72 at most [default: 24]
    #[arg(long, value_name = "HOURS")]
    pub(crate) customers_hours: Option<u16>,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Ask the ledgers whose data are affected.
///
/// Every tenant's ledger is looked through whole, and the instance's. A tenant whose ledger is not what was signed of it counts as
/// affected. Of a stolen account, token or device (--by) its tenant is affected, whatever it was used for.
#[derive(Args, Debug)]
pub(crate) struct BreachAssessArguments {
    #[command(flatten)]
    pub(crate) case: CaseArguments,
    /// From when on, as in 2026-11-22T05:54:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Timestamp,
    /// Until when [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<Timestamp>,
    /// Whose acts: host (whoever could read the data folder), or the id of a user, a token or a device [default: anybody's]
    #[arg(long, value_name = "WHO", conflicts_with = "everything")]
    pub(crate) by: Option<String>,
    /// Which acts: reads (readings and exports), keys, access (sign-ins, links, tokens) or any [default: any]
    #[arg(long, value_name = "ACTS", conflicts_with = "everything")]
    pub(crate) acts: Option<String>,
    /// The whole machine was taken: every tenant that there was
    #[arg(long)]
    pub(crate) everything: bool,
}

/// Tell every affected tenant, and nobody else: an entry in its own ledger, and its owners.
///
/// May be run again after another `purser breach assess`: who was told is not told again.
#[derive(Args, Debug)]
pub(crate) struct BreachTellArguments {
    #[command(flatten)]
    pub(crate) case: CaseArguments,
    /// What they are told, in English
    #[arg(long, value_name = "TEXT")]
    pub(crate) english: String,
    /// What they are told, in Polish
    #[arg(long, value_name = "TEXT")]
    pub(crate) polish: String,
}

pub(super) fn time(text: &str) -> Result<Timestamp, Wrong> {
    text.parse().map_err(|_none| {
        Wrong(sentence!(
            "expected a date and time as in 2026-11-22T05:54:00Z",
            "oczekiwano daty i godziny, na przykład 2026-11-22T05:54:00Z"
        ))
    })
}
