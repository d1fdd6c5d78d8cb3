//! JSON that says each thing once.
//!
//! Of an object that has a name twice, one reader takes the first and another the last: a commitment could be checked over
//! one of them while a person is shown the other. So whatever is verified is read by [`parse`], which refuses both.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// An object has a name twice.
    #[error("something is named twice in it: two readers could read it differently")]
    Twice,
    /// It is not JSON.
    #[error("it is not JSON")]
    NotJson,
}

/// What the parser says, so that a name that is there twice is told from other mistakes.
const TWICE: &str = "a name is there twice";

/// The value of a text.
///
/// # Errors
/// [`JsonError`].
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Strict.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| if error.to_string().starts_with(TWICE) { JsonError::Twice } else { JsonError::NotJson })
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Strict)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name, value).is_some() {
                return Err(de::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_says_each_thing_once_is_read_as_it_is() {
        let text = r#"{"a": [1, -2, 0.5, null, true, "x", {}], "b": {"a": {"a": 18446744073709551615}}}"#;
        assert_eq!(parse(text), Ok(json!({"a": [1, -2, 0.5, null, true, "x", {}], "b": {"a": {"a": u64::MAX}}})));
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused_however_deep_and_however_written() {
        for text in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"a": 1, "c": 2, "a": 3}}]"#, r#"{"a": 1, "\u0061": 2}"#] {
            assert_eq!(parse(text), Err(JsonError::Twice), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_or_goes_on_behind_it_is_refused() {
        for text in ["", "{", "{} {}", "nul", "[1,]"] {
            assert_eq!(parse(text), Err(JsonError::NotJson), "{text}");
        }
    }
}
