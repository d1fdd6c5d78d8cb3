//! A device as it is stored.

use identity::Labels;
use kernel::{DeviceId, KeyRef, KeyRing, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Row, Sealed, StoreError, Tx, params};
use wire::state::Kind;

use crate::data_map::place;
use crate::store as sql;

/// Longest name that is kept, in bytes of UTF-8; the kernel's own limit for host names is 64.
pub const DEVICE_NAME_BYTES_MAX: usize = 255;
/// Longest operating system id and version that are kept, in bytes.
pub const OS_TEXT_BYTES_MAX: usize = 64;
/// Longest printable name of an operating system that is kept, in bytes of UTF-8.
pub const OS_PRETTY_NAME_BYTES_MAX: usize = 200;

/// One device's row, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) device: DeviceId,
    /// Grows by one with each change of the row, so that an older copy of it never replaces a newer one in memory.
    pub(crate) version: i64,
    pub(crate) service: Service,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) last_seen_at: Option<Timestamp>,
    pub(crate) cloned_from: Option<DeviceId>,
    pub(crate) os: Option<OsFacts>,
    pub(crate) packages: Option<i64>,
    pub(crate) updates_pending: Option<i64>,
    pub(crate) updates_security: Option<i64>,
    pub(crate) kinds_off: Vec<Kind>,
    pub(crate) card: DeviceCard,
    /// Changes with the card, and only with it.
    pub(crate) card_version: i64,
}

/// Whether a device is in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Enrolled,
    Retired,
}

impl Service {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Retired => "retired",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        [Self::Enrolled, Self::Retired].into_iter().find(|service| service.text() == text)
    }
}

/// The operating system, as far as filters need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OsFacts {
    /// `ID` of os-release, as in `debian`.
    pub id: String,
    /// `VERSION_ID` of os-release.
    pub version_id: Option<String>,
}

impl OsFacts {
    /// What a report says, as far as it keeps os-release's own rules (`a-z`, `0-9`, `.`, `_`, `-`) and the limit: these
    /// columns lie in clear, so no free text of a host goes into them. An id that breaks the rules reads `unknown`.
    #[must_use]
    pub(crate) fn from_report(id: &str, version_id: Option<&str>) -> Self {
        Self {
            id: if is_os_text(id) { id.to_owned() } else { "unknown".to_owned() },
            version_id: version_id.filter(|text| is_os_text(text)).map(str::to_owned),
        }
    }
}

fn is_os_text(text: &str) -> bool {
    let is_taken = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    (1..=OS_TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_taken)
}

/// What names a device or is free text: sealed under the device's own key, in one piece. It prints as `[card]`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceCard {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) os_pretty_name: Option<String>,
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub(crate) labels: Labels,
}

impl std::fmt::Debug for DeviceCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[card]")
    }
}

/// A row of the roster's statements, with its card still sealed.
pub(crate) struct SealedRecord {
    /// Everything but the card.
    pub(crate) record: Record,
    sealed: Sealed<DeviceCard>,
}

impl SealedRecord {
    /// Reads a row.
    pub(crate) fn of(row: &Row) -> Result<Self, StoreError> {
        let service = Service::from_text(&row.get::<String>(2)?).ok_or_else(|| StoreError::Corrupt("a device's service".into()))?;
        let os = match row.get::<Option<String>>(6)? {
            Some(id) => Some(OsFacts { id, version_id: row.get(7)? }),
            None => None,
        };
        let record = Record {
            device: row.get(0)?,
            version: row.get(1)?,
            service,
            enrolled_at: row.get(3)?,
            last_seen_at: row.get(4)?,
            cloned_from: row.get(5)?,
            os,
            packages: row.get(8)?,
            updates_pending: row.get(9)?,
            updates_security: row.get(10)?,
            kinds_off: kinds_from_text(&row.get::<String>(11)?),
            card: DeviceCard::default(),
            card_version: row.get(13)?,
        };
        Ok(Self { record, sealed: row.get(12)? })
    }

    /// The record with its card opened. A device whose key was destroyed has no name any more, which is no fault.
    pub(crate) fn open(self, keys: &dyn KeyRing, tenant: TenantId) -> Result<Record, StoreError> {
        let device = self.record.device;
        let card = match self.sealed.open(keys, KeyRef::Device(tenant, device), place::device_card(device.number())) {
            Ok(card) => card,
            Err(error) if Sealed::<DeviceCard>::is_erased(&error) => DeviceCard::default(),
            Err(error) => return Err(error),
        };
        Ok(self.with_card(card))
    }

    /// The record with a card that is known already.
    pub(crate) fn with_card(self, card: DeviceCard) -> Record {
        Record { card, ..self.record }
    }
}

/// Seals a device's card.
pub(crate) fn seal_card(
    keys: &dyn KeyRing,
    tenant: TenantId,
    device: DeviceId,
    card: &DeviceCard,
) -> Result<Sealed<DeviceCard>, StoreError> {
    Sealed::seal(keys, KeyRef::Device(tenant, device), place::device_card(device.number()), card)
}

/// One device's record, within a transaction.
pub(crate) fn read(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, device: DeviceId) -> Result<Option<Record>, StoreError> {
    let row = tx.query_optional(&sql::DEVICE_BY_ID, &params![tenant, device])?;
    row.map(|row| SealedRecord::of(&row)?.open(keys, tenant)).transpose()
}

/// Replaces a device's card, which was read in the same transaction.
pub(crate) fn replace_card(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    tenant: TenantId,
    record: &Record,
    card: &DeviceCard,
) -> Result<(), StoreError> {
    if *card == record.card {
        return Ok(());
    }
    let sealed = seal_card(keys, tenant, record.device, card)?;
    match tx.execute(&sql::SET_CARD, &params![tenant, record.device, sealed, record.card_version])? {
        1 => Ok(()),
        _ => Err(StoreError::Conflict { constraint: "card_version".into() }),
    }
}

/// The start of a text that fits the limit, cut between characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> String {
    let end = text.char_indices().map(|(index, character)| index + character.len_utf8()).take_while(|end| *end <= bytes_max).last();
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// Kinds as they are stored: names joined by commas.
pub(crate) fn kinds_to_text(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(",")
}

/// Kinds as they were stored; unknown names are those of a newer version and are left out.
pub(crate) fn kinds_from_text(text: &str) -> Vec<Kind> {
    text.split(',').filter_map(Kind::from_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_does_not_reach_the_clear_columns() {
        let facts = OsFacts::from_report("debian", Some("12"));
        assert_eq!((facts.id.as_str(), facts.version_id.as_deref()), ("debian", Some("12")));
        let facts = OsFacts::from_report("Ada's laptop", Some("12 (Ada)"));
        assert_eq!((facts.id.as_str(), facts.version_id), ("unknown", None));
        assert_eq!(OsFacts::from_report(&"a".repeat(64), None).id.len(), 64);
        assert_eq!(OsFacts::from_report(&"a".repeat(65), None).id, "unknown");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("żółw", 4), "żó");
        assert_eq!(cut("żółw", 5), "żó");
        assert_eq!(cut("web", 3), "web");
        assert_eq!(cut("ż", 1), "");
    }

    #[test]
    fn kinds_survive_their_text() {
        assert_eq!(kinds_from_text(&kinds_to_text(&Kind::ALL)), Kind::ALL);
        assert_eq!(kinds_from_text(""), []);
    }
}
