//! Changes in part (RFC 7644 section 3.5.2): operations, in their order, on a copy of what is kept. One that cannot be done undoes
//! them all.
//!
//! A path names an attribute, one of its parts, those of its values that fit a filter, or a part of these:
//! `displayName`, `name.givenName`, `emails[type eq "work"]`, `emails[type eq "work"].value`.

use serde_json::{Map, Value};

use super::attribute::{Attribute, Holds, ResourceKind, Set, part};
use super::fault::Fault;
use super::filter::{Filter, Operator};
use super::resource::{MEMBERS_MAX, VALUES_MAX, check_primary, mark_of, marks_of, value_of};

/// Most operations of a request.
pub const OPERATIONS_MAX: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Add,
    Replace,
    Remove,
}

/// What a path chooses.
#[derive(Debug)]
struct Place {
    attribute: &'static Attribute,
    values: Option<Filter>,
    part: Option<&'static Attribute>,
}

/// What is kept, after the operations of a body.
pub(crate) fn patched(kind: ResourceKind, kept: &Map<String, Value>, body: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let operations = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("Operations")).and_then(|(_, value)| value.as_array());
    let operations = operations.ok_or_else(|| Fault::Syntax("a change has a list of Operations".to_owned()))?;
    if operations.len() > OPERATIONS_MAX {
        return Err(Fault::TooMany { what: "operations in a request", limit: OPERATIONS_MAX });
    }
    let mut changed = kept.clone();
    for operation in operations {
        let operation = operation.as_object().ok_or_else(|| Fault::Syntax("each operation is an object".to_owned()))?;
        apply(kind, &mut changed, operation)?;
    }
    Ok(changed)
}

fn apply(kind: ResourceKind, fields: &mut Map<String, Value>, operation: &Map<String, Value>) -> Result<(), Fault> {
    let act = match operation.get("op").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
        Some("add") => Act::Add,
        Some("replace") => Act::Replace,
        Some("remove") => Act::Remove,
        _ => return Err(Fault::Syntax("the op of an operation is add, replace or remove".to_owned())),
    };
    let value = operation.get("value");
    let path = match operation.get("path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.as_str()),
        Some(_) => return Err(Fault::Path("a path is a text".to_owned())),
    };
    match (act, path, value) {
        (Act::Remove, None, _) => Err(Fault::NoTarget("of a removal, which there is none of".to_owned())),
        (Act::Add | Act::Replace, None, Some(Value::Object(values))) => {
            // Some directories write paths where names stand.
            values.iter().try_for_each(|(path, value)| match place_of(kind, path)? {
                Some(place) if place.attribute.set == Set::ByServer => Ok(()),
                Some(place) => change(fields, act, &place, Some(value), path),
                None => Ok(()),
            })
        }
        (Act::Add | Act::Replace, None, _) => Err(Fault::Syntax("without a path the value is an object".to_owned())),
        (Act::Add | Act::Replace, Some(_), None) => Err(Fault::Value("the operation has no value".to_owned())),
        (_, Some(path), value) => match place_of(kind, path)? {
            Some(place) => change(fields, act, &place, value, path),
            None => Ok(()),
        },
    }
}

/// Reads a path; nothing for one of what is not kept.
fn place_of(kind: ResourceKind, path: &str) -> Result<Option<Place>, Fault> {
    let text = kind.without_schema(path.trim());
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let Some(attribute) = kind.attribute(name) else {
        return if kind.is_not_kept(path.trim()) {
            Ok(None)
        } else {
            Err(Fault::Path(format!("{} have no attribute of this name", plural(kind))))
        };
    };
    let (values, rest) = match rest.strip_prefix('[') {
        None => (None, rest),
        Some(_) if !attribute.is_many || attribute.parts().is_empty() => {
            return Err(Fault::Path(format!("{} has no values to choose from", attribute.name)));
        }
        Some(inner) => {
            let (filter, read) = Filter::within(attribute, inner)?;
            let rest = inner.get(read..).and_then(|rest| rest.strip_prefix(']'));
            (Some(filter), rest.ok_or_else(|| Fault::Path("a closing bracket is missing".to_owned()))?)
        }
    };
    let part = match rest.strip_prefix('.') {
        Some(name) => Some(part(attribute, name).ok_or_else(|| Fault::Path(format!("{} has no such part", attribute.name)))?),
        None if rest.is_empty() => None,
        None => return Err(Fault::Path("there is something behind its end".to_owned())),
    };
    Ok(Some(Place { attribute, values, part }))
}

