//! CISA's catalogue of known exploited vulnerabilities (KEV): one JSON object with all of them, or one a line.

use serde::{Deserialize, Serialize};

use crate::cve::Cve;
use crate::document::RecordRefusal;

/// Longest text kept of one field, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// A vulnerability that is known to be exploited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownExploited {
    /// Which.
    pub cve: Cve,
    /// When CISA added it, as `YYYY-MM-DD`.
    pub added_on: String,
    /// By when US agencies must have acted, as `YYYY-MM-DD`.
    pub due_on: Option<String>,
    /// Whether ransomware is known to use it.
    pub ransomware: bool,
    /// The catalogue's name for it.
    pub name: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Raw {
    #[serde(rename = "cveID")]
    cve_id: String,
    date_added: String,
    due_date: Option<String>,
    vulnerability_name: Option<String>,
    known_ransomware_campaign_use: Option<String>,
}

/// The whole catalogue; each vulnerability is read for itself, so that one malformed entry refuses only itself.
#[derive(Deserialize)]
pub(crate) struct Catalogue {
    pub(crate) vulnerabilities: Vec<serde_json::Value>,
}

impl TryFrom<Raw> for KnownExploited {
    type Error = RecordRefusal;

    fn try_from(raw: Raw) -> Result<Self, RecordRefusal> {
        let cve = raw.cve_id.parse().map_err(|_| RecordRefusal::Cve { text: crate::document::excerpt(&raw.cve_id) })?;
        let date = |text: &str| is_date(text).then(|| text.to_owned()).ok_or(RecordRefusal::Date { field: "dateAdded or dueDate" });
        let name = raw.vulnerability_name.unwrap_or_default();
        if name.len() > TEXT_BYTES_MAX {
            return Err(RecordRefusal::TooLarge { field: "vulnerabilityName", limit: TEXT_BYTES_MAX });
        }
        Ok(Self {
            cve,
            added_on: date(&raw.date_added)?,
            due_on: raw.due_date.as_deref().filter(|text| !text.is_empty()).map(date).transpose()?,
            ransomware: raw.known_ransomware_campaign_use.as_deref() == Some("Known"),
            name,
        })
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && format!("{text}T00:00:00Z").parse::<wire::Timestamp>().is_ok()
}
