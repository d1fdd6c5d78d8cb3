//! A stored value as an export tells it: JSON where the content is JSON, text forms for ids and times, `$` for what is neither.
//!
//! ```text
//! "email": "anna@example.org"                   a sealed value, opened: the JSON that was sealed
//! "body": {"$packed": {…}}                      the same, sealed in compressed form
//! "card": {"$erased": true}                     its key was destroyed: an erasure
//! "card": {"$altered": true}                    it does not open: somebody changed or moved it in the database
//! "tenant_id": "ten_…", "enrolled_at": "2026-01-01T00:00:00Z", "digest": "00ff…"
//! ```
//!
//! Numbers beyond 2^53 are texts, since many readers of JSON would round them.

use std::collections::BTreeMap;
use std::io::Read as _;

use kernel::data_map::{Column, Storage};
use kernel::{
    CertificateId, DeviceId, EnrolmentTokenId, GroupId, ImageId, KeyError, KeyRef, KeyRing, LeafId, PasskeyId, Place, ReceiptId, SessionId,
    TenantId, TokenId, UserId,
};
use seal::hex;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use store::{MappedTable, Row, StoreError, Type, Value};
use wire::Timestamp;
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::ledger::stored::Stored;

/// Largest content after decompression, in bytes.
const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How a zstd frame begins.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Compression of what is sealed again.
const ZSTD_LEVEL: i32 = 1;
/// Beyond this many readers of JSON round.
const EXACT_NUMBER_MAX: u64 = 1 << 53;
/// The text of an id of a column's kind.
type IdText = fn(i64) -> Option<String>;
/// The number of such a text.
type IdNumber = fn(&str) -> Option<i64>;

macro_rules! ids {
    ($($column:literal => $id:ident;)*) => {
        /// Columns that hold ids, and the text form of each.
        const IDS: &[(&str, IdText, IdNumber)] = &[$((
            $column,
            |number| $id::from_number(number).map(|id| id.to_string()),
            |text| text.parse::<$id>().ok().map($id::number),
        )),*];
    };
}

ids! {
    "certificate_id" => CertificateId;
    "cloned_from" => DeviceId;
    "device_id" => DeviceId;
    "enrolment_token_id" => EnrolmentTokenId;
    "group_id" => GroupId;
    "image_id" => ImageId;
    "leaf_id" => LeafId;
    "passkey_id" => PasskeyId;
    "receipt_id" => ReceiptId;
    "session_id" => SessionId;
    "tenant_id" => TenantId;
    "token_id" => TokenId;
    "user_id" => UserId;
}

/// What a sealed value turned out to be.
pub(crate) enum Opened {
    /// This.
    Content(Zeroizing<Vec<u8>>),
    /// A ledger's entry with its salt.
    Entry([u8; 32], Json),
    /// Its key was destroyed.
    Erased,
    /// It was changed, moved, or sealed for another place.
    Altered,
}

/// Whether a column's values are sealed.
pub(crate) const fn is_sealed(storage: Storage) -> bool {
    !matches!(storage, Storage::Clear | Storage::KeyedHash | Storage::Digest)
}

/// Opens the sealed value of a row; nothing where there is none.
///
/// # Errors
/// [`StoreError::Misuse`] for a table that does not say what its values are bound to; the keyring's.
pub(crate) fn open(
    keys: &dyn KeyRing,
    table: &'static MappedTable,
    tenant: TenantId,
    row: &Row,
    column: &Column,
) -> Result<Option<Opened>, StoreError> {
    let map = table.map();
    let number = |name: &str| match table.place_of(name).and_then(|place| row.values().get(place)) {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err(StoreError::Misuse(format!("{} has no number in {name}", map.name))),
    };
    let at = table.place_of(column.name).ok_or_else(|| StoreError::Misuse(format!("{} has no {}", map.name, column.name)))?;
    let Some(sealed): Option<Vec<u8>> = row.get(at)? else {
        // An entry of the ledger is never emptied: an erasure destroys its key.
        return Ok(is_entry(map.number, column).then_some(Opened::Altered));
    };
    if is_entry(map.number, column) {
        return entry(keys, table, tenant, row).map(Some);
    }
    let (key, place) = lock_of(table, tenant, column, number)?;
    match keys.open(key, place, &sealed) {
        Ok(content) => Ok(Some(Opened::Content(content))),
        Err(KeyError::Missing) => Ok(Some(if keys.was_destroyed(key)? { Opened::Erased } else { Opened::Altered })),
        Err(KeyError::Altered { .. }) => Ok(Some(Opened::Altered)),
        Err(error) => Err(error.into()),
    }
}