const fn plural(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::User => "users",
        ResourceKind::Group => "groups",
    }
}

fn change(fields: &mut Map<String, Value>, act: Act, place: &Place, value: Option<&Value>, path: &str) -> Result<(), Fault> {
    let attribute = place.attribute;
    if attribute.set == Set::ByServer {
        return Err(Fault::Mutability(attribute.name));
    }
    if let Some(part) = place.part.filter(|part| part.set != Set::ByDirectory) {
        return Err(Fault::Mutability(part.name));
    }
    match (&place.values, place.part) {
        // What has to be there is not taken away (RFC 7644 section 3.5.2.2).
        (None, None) if act == Act::Remove && attribute.is_required && value.is_none() => Err(Fault::Mutability(attribute.name)),
        (None, None) => change_attribute(fields, act, attribute, value),
        (None, Some(part)) if !attribute.is_many => change_part_of_one(fields, act, (attribute, part), value),
        (filter, part) => change_values(fields, act, (attribute, filter.as_ref(), part), value, path),
    }
}

fn change_attribute(fields: &mut Map<String, Value>, act: Act, attribute: &'static Attribute, value: Option<&Value>) -> Result<(), Fault> {
    let given = value.map(|value| value_of(attribute, value)).transpose()?.flatten();
    let kept = fields.remove(attribute.name);
    let changed = match (act, kept, given) {
        // Microsoft's directory names whom it takes out of a group in the value.
        (Act::Remove, Some(Value::Array(kept)), Some(Value::Array(gone))) if attribute.is_many => {
            let gone = marks_of(attribute, &gone);
            Some(Value::Array(kept.into_iter().filter(|item| !gone.contains(&mark_of(attribute, item))).collect()))
        }
        // An empty list of whom to take out takes nobody out; all of them go where no value is named.
        (Act::Remove, kept, None) if attribute.is_many && value.is_some() => kept,
        (Act::Remove, ..) => None,
        (Act::Add, Some(Value::Array(kept)), Some(Value::Array(more))) => Some(Value::Array(joined(attribute, kept, more)?)),
        (_, Some(Value::Object(mut kept)), Some(Value::Object(given))) => {
            kept.extend(given);
            Some(Value::Object(kept))
        }
        (Act::Add, kept, None) => kept,
        (_, _, given) => given,
    };
    put(fields, attribute, changed);
    Ok(())
}

/// More values behind those that are kept. A primary one among them takes that from the others.
fn joined(attribute: &'static Attribute, mut kept: Vec<Value>, more: Vec<Value>) -> Result<Vec<Value>, Fault> {
    if more.iter().any(is_primary) {
        kept.iter_mut().for_each(not_primary);
    }
    let mut seen = marks_of(attribute, &kept);
    kept.extend(more.into_iter().filter(|item| seen.insert(mark_of(attribute, item))));
    let limit = if attribute.name == "members" { MEMBERS_MAX } else { VALUES_MAX };
    if kept.len() > limit { Err(Fault::TooMany { what: attribute.name, limit }) } else { Ok(kept) }
}

fn is_primary(item: &Value) -> bool {
    item.get("primary") == Some(&Value::Bool(true))
}

fn not_primary(item: &mut Value) {
    if is_primary(item) {
        item["primary"] = false.into();
    }
}

