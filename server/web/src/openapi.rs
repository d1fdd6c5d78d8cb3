//! Makes the OpenAPI 3.1 document from the routes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aide::generate::{GenContext, in_context, reset_context};
use aide::openapi::{
    ApiKeyLocation, Components, Info, MediaType, OpenApi, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathItem,
    PathStyle, Paths, ReferenceOr, Response, SchemaObject, SecurityRequirement, SecurityScheme, StatusCode,
};
use kernel::problem::ProblemKind;
use kernel::{Access, Authenticator};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{Schema, json_schema};
use serde_json::Value;

use crate::answer::{BANNED, CROSS_SITE, REQUEST_BLOCKED, TIMED_OUT};
use crate::app::RouteEntry;
use crate::caller::NEEDS_CALLER;
use crate::doors::Doors;
use crate::filter::RequestFilter;
use crate::guard::Guard;
use crate::path::SINGLE_PATH_PARAMETER;
use crate::query::IS_PAGED;
use crate::routes::{Dialect, Method, Route};
use crate::schemas::{self, Definitions};
use crate::scim;
use crate::session::COOKIE_NAME;

/// The document, and what the guards need of it.
pub(crate) struct Described {
    pub(crate) document: Value,
    pub(crate) facts: Vec<OperationFacts>,
}

/// What an operation's document says that its guard enforces.
pub(crate) struct OperationFacts {
    path: String,
    query_keys: Vec<String>,
    is_paged: bool,
}

impl OperationFacts {
    pub(crate) fn into_guard(self, route: &Route, authenticator: Arc<dyn Authenticator>, shared: (Doors, RequestFilter)) -> Guard {
        let (doors, filter) = shared;
        Guard {
            entry: RouteEntry { method: route.method, path: self.path, access: route.access, id: route.doc.id },
            authenticator,
            doors,
            filter,
            takes_passwords: route.takes_passwords,
            is_open_to_banned: route.is_open_to_banned,
            body_limit: route.body_limit,
            time_max: route.time_max,
            query_keys: self.query_keys,
            is_paged: self.is_paged,
        }
    }
}

/// Describes routes that are sorted by path and method.
///
/// # Panics
/// Where a route contradicts itself; see [`crate::WebBuilder::build`].
pub(crate) fn describe(routes: &[Route]) -> Described {
    reset_context();
    let described = in_context(|context| {
        context.schema = SchemaGenerator::new(settings().for_deserialize());
        let mut operations: Vec<_> = routes.iter().map(|route| describe_request(context, route)).collect();
        let requests = definitions(context);
        context.schema = SchemaGenerator::new(settings().for_serialize());
        let mut paths = Paths::default();
        let mut facts = Vec::new();
        for (route, operation) in routes.iter().zip(&mut operations) {
            facts.push(describe_answers(context, route, operation));
            let item = paths.paths.entry(route.full_path()).or_insert_with(|| ReferenceOr::Item(PathItem::default()));
            if let ReferenceOr::Item(item) = item {
                put(item, route, std::mem::take(operation));
            }
        }
        let answers = definitions(context);
        let document = OpenApi { info: info(), paths: Some(paths), components: Some(components()), ..OpenApi::default() };
        let mut document = serde_json::to_value(&document).expect("a document of strings and maps is JSON");
        schemas::merge(&mut document, requests, answers);
        Described { document, facts }
    });
    reset_context();
    described
}

fn definitions(context: &mut GenContext) -> Definitions {
    context.schema.take_definitions(true).into_iter().collect()
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
    })
}

fn info() -> Info {
    Info {
        title: "Purser".into(),
        description: Some("The API of a Purser server. Errors are RFC 9457 problems; lists are keyset pages; changes are additive.".into()),
        version: "1".into(),
        ..Info::default()
    }
}

fn put(item: &mut PathItem, route: &Route, operation: Operation) {
    let slot = match route.method {
        Method::Get => &mut item.get,
        Method::Post => &mut item.post,
        Method::Put => &mut item.put,
        Method::Patch => &mut item.patch,
        Method::Delete => &mut item.delete,
    };
    assert!(slot.is_none(), "two routes take {} {}", route.method.name(), route.path);
    *slot = Some(operation);
}

