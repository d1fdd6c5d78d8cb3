//! A resource as it is kept: only the attributes that are known, by their right names, each with a value of its kind.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::attribute::{Attribute, Holds, ResourceKind, Set, part};
use super::fault::Fault;

/// Longest text of an attribute, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// Most values of an attribute of a person.
pub const VALUES_MAX: usize = 8;
/// Most members of a group.
pub const MEMBERS_MAX: usize = 2_000;

/// What a directory told, of a body: what the server sets itself, and what is not kept, is left out.
pub(crate) fn told(kind: ResourceKind, body: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut told = Map::new();
    for (name, value) in body {
        let Some(attribute) = kind.attribute(name).filter(|attribute| attribute.set != Set::ByServer) else { continue };
        if let Some(value) = value_of(attribute, value)?
            && told.insert(attribute.name.to_owned(), value).is_some()
        {
            return Err(Fault::Syntax(format!("{} is there twice", attribute.name)));
        }
    }
    Ok(told)
}

/// A value of an attribute; none for one that is empty, which is the same as none (RFC 7643 section 2.5).
pub(crate) fn value_of(attribute: &'static Attribute, value: &Value) -> Result<Option<Value>, Fault> {
    if !attribute.is_many {
        return one(attribute, value);
    }
    let given = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        // A single value stands for a list of one.
        value => std::slice::from_ref(value),
    };
    let limit = if attribute.name == "members" { MEMBERS_MAX } else { VALUES_MAX };
    let mut items: Vec<Value> = Vec::new();
    let mut seen = HashSet::new();
    for value in given {
        let Some(item) = one(attribute, value)? else { continue };
        if seen.insert(mark_of(attribute, &item)) {
            items.push(item);
        }
        if items.len() > limit {
            return Err(Fault::TooMany { what: attribute.name, limit });
        }
    }
    check_primary(attribute, &items)?;
    Ok((!items.is_empty()).then_some(Value::Array(items)))
}

/// By what a value is told from others of its attribute: members by who they are. In a set, since a list may have thousands.
pub(crate) fn mark_of(attribute: &Attribute, item: &Value) -> String {
    let told_by = if attribute.name == "members" { item.get("value").unwrap_or(&Value::Null) } else { item };
    told_by.to_string()
}

/// The marks of values.
pub(crate) fn marks_of(attribute: &Attribute, items: &[Value]) -> HashSet<String> {
    items.iter().map(|item| mark_of(attribute, item)).collect()
}

/// At most one value is the primary one (RFC 7643 section 2.4).
pub(crate) fn check_primary(attribute: &Attribute, items: &[Value]) -> Result<(), Fault> {
    let primary = items.iter().filter(|item| item.get("primary") == Some(&Value::Bool(true))).count();
    if primary > 1 { Err(Fault::Value(format!("at most one of {} is primary", attribute.name))) } else { Ok(()) }
}