fn change_part_of_one(
    fields: &mut Map<String, Value>,
    act: Act,
    (attribute, part): (&'static Attribute, &'static Attribute),
    value: Option<&Value>,
) -> Result<(), Fault> {
    let mut kept = match fields.remove(attribute.name) {
        Some(Value::Object(kept)) => kept,
        _ => Map::new(),
    };
    let given = if act == Act::Remove { None } else { value.map(|value| value_of(part, value)).transpose()?.flatten() };
    put(&mut kept, part, given);
    put(fields, attribute, Some(Value::Object(kept)));
    Ok(())
}

/// Changes those values that a filter chooses; without one, all of them.
fn change_values(
    fields: &mut Map<String, Value>,
    act: Act,
    (attribute, filter, part): (&'static Attribute, Option<&Filter>, Option<&'static Attribute>),
    value: Option<&Value>,
    path: &str,
) -> Result<(), Fault> {
    let mut kept = match fields.remove(attribute.name) {
        Some(Value::Array(kept)) => kept,
        _ => Vec::new(),
    };
    let fits = |item: &Value| filter.is_none_or(|filter| item.as_object().is_some_and(|fields| filter.fits(fields)));
    if act == Act::Remove && part.is_none() {
        // What is not there is gone already: a directory that asks twice means no more than once.
        kept.retain(|item| !fits(item));
        put(fields, attribute, Some(Value::Array(kept)));
        return Ok(());
    }
    if !kept.iter().any(fits) {
        // Microsoft's directory adds a value so that is not there yet.
        let made = filter.filter(|_| act == Act::Add).and_then(|filter| made_by(attribute, filter));
        kept.push(made.ok_or_else(|| Fault::NoTarget(path.to_owned()))?);
    }
    let mut changed = Vec::with_capacity(kept.len());
    for item in kept {
        if !fits(&item) {
            changed.push(item);
            continue;
        }
        changed.extend(changed_value(act, (attribute, part), value, item)?);
    }
    // Checked again as a whole: a value may have lost what it needs.
    let changed = value_of(attribute, &Value::Array(changed))?;
    if let Some(Value::Array(items)) = &changed {
        check_primary(attribute, items)?;
    }
    put(fields, attribute, changed);
    Ok(())
}

fn changed_value(
    act: Act,
    (attribute, part): (&'static Attribute, Option<&'static Attribute>),
    value: Option<&Value>,
    item: Value,
) -> Result<Option<Value>, Fault> {
    let Value::Object(mut fields) = item else { return Ok(None) };
    match part {
        Some(part) => {
            let given = if act == Act::Remove { None } else { value.map(|value| value_of(part, value)).transpose()?.flatten() };
            put(&mut fields, part, given);
        }
        None if matches!(attribute.holds, Holds::Parts(_)) && attribute.name != "members" => {
            let Some(Value::Object(given)) = value else { return Err(Fault::Value(format!("a value of {} is an object", attribute.name))) };
            for (name, value) in given {
                let Some(part) = self::part(attribute, name) else { continue };
                put(&mut fields, part, value_of(part, value)?);
            }
        }
        None => return Err(Fault::Mutability(attribute.name)),
    }
    Ok(Some(Value::Object(fields)))
}

/// The value that a filter of one equation describes.
fn made_by(attribute: &'static Attribute, filter: &Filter) -> Option<Value> {
    match filter {
        Filter::Compare(target, Operator::Eq, value) if attribute.name != "members" => {
            Some(Value::Object(Map::from_iter([(target.attribute.name.to_owned(), value.clone())])))
        }
        _ => None,
    }
}