/// Under which key a column's value lies, and for which place it is sealed; for all but the ledger's entries.
pub(crate) fn lock_of(
    table: &'static MappedTable,
    tenant: TenantId,
    column: &Column,
    number: impl Fn(&str) -> Result<i64, StoreError>,
) -> Result<(KeyRef, Place), StoreError> {
    let map = table.map();
    let bound_to = map.bound_to.ok_or_else(|| StoreError::Misuse(format!("{} does not say what its values are bound to", map.name)))?;
    let of = |id: Option<KeyRef>| id.ok_or_else(|| StoreError::Corrupt(format!("{} names no subject", map.name)));
    let key = match column.storage {
        Storage::SealedTenant => KeyRef::Tenant(tenant),
        Storage::SealedDevice => of(DeviceId::from_number(number("device_id")?).map(|device| KeyRef::Device(tenant, device)))?,
        Storage::SealedUser => of(UserId::from_number(number("user_id")?).map(|user| KeyRef::User(tenant, user)))?,
        Storage::SealedInstance => KeyRef::Instance,
        Storage::SealedSubject | Storage::Clear | Storage::KeyedHash | Storage::Digest => {
            return Err(StoreError::Misuse(format!("{}.{} is not sealed in a way that is known", map.name, column.name)));
        }
    };
    Ok((key, Place { table: map.number, column: column.number, row: number(bound_to)? }))
}

pub(crate) fn is_entry(table: u16, column: &Column) -> bool {
    table == place::LEDGER_LEAF && column.number == place::LEAF_SEALED
}

fn entry(keys: &dyn KeyRing, table: &'static MappedTable, tenant: TenantId, row: &Row) -> Result<Opened, StoreError> {
    let place = |name: &str| table.place_of(name).ok_or_else(|| StoreError::Misuse(format!("a leaf has no {name}")));
    match Stored::of_columns(row, tenant, place).and_then(|stored| stored.open(keys)) {
        Ok(Some((salt, entry))) => Ok(Opened::Entry(salt, entry)),
        Ok(None) => Ok(Opened::Erased),
        Err(StoreError::Corrupt(_) | StoreError::Key(KeyError::Altered { .. })) => Ok(Opened::Altered),
        Err(error) => Err(error),
    }
}

/// An opened value as JSON.
pub(crate) fn opened(value: &Opened) -> Result<Box<RawValue>, serde_json::Error> {
    match value {
        Opened::Erased => raw(&json!({ "$erased": true })),
        Opened::Altered => raw(&json!({ "$altered": true })),
        Opened::Entry(salt, entry) => raw(&json!({ "salt": hex::encode(salt), "entry": entry })),
        Opened::Content(bytes) => content(bytes),
    }
}

fn content(bytes: &[u8]) -> Result<Box<RawValue>, serde_json::Error> {
    if bytes.starts_with(&ZSTD_MAGIC)
        && let Some(unpacked) = unpacked(bytes)
        && let Some(json) = as_json(&unpacked)
    {
        return RawValue::from_string(format!("{{\"$packed\":{json}}}"));
    }
    match as_json(bytes) {
        // Such an object would be taken for one of ours.
        Some(json) if is_marked(json) => RawValue::from_string(format!("{{\"$json\":{json}}}")),
        Some(json) => RawValue::from_string(json.to_owned()),
        None => raw(&json!({ "$hex": hex::encode(bytes) })),
    }
}

fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let decoder = zstd::stream::Decoder::new(bytes).ok()?;
    decoder.take(UNPACKED_BYTES_MAX + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 <= UNPACKED_BYTES_MAX).then_some(unpacked)
}

/// The text, where it is JSON on one line.
fn as_json(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains(['\n', '\r']))?;
    serde_json::from_str::<&RawValue>(text).ok().map(|_| text)
}

fn is_marked(json: &str) -> bool {
    json.trim_start().strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with("\"$"))
}

fn raw(value: &Json) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::value::to_raw_value(value)
}

/// What a line says of a sealed value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// There is none.
    Nothing,
    /// What is to be sealed.
    Content(Vec<u8>),
    /// It was erased.
    Erased,
}

/// What is to be sealed again; nothing where a line does not say it.
pub(crate) fn told(json: &RawValue, is_entry: bool) -> Option<Told> {
    let text = json.get();
    if text == "null" {
        return Some(Told::Nothing);
    }
    if is_entry && !is_marked(text) {
        let Entry { salt, entry } = serde_json::from_str(text).ok()?;
        return Some(Told::Content([&hex::decode::<32>(&salt)?[..], entry.get().as_bytes()].concat()));
    }
    if !is_marked(text) {
        return Some(Told::Content(text.as_bytes().to_vec()));
    }
    let marked: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let (mark, inner) = marked.into_iter().next()?;
    match mark.as_str() {
        "$erased" => Some(Told::Erased),
        "$json" => Some(Told::Content(inner.get().as_bytes().to_vec())),
        "$hex" => Some(Told::Content(hex::decode_all(&serde_json::from_str::<String>(inner.get()).ok()?)?)),
        "$packed" => Some(Told::Content(zstd::bulk::compress(inner.get().as_bytes(), ZSTD_LEVEL).ok()?)),
        _ => None,
    }
}

#[derive(serde::Deserialize)]
struct Entry<'j> {
    salt: String,
    #[serde(borrow)]
    entry: &'j RawValue,
}

/// The value of a column that is not sealed; nothing where a line does not say one of its type.
pub(crate) fn value_of(column: &str, kind: Type, json: &RawValue) -> Option<Value> {
    Some(match (kind, serde_json::from_str::<Json>(json.get()).ok()?) {
        (_, Json::Null) => Value::Null,
        (Type::Boolean, Json::Bool(value)) => Value::Bool(value),
        (Type::Double, Json::Number(number)) => Value::Double(number.as_f64()?),
        (Type::Text, Json::String(text)) => Value::Text(text),
        (Type::Blob, Json::String(text)) => Value::Blob(hex::decode_all(&text)?),
        (Type::BigInt, Json::Number(number)) => Value::Int(number.as_i64()?),
        (Type::BigInt, Json::String(text)) => Value::Int(number_of(column, &text)?),
        _ => return None,
    })
}

fn number_of(column: &str, text: &str) -> Option<i64> {
    let of_id = IDS.iter().find(|(name, ..)| *name == column).and_then(|(_, _, number)| number(text));
    of_id.or_else(|| text.parse().ok()).or_else(|| time_of(text).filter(|_| column.ends_with("_at")))
}

/// A value that is not sealed, as JSON.
pub(crate) fn plain(column: &str, value: &Value) -> Result<Box<RawValue>, serde_json::Error> {
    raw(&match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Double(value) => Json::from(*value),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Blob(bytes) => Json::from(hex::encode(bytes)),
        Value::Int(number) => integer(column, *number),
    })
}

/// An id or a time in its text form, where that reads back as the same number.
fn integer(column: &str, number: i64) -> Json {
    let is_time = column.ends_with("_at");
    if is_time && let Some(text) = Some(Timestamp::from_micros(number).to_string()).filter(|text| time_of(text) == Some(number)) {
        return Json::from(text);
    }
    if let Some(text) = id_text_of(column).and_then(|text| text(number)) {
        return Json::from(text);
    }
    if number.unsigned_abs() < EXACT_NUMBER_MAX { Json::from(number) } else { Json::from(number.to_string()) }
}

