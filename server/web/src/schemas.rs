//! The component schemas of the document.
//!
//! One Rust type may read and write differently: a field with a default is optional in a request and always present in
//! an answer. So schemas are generated twice, once for each direction, and merged: where both agree there is one
//! component, where they differ the request's is called `NameInput`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const PREFIX: &str = "#/components/schemas/";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Schemas by name.
pub(crate) type Definitions = BTreeMap<String, Value>;

/// Calls `visit` with each reference to a component in a schema or document.
fn visit_references(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit_references(item, visit)),
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                match field {
                    Value::String(text) if key == "$ref" => {
                        if let Some(name) = text.strip_prefix(PREFIX) {
                            let mut name = name.to_owned();
                            visit(&mut name);
                            *text = format!("{PREFIX}{name}");
                        }
                    }
                    _ => visit_references(field, visit),
                }
            }
        }
        _ => {}
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    visit_references(&mut value.clone(), &mut |name| {
        names.insert(name.clone());
    });
    names
}

fn each_operation(document: &mut Value, each: &mut dyn FnMut(&mut Value)) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        METHODS.iter().for_each(|method| item.get_mut(*method).into_iter().for_each(&mut *each));
    }
}

/// Puts the schemas of requests and of answers into the document.
pub(crate) fn merge(document: &mut Value, mut requests: Definitions, mut answers: Definitions) {
    let differ = differing(&requests, &answers);
    let mut rename = |name: &mut String| {
        if differ.contains(name) {
            name.push_str("Input");
        }
    };
    requests.values_mut().for_each(|schema| visit_references(schema, &mut rename));
    each_operation(document, &mut |operation| {
        for part in ["parameters", "requestBody"] {
            operation.get_mut(part).into_iter().for_each(|part| visit_references(part, &mut rename));
        }
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().filter_map(|parameter| parameter.get_mut("schema")).for_each(without_null);
    });
    for (mut name, schema) in requests {
        rename(&mut name);
        answers.entry(name).or_insert(schema);
    }
    check_requests(document, &answers);
    let used = reachable(document, &answers);
    answers.retain(|name, _| used.contains(name));
    document["components"]["schemas"] = Value::Object(answers.into_iter().collect());
}

/// An optional parameter is absent, never null: a query string cannot say null.
fn without_null(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            fields["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            *fields = only.clone();
        }
    }
    fields.remove("description"); // the parameter has it
}

/// The names whose schemas differ by direction, themselves or in what they refer to.
fn differing(requests: &Definitions, answers: &Definitions) -> BTreeSet<String> {
    let shared: Vec<_> = requests.iter().filter_map(|(name, request)| Some((name, request, answers.get(name)?))).collect();
    let mut differ: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = differ.len();
        for (name, request, answer) in &shared {
            let refers = references(request).iter().any(|name| differ.contains(name));
            if request != answer || refers {
                differ.insert((*name).clone());
            }
        }
        if differ.len() == before {
            return differ;
        }
    }
}

fn reachable(document: &Value, definitions: &Definitions) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut open: Vec<String> = references(document).into_iter().collect();
    while let Some(name) = open.pop() {
        if let Some(schema) = definitions.get(&name) {
            open.extend(references(schema).into_iter().filter(|name| !used.contains(name)));
        }
        used.insert(name);
    }
    used
}

/// Checks that every object in every request body refuses fields it does not know: what is not understood is refused,
/// never dropped in silence.
fn check_requests(document: &mut Value, definitions: &Definitions) {
    each_operation(document, &mut |operation| {
        let Some(body) = operation.get("requestBody") else { return };
        let names = reachable(body, definitions);
        let schemas = names.iter().filter_map(|name| Some((name.as_str(), definitions.get(name)?)));
        for (name, schema) in schemas.chain([("the body", body)]) {
            assert!(
                is_closed(schema),
                "{}: {name} takes unknown fields; give its type #[serde(deny_unknown_fields)]",
                operation["operationId"]
            );
        }
    });
}

/// Whether every object with named properties within this schema is closed.
fn is_closed(schema: &Value) -> bool {
    match schema {
        Value::Array(items) => items.iter().all(is_closed),
        Value::Object(fields) => {
            let closed = |key| fields.get(key) == Some(&Value::Bool(false));
            let is_open = fields.get("properties").is_some_and(Value::is_object)
                && !closed("additionalProperties")
                && !closed("unevaluatedProperties");
            !is_open && fields.values().all(is_closed)
        }
        _ => true,
    }
}