/// Puts a value in its place, or takes what is there away where there is none.
fn put(fields: &mut Map<String, Value>, attribute: &Attribute, value: Option<Value>) {
    let is_empty = match &value {
        None => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(_) => false,
    };
    match value {
        Some(value) if !is_empty => fields.insert(attribute.name.to_owned(), value),
        _ => fields.remove(attribute.name),
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn ada() -> Value {
        json!({
            "userName": "ada", "active": true, "name": { "givenName": "Ada", "familyName": "King" },
            "emails": [{ "value": "ada@example.org", "type": "work", "primary": true }, { "value": "ada@home.example", "type": "home" }],
        })
    }

    fn user(operations: Value) -> Result<Value, Fault> {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        patched(ResourceKind::User, ada().as_object().expect("fields"), body.as_object().expect("fields")).map(Value::Object)
    }

    fn group(members: Value, operations: Value) -> Result<Value, Fault> {
        let (kept, body) = (json!({ "displayName": "Crew", "members": members }), json!({ "Operations": operations }));
        patched(ResourceKind::Group, kept.as_object().expect("fields"), body.as_object().expect("fields")).map(Value::Object)
    }

    #[test]
    fn an_operation_changes_what_its_path_chooses_and_nothing_else() {
        let changed = |operation: Value| user(json!([operation])).expect("changed");
        assert_eq!(changed(json!({ "op": "replace", "path": "active", "value": "False" }))["active"], json!(false));
        let named = changed(json!({ "op": "Replace", "path": "name.givenName", "value": "Augusta" }));
        assert_eq!(named["name"], json!({ "givenName": "Augusta", "familyName": "King" }));
        let moved = changed(json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@example.org" }));
        assert_eq!((&moved["emails"][0]["value"], &moved["emails"][1]), (&json!("a@example.org"), &ada()["emails"][1]));
        let without = changed(json!({ "op": "remove", "path": "emails[type eq \"home\"]" }));
        assert_eq!(without["emails"], json!([ada()["emails"][0]]));
        let schema = "urn:ietf:params:scim:schemas:core:2.0:User:displayName";
        assert_eq!(changed(json!({ "op": "add", "path": schema, "value": "Ada" }))["displayName"], "Ada");
        let merged =
            changed(json!({ "op": "add", "value": { "displayName": "Ada", "name.familyName": "Lovelace", "title": "x", "id": "y" } }));
        assert_eq!((&merged["displayName"], &merged["name"]["familyName"]), (&json!("Ada"), &json!("Lovelace")));
        assert_eq!((merged.get("title"), merged.get("id")), (None, None));
        assert_eq!(changed(json!({ "op": "remove", "path": "name" })).get("name"), None);
    }

    #[test]
    fn an_added_primary_value_takes_that_from_the_one_before() {
        let more = json!([{ "op": "add", "path": "emails", "value": [{ "value": "new@example.org", "primary": true }] }]);
        let changed = user(more).expect("changed");
        let primary: Vec<_> = changed["emails"].as_array().expect("a list").iter().map(|item| item["primary"] == json!(true)).collect();
        assert_eq!(primary, [false, false, true]);
    }

    #[test]
    fn a_value_that_is_not_there_is_made_by_an_addition_and_by_no_replacement() {
        let operation = |op: &str| json!([{ "op": op, "path": "emails[type eq \"other\"].value", "value": "other@example.org" }]);
        let changed = user(operation("add")).expect("changed");
        assert_eq!(changed["emails"][2], json!({ "type": "other", "value": "other@example.org" }));
        assert!(matches!(user(operation("replace")), Err(Fault::NoTarget(_))));
    }

    #[test]
    fn members_come_and_go_one_by_one_or_as_a_list() {
        let two = json!([{ "value": "a" }, { "value": "b" }]);
        let members = |operation: Value| group(two.clone(), json!([operation])).expect("changed").get("members").cloned();
        assert_eq!(
            members(json!({ "op": "add", "path": "members", "value": [{ "value": "b" }, { "value": "c" }] })),
            Some(json!([{ "value": "a" }, { "value": "b" }, { "value": "c" }]))
        );
        assert_eq!(members(json!({ "op": "remove", "path": "members[value eq \"a\"]" })), Some(json!([{ "value": "b" }])));
        assert_eq!(members(json!({ "op": "remove", "path": "members", "value": [{ "value": "a" }] })), Some(json!([{ "value": "b" }])));
        assert_eq!(members(json!({ "op": "remove", "path": "members" })), None);
        assert_eq!(members(json!({ "op": "replace", "path": "members", "value": [{ "value": "c" }] })), Some(json!([{ "value": "c" }])));
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_its_kind() {
        for (operation, kind) in [
            (json!({ "op": "move", "path": "name" }), "Syntax"),
            (json!({ "path": "name", "value": 1 }), "Syntax"),
            (json!({ "op": "add", "value": "Ada" }), "Syntax"),
            (json!({ "op": "remove" }), "NoTarget"),
            (json!({ "op": "add", "path": "displayName" }), "Value"),
            (json!({ "op": "add", "path": "displayName", "value": 7 }), "Value"),
            (json!({ "op": "replace", "path": "nobody", "value": "x" }), "Path"),
            (json!({ "op": "replace", "path": "name.nobody", "value": "x" }), "Path"),
            (json!({ "op": "replace", "path": "name[givenName pr]", "value": "x" }), "Path"),
            (json!({ "op": "replace", "path": "emails[type eq \"work\"", "value": "x" }), "Path"),
            (json!({ "op": "replace", "path": "emails[nobody eq \"work\"]", "value": {} }), "Filter"),
            (json!({ "op": "replace", "path": "emails[type eq \"work\"]x", "value": {} }), "Path"),
            (json!({ "op": "replace", "path": 7, "value": "x" }), "Path"),
            (json!({ "op": "remove", "path": "active" }), "Mutability"),
            (json!({ "op": "remove", "path": "emails" }), "Mutability"),
            (json!({ "op": "replace", "path": "id", "value": "usr_1" }), "Mutability"),
            (json!({ "op": "replace", "path": "groups", "value": [] }), "Mutability"),
            (json!({ "op": "replace", "path": "meta.created", "value": "x" }), "Mutability"),
            (json!({ "op": "remove", "path": "emails[type eq \"work\"].value" }), "Value"),
            (json!({ "op": "replace", "path": "emails[type eq \"other\"]", "value": {} }), "NoTarget"),
        ] {
            let fault = user(json!([operation])).expect_err(&operation.to_string());
            assert!(format!("{fault:?}").starts_with(kind), "{operation}: {fault:?}");
        }
        let renumbered = json!([{ "op": "replace", "path": "members[value eq \"a\"].value", "value": "b" }]);
        assert_eq!(group(json!([{ "value": "a" }]), renumbered), Err(Fault::Mutability("value")));
        assert!(matches!(patched(ResourceKind::User, &Map::new(), &Map::new()), Err(Fault::Syntax(_))));
    }

    #[test]
    fn requests_and_groups_keep_their_limits() {
        let operations = |count: usize| user(json!(vec![json!({ "op": "replace", "path": "active", "value": true }); count]));
        assert!(operations(OPERATIONS_MAX).is_ok());
        assert_eq!(operations(OPERATIONS_MAX + 1), Err(Fault::TooMany { what: "operations in a request", limit: OPERATIONS_MAX }));
        let full: Value = (0..MEMBERS_MAX).map(|n| json!({ "value": n.to_string() })).collect();
        let add = |value: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": value }] }]);
        assert!(group(full.clone(), add("0")).is_ok(), "who is in it is in it once");
        assert_eq!(group(full, add("one more")), Err(Fault::TooMany { what: "members", limit: MEMBERS_MAX }));
    }

    proptest! {
        #[test]
        fn no_path_panics(path in r#"(userName|emails|name|\[|\]|\.|value|type eq "work"| |é){0,12}"#, act in "(add|replace|remove)") {
            let _is_refused_or_done = user(json!([{ "op": act, "path": path, "value": { "value": "x" } }]));
        }
    }
}