fn describe_request(context: &mut GenContext, route: &Route) -> Operation {
    let mut operation = Operation {
        tags: vec![route.tag.to_owned()],
        operation_id: Some(route.doc.id.to_owned()),
        summary: Some(route.doc.summary.to_owned()),
        description: Some(route.doc.description.to_owned()).filter(|text| !text.is_empty()),
        security: security(route.access),
        ..Operation::default()
    };
    (route.document_input)(context, &mut operation);
    name_path_parameters(&mut operation, route);
    operation
}

fn describe_answers(context: &mut GenContext, route: &Route, operation: &mut Operation) -> OperationFacts {
    (route.document_output)(context, operation);
    document_problems(context, operation, route);
    let is_paged = operation.extensions.shift_remove(IS_PAGED).is_some();
    let needs_caller = operation.extensions.shift_remove(NEEDS_CALLER).is_some();
    assert!(!(needs_caller && route.access == Access::Public), "{} is public and takes a caller", route.doc.id);
    operation.extensions.insert("x-purser-permission".into(), permission_text(route.access).into());
    let query_keys = operation.parameters.iter().filter_map(|parameter| match parameter {
        ReferenceOr::Item(Parameter::Query { parameter_data, .. }) => Some(parameter_data.name.clone()),
        _ => None,
    });
    OperationFacts { path: route.full_path(), query_keys: query_keys.collect(), is_paged }
}

fn permission_text(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::Person(permission) | Access::Program(permission) => permission.text(),
        Access::Device => "device",
        Access::Report => "report",
    }
}

fn security(access: Access) -> Vec<SecurityRequirement> {
    let schemes: &[&str] = match access {
        Access::Public => &[],
        Access::Person(_) => &["session", "api"],
        Access::Program(_) => &["api"],
        Access::Device => &["device"],
        Access::Report => &["device", "telemetry"],
    };
    schemes.iter().map(|scheme| SecurityRequirement::from_iter([((*scheme).to_owned(), Vec::new())])).collect()
}

fn template_names(path: &str) -> Vec<String> {
    let segments = path.split('/');
    segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).map(str::to_owned).collect()
}

/// Gives a single path parameter its name, and checks that parameters and template agree.
fn name_path_parameters(operation: &mut Operation, route: &Route) {
    let names = template_names(route.path);
    if let Some(schema) = operation.extensions.shift_remove(SINGLE_PATH_PARAMETER) {
        let [name] = names.as_slice() else { panic!("{} takes one path parameter, {} has {}", route.doc.id, route.path, names.len()) };
        let json_schema = Schema::try_from(schema).expect("it was a schema when it was stored");
        let format = ParameterSchemaOrContent::Schema(SchemaObject { json_schema, external_docs: None, example: None });
        let parameter_data = ParameterData {
            name: name.clone(),
            description: None,
            required: true,
            deprecated: None,
            format,
            example: None,
            examples: Default::default(),
            explode: None,
            extensions: Default::default(),
        };
        operation.parameters.insert(0, ReferenceOr::Item(Parameter::Path { parameter_data, style: PathStyle::Simple }));
    }
    let documented = operation.parameters.iter().filter_map(|parameter| match parameter {
        ReferenceOr::Item(Parameter::Path { parameter_data, .. }) => Some(parameter_data.name.clone()),
        _ => None,
    });
    let (documented, names): (BTreeSet<_>, BTreeSet<_>) = (documented.collect(), names.into_iter().collect());
    assert_eq!(documented, names, "{}: the handler's path parameters are not those of {}", route.doc.id, route.path);
}