fn id_text_of(column: &str) -> Option<IdText> {
    IDS.iter().find(|(name, ..)| *name == column).map(|(_, text, _)| *text)
}

fn time_of(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::micros)
}

/// How a column's values stand in the lines.
pub(crate) fn form_of(column: &str, kind: Type, storage: Storage) -> &'static str {
    match kind {
        _ if is_sealed(storage) => "opened",
        Type::BigInt if column.ends_with("_at") => "time",
        Type::BigInt if id_text_of(column).is_some() => "id",
        Type::BigInt => "integer",
        Type::Double => "number",
        Type::Text => "text",
        Type::Blob => "hexadecimal",
        Type::Boolean => "boolean",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        content(bytes).expect("JSON").get().to_owned()
    }

    #[test]
    fn content_that_is_json_stays_what_it_was_and_other_content_is_marked() {
        assert_eq!(said(br#"{"z":1,"a":1.50}"#), r#"{"z":1,"a":1.50}"#);
        assert_eq!(said(br#""a name""#), r#""a name""#);
        assert_eq!(said(b"\xff\x00"), r#"{"$hex":"ff00"}"#);
        assert_eq!(said(b"{\n}"), r#"{"$hex":"7b0a7d"}"#, "a line holds one row");
        assert_eq!(said(br#"{"$erased":true}"#), r#"{"$json":{"$erased":true}}"#, "content cannot pass for a mark of ours");
        assert_eq!(said(br#" { "$erased":true}"#), r#"{"$json": { "$erased":true}}"#);
        let packed = zstd::bulk::compress(br#"{"z":1}"#, 1).expect("packed");
        assert_eq!(said(&packed), r#"{"$packed":{"z":1}}"#);
    }

    #[test]
    fn what_is_told_is_what_was_sealed() {
        let packed = zstd::bulk::compress(br#"{"z":1}"#, ZSTD_LEVEL).expect("packed");
        for bytes in [br#"{"z":1,"a":1.50}"#.as_slice(), b"\xff\x00", b"{\n}", br#"{"$erased":true}"#, b"7", &packed] {
            let json = content(bytes).expect("JSON");
            assert_eq!(told(&json, false), Some(Told::Content(bytes.to_vec())), "{json}");
        }
        let json = |text: &str| RawValue::from_string(text.to_owned()).expect("JSON");
        assert_eq!(told(&json("null"), false), Some(Told::Nothing));
        assert_eq!(told(&json(r#"{"$erased":true}"#), true), Some(Told::Erased));
        assert_eq!(told(&json(r#"{"$altered":true}"#), false), None);
        for (column, kind, value) in [
            ("device_id", Type::BigInt, Value::Int(i64::MAX)),
            ("made_at", Type::BigInt, Value::Int(1_767_225_600_000_001)),
            ("made_at", Type::BigInt, Value::Int(i64::MIN)),
            ("change_id", Type::BigInt, Value::Int(i64::MAX)),
            ("digest", Type::Blob, Value::Blob(vec![0, 255])),
            ("ratio", Type::Double, Value::Double(0.1)),
            ("day", Type::BigInt, Value::Null),
        ] {
            assert_eq!(value_of(column, kind, &plain(column, &value).expect("JSON")), Some(value));
        }
        assert_eq!(value_of("day", Type::BigInt, &json("true")), None);
    }

    #[test]
    fn ids_times_and_large_numbers_are_texts_that_read_back_exactly() {
        assert_eq!(integer("device_id", 5), json!("dev_0000000000005"));
        assert_eq!(integer("device_id", 0), json!(0), "no id");
        assert_eq!(integer("enrolled_at", 1_767_225_600_000_001), json!("2026-01-01T00:00:00.000001Z"));
        assert_eq!(integer("enrolled_at", i64::MAX), json!(i64::MAX.to_string()), "no time that a text could tell");
        assert_eq!(integer("rows", (1 << 53) - 1), json!((1_i64 << 53) - 1));
        assert_eq!(integer("rows", 1 << 53), json!("9007199254740992"));
        assert_eq!(integer("rows", -(1 << 53)), json!("-9007199254740992"));
    }
}
