//! FIRST's EPSS: how likely each CVE is to be exploited within 30 days, as CSV `cve,epss,percentile`.
//!
//! FIRST's own file begins with a comment, `#model_version:...,score_date:...`; re-published ones may lack it.

use crate::cve::Cve;
use crate::document::{RecordRefusal, excerpt};

/// A CVE's score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Which.
    pub cve: Cve,
    /// Probability, 0 to 1.
    pub epss: f64,
    /// Share of all CVEs with this score or less, 0 to 1.
    pub percentile: f64,
}

/// The columns, in the order that a file must have them.
pub(crate) const HEADER: [&str; 3] = ["cve", "epss", "percentile"];

pub(crate) fn parse(row: &csv::StringRecord) -> Result<Score, RecordRefusal> {
    let field = |at: usize| row.get(at).map(str::trim).ok_or(RecordRefusal::Columns { expected: HEADER.len(), found: row.len() });
    let cve = field(0)?;
    if row.len() != HEADER.len() {
        return Err(RecordRefusal::Columns { expected: HEADER.len(), found: row.len() });
    }
    Ok(Score {
        cve: cve.parse().map_err(|_| RecordRefusal::Cve { text: excerpt(cve) })?,
        epss: probability("epss", field(1)?)?,
        percentile: probability("percentile", field(2)?)?,
    })
}

fn probability(name: &'static str, text: &str) -> Result<f64, RecordRefusal> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err(RecordRefusal::Probability { field: name, text: excerpt(text) }),
    }
}