/// Every problem that the route can answer with: those that follow from its shape, and its own.
fn problems_of(operation: &Operation, route: &Route) -> Vec<ProblemKind> {
    let mut kinds = vec![ProblemKind::INVALID, ProblemKind::INTERNAL, ProblemKind::UNAVAILABLE, REQUEST_BLOCKED, TIMED_OUT];
    if !route.is_open_to_banned {
        kinds.push(BANNED);
    }
    if matches!(route.access, Access::Person(_) | Access::Program(_)) || route.takes_passwords {
        kinds.push(ProblemKind::TOO_MANY);
    }
    if route.access != Access::Public {
        kinds.extend([
            ProblemKind::UNAUTHENTICATED,
            ProblemKind::FORBIDDEN,
            ProblemKind::SOURCE_NOT_ALLOWED,
            ProblemKind::CERTIFICATE_NOT_ACCEPTED,
        ]);
    }
    if route.method != Method::Get {
        kinds.push(CROSS_SITE);
    }
    if route.path.contains('{') {
        kinds.push(ProblemKind::NOT_FOUND);
    }
    if operation.request_body.is_some() {
        kinds.extend([ProblemKind::BAD_REQUEST, ProblemKind::TOO_LARGE, ProblemKind::UNSUPPORTED_MEDIA_TYPE]);
    }
    kinds.extend(route.doc.problems);
    kinds.sort_by_key(|kind| (kind.status, kind.slug));
    kinds.dedup();
    kinds
}

fn document_problems(context: &mut GenContext, operation: &mut Operation, route: &Route) {
    let mut by_status: BTreeMap<u16, Vec<ProblemKind>> = BTreeMap::new();
    for kind in problems_of(operation, route) {
        by_status.entry(kind.status).or_default().push(kind);
    }
    let (media_type, schema) = match route.dialect {
        Dialect::House => ("application/problem+json", context.schema.subschema_for::<ProblemSchema>()),
        Dialect::Scim => (scim::MEDIA_TYPE, context.schema.subschema_for::<scim::ErrorSchema>()),
    };
    let documented = &mut operation.responses.get_or_insert_default().responses;
    for (status, kinds) in by_status {
        let lines: Vec<_> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.slug, kind.title)).collect();
        let media = MediaType {
            schema: Some(SchemaObject { json_schema: schema.clone(), external_docs: None, example: None }),
            ..MediaType::default()
        };
        let response = Response {
            description: lines.join(" "),
            content: [(media_type.to_owned(), media)].into_iter().collect(),
            ..Response::default()
        };
        documented.insert(StatusCode::Code(status), ReferenceOr::Item(response));
    }
}

/// The shape of a problem.
struct ProblemSchema;

impl schemars::JsonSchema for ProblemSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Problem".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "RFC 9457 problem details.",
            "required": ["type", "title", "status", "detail", "request"],
            "properties": {
                "type": { "type": "string", "format": "uri", "description": "The kind's stable address; its last part is the kind's name." },
                "title": { "type": "string", "description": "The same for every occurrence of a kind." },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "description": "What happened and what to do." },
                "field": { "type": "string", "description": "The field or parameter at fault." },
                "request": { "type": "string", "description": "The request's id, under which the server's log tells more." },
            },
        })
    }
}

fn components() -> Components {
    let pattern = || [("x-purser-pattern".to_owned(), seal::token::PATTERN.into())].into_iter().collect();
    let bearer = |format: &str, description: &str| {
        ReferenceOr::Item(SecurityScheme::Http {
            scheme: "bearer".into(),
            bearer_format: Some(format.into()),
            description: Some(description.into()),
            extensions: pattern(),
        })
    };
    let session = ReferenceOr::Item(SecurityScheme::ApiKey {
        location: ApiKeyLocation::Cookie,
        name: COOKIE_NAME.into(),
        description: Some("A person's session.".into()),
        extensions: Default::default(),
    });
    Components {
        security_schemes: [
            ("api".to_owned(), bearer("prs_api_…", "A program's token.")),
            ("device".to_owned(), bearer("prs_dev_…", "A device's short-lived access token.")),
            ("session".to_owned(), session),
            ("telemetry".to_owned(), bearer("prs_tel_…", "A token for the report routes only.")),
        ]
        .into_iter()
        .collect(),
        ..Components::default()
    }
}
