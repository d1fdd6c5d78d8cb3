//! Canonical CBOR (RFC 8949, section 4.2.1) of a JSON value: one value, one text of bytes, for every implementation.
//!
//! A ledger commits to these bytes, and whoever verifies years later must find the same ones: lengths in the shortest
//! form, maps ordered by their encoded keys. Fractions are refused, because their shortest form is where encoders
//! differ; the ledger's entries count and name, they do not measure.

use serde_json::Value;

/// A value that has no canonical form here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ledger entry has whole numbers only")]
pub struct Fraction;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// The bytes of a value.
///
/// # Errors
/// [`Fraction`] where a number in it is not whole.
pub fn encode(value: &Value) -> Result<Vec<u8>, Fraction> {
    let mut bytes = Vec::new();
    push(&mut bytes, value)?;
    Ok(bytes)
}

fn push(bytes: &mut Vec<u8>, value: &Value) -> Result<(), Fraction> {
    match value {
        Value::Null => bytes.push(NULL),
        Value::Bool(false) => bytes.push(FALSE),
        Value::Bool(true) => bytes.push(TRUE),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(unsigned), _) => push_head(bytes, UNSIGNED, unsigned),
            // CBOR writes −1 − n; in two's complement that is the complement.
            (None, Some(negative)) => push_head(bytes, NEGATIVE, !negative as u64),
            (None, None) => return Err(Fraction),
        },
        Value::String(text) => push_text(bytes, text),
        Value::Array(items) => {
            push_head(bytes, ARRAY, items.len() as u64);
            items.iter().try_for_each(|item| push(bytes, item))?;
        }
        Value::Object(members) => {
            push_head(bytes, MAP, members.len() as u64);
            let mut encoded: Vec<(Vec<u8>, &Value)> = members.iter().map(|(name, value)| (text(name), value)).collect();
            encoded.sort_unstable_by(|left, right| left.0.cmp(&right.0));
            for (name, value) in encoded {
                bytes.extend_from_slice(&name);
                push(bytes, value)?;
            }
        }
    }
    Ok(())
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 9);
    push_text(&mut bytes, text);
    bytes
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    push_head(bytes, TEXT, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

/// A major type with its argument in the shortest form.
fn push_head(bytes: &mut Vec<u8>, major: u8, argument: u64) {
    let first = major << 5;
    match argument {
        0..=23 => bytes.push(first | argument as u8),
        24..=0xff => bytes.extend_from_slice(&[first | 24, argument as u8]),
        0x100..=0xffff => {
            bytes.push(first | 25);
            bytes.extend_from_slice(&(argument as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            bytes.push(first | 26);
            bytes.extend_from_slice(&(argument as u32).to_be_bytes());
        }
        _ => {
            bytes.push(first | 27);
            bytes.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hex(value: &Value) -> String {
        encode(value).expect("no fraction").iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn values_are_encoded_as_in_rfc_8949_appendix_a() {
        for (value, expected) in [
            (json!(0), "00"),
            (json!(23), "17"),
            (json!(24), "1818"),
            (json!(100), "1864"),
            (json!(1000), "1903e8"),
            (json!(1_000_000), "1a000f4240"),
            (json!(1_000_000_000_000_u64), "1b000000e8d4a51000"),
            (json!(u64::MAX), "1bffffffffffffffff"),
            (json!(-1), "20"),
            (json!(-100), "3863"),
            (json!(-1000), "3903e7"),
            (json!(i64::MIN), "3b7fffffffffffffff"),
            (json!(false), "f4"),
            (json!(true), "f5"),
            (json!(null), "f6"),
            (json!(""), "60"),
            (json!("IETF"), "6449455446"),
            (json!("水"), "63e6b0b4"),
            (json!([]), "80"),
            (json!([1, [2, 3], [4, 5]]), "8301820203820405"),
            (json!({}), "a0"),
            (json!({"a": 1, "b": [2, 3]}), "a26161016162820203"),
        ] {
            assert_eq!(hex(&value), expected, "{value}");
        }
    }

    #[test]
    fn map_keys_stand_in_the_order_of_their_encodings_whatever_the_text_said() {
        // A shorter key comes first, because its length does.
        let one: Value = serde_json::from_str(r#"{"aa": 1, "b": 2, "a": 3}"#).expect("JSON");
        let other: Value = serde_json::from_str(r#"{"a": 3, "b": 2, "aa": 1}"#).expect("JSON");
        assert_eq!(hex(&one), "a361610361620262616101");
        assert_eq!(hex(&one), hex(&other));
    }

    #[test]
    fn a_fraction_is_refused() {
        assert_eq!(encode(&json!({"epss": 0.5})), Err(Fraction));
    }
}