fn one(attribute: &'static Attribute, value: &Value) -> Result<Option<Value>, Fault> {
    let wrong = |expected: &str| Fault::Value(format!("{} is {expected}", attribute.name));
    let value = match (attribute.holds, value) {
        (_, Value::Null) => return Ok(None),
        (Holds::Parts(_), Value::Object(fields)) => return parts(attribute, fields),
        // Some directories tell addresses and members as texts.
        (Holds::Parts(parts), Value::String(_)) if parts.iter().any(|part| part.name == "value") => {
            let fields = Map::from_iter([("value".to_owned(), value.clone())]);
            return self::parts(attribute, &fields);
        }
        (Holds::Parts(_), _) => return Err(wrong("an object")),
        (Holds::Boolean, Value::Bool(is_so)) => Value::Bool(*is_so),
        // Microsoft's directory tells them so.
        (Holds::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Value::Bool(true),
        (Holds::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Value::Bool(false),
        (Holds::Boolean, _) => return Err(wrong("true or false")),
        (_, Value::String(text)) => match text.trim() {
            "" => return Ok(None),
            text if text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) => {
                return Err(wrong(&format!("a text of at most {TEXT_BYTES_MAX} bytes without control characters")));
            }
            text => Value::String(text.to_owned()),
        },
        _ => return Err(wrong("a text")),
    };
    let is_known = |text: &str| attribute.of.is_empty() || attribute.of.contains(&text);
    match &value {
        Value::String(text) if !is_known(text) => Err(wrong(&format!("one of {}", attribute.of.join(", ")))),
        _ => Ok(Some(value)),
    }
}

fn parts(attribute: &'static Attribute, fields: &Map<String, Value>) -> Result<Option<Value>, Fault> {
    let mut told = Map::new();
    for (name, value) in fields {
        let Some(part) = part(attribute, name).filter(|part| part.set != Set::ByServer) else { continue };
        if let Some(value) = one(part, value)? {
            told.insert(part.name.to_owned(), value);
        }
    }
    if told.is_empty() {
        return Ok(None);
    }
    match attribute.parts().iter().find(|part| part.is_required && !told.contains_key(part.name)) {
        Some(part) => Err(Fault::Value(format!("each of {} has a {}", attribute.name, part.name))),
        None => Ok(Some(Value::Object(told))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(body: Value) -> Result<Value, Fault> {
        told(ResourceKind::User, body.as_object().expect("an object")).map(Value::Object)
    }

    #[test]
    fn what_is_kept_has_its_right_name_and_the_rest_is_left_out() {
        let body = json!({
            "schemas": ["urn:x"], "id": "usr_1", "meta": {}, "USERNAME": " ada ", "active": "False", "title": "Countess", "password": "secret",
            "name": { "givenName": "Ada", "middleName": "Augusta" }, "displayName": null, "groups": [{ "value": "pgr_1" }], "emails": "ada@example.org",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Engines" },
        });
        let told = user(body).expect("told");
        let expected =
            json!({ "userName": "ada", "active": false, "name": { "givenName": "Ada" }, "emails": [{ "value": "ada@example.org" }] });
        assert_eq!(told, expected);
    }

    #[test]
    fn a_value_of_another_kind_is_refused_by_name() {
        for (body, name) in [
            (json!({ "userName": 1 }), "userName"),
            (json!({ "active": "yes" }), "active"),
            (json!({ "name": "Ada" }), "name"),
            (json!({ "emails": [{ "type": "work" }] }), "emails"),
            (json!({ "emails": [{ "value": "a", "type": "pigeon" }] }), "type"),
            (json!({ "displayName": "a\u{0}b" }), "displayName"),
            (json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }), "emails"),
            (json!({ "userName": "a", "username": "b" }), "userName"),
        ] {
            let fault = user(body.clone()).expect_err("refused").to_string();
            assert!(fault.contains(name), "{body}: {fault}");
        }
    }

    #[test]
    fn texts_and_lists_keep_their_limits() {
        let of_length = |length: usize| user(json!({ "displayName": "a".repeat(length) }));
        assert!(of_length(TEXT_BYTES_MAX).is_ok() && of_length(TEXT_BYTES_MAX + 1).is_err());
        let emails = |count: usize| user(json!({ "emails": (0..count).map(|n| n.to_string()).collect::<Vec<_>>() }));
        assert!(emails(VALUES_MAX).is_ok());
        assert_eq!(emails(VALUES_MAX + 1), Err(Fault::TooMany { what: "emails", limit: VALUES_MAX }));
        let members = |count: usize| {
            let body = json!({ "members": (0..count).map(|n| json!({ "value": n.to_string() })).collect::<Vec<_>>() });
            told(ResourceKind::Group, body.as_object().expect("an object"))
        };
        assert!(members(MEMBERS_MAX).is_ok());
        assert_eq!(members(MEMBERS_MAX + 1), Err(Fault::TooMany { what: "members", limit: MEMBERS_MAX }));
        let twice =
            told(ResourceKind::Group, json!({ "members": ["a", { "value": "a", "type": "User" }] }).as_object().expect("an object"));
        assert_eq!(twice.expect("told")["members"].as_array().map(Vec::len), Some(1), "the same member twice is one");
    }
}
