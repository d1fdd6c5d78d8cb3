//! In which a domain lists its endpoints.

use std::sync::Arc;
use std::time::Duration;

use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response, StatusCode};
use aide::operation::OperationHandler;
use aide::{OperationInput, OperationOutput};
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on_service};
use kernel::Access;
use kernel::limits::REQUEST_TIME_MAX;
use kernel::problem::ProblemKind;

use crate::app::API_PREFIX;
use crate::body::BodyLimit;
use crate::guard::{Guard, Guarded};
use crate::scim;

/// How an endpoint stands in the API's document.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// Unique id in camel case: verb and noun, `listDevices`.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// More, where one line does not do.
    pub description: &'static str,
    /// The problems that this endpoint may answer with, beyond those that follow from its access, parameters and body.
    pub problems: &'static [ProblemKind],
}

impl Doc {
    /// An id and one line.
    #[must_use]
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, description: "", problems: &[] }
    }

    /// Adds a description.
    #[must_use]
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Names the problems of its own.
    #[must_use]
    pub const fn problems(mut self, problems: &'static [ProblemKind]) -> Self {
        self.problems = problems;
        self
    }
}

/// An HTTP method that a route can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does.
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The name in upper case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// In which protocol routes speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    /// The API's own.
    House,
    /// [`crate::scim`].
    Scim,
}

impl Dialect {
    const fn prefix(self) -> &'static str {
        match self {
            Self::House => API_PREFIX,
            Self::Scim => scim::PREFIX,
        }
    }
}

/// One endpoint, before the router is built.
pub(crate) struct Route {
    pub(crate) tag: &'static str,
    pub(crate) dialect: Dialect,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) doc: Doc,
    pub(crate) body_limit: BodyLimit,
    pub(crate) time_max: Duration,
    pub(crate) takes_passwords: bool,
    pub(crate) is_open_to_banned: bool,
    pub(crate) document_input: fn(&mut GenContext, &mut Operation),
    pub(crate) document_output: fn(&mut GenContext, &mut Operation),
    pub(crate) mount: Box<dyn FnOnce(Arc<Guard>) -> MethodRouter + Send>,
}

impl Route {
    /// The path as documented, with what the protocol's begin with.
    pub(crate) fn full_path(&self) -> String {
        format!("{}{}", self.dialect.prefix(), self.path)
    }
}

/// A domain's endpoints and the state they share.
#[must_use]
pub struct Routes<S> {
    tag: &'static str,
    dialect: Dialect,
    state: S,
    pub(crate) routes: Vec<Route>,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident $method:ident;)*) => {
        $($(#[$doc])*
        pub fn $name<H, I, O, T>(self, path: &'static str, access: Access, doc: Doc, handler: H) -> Self
        where
            H: Handler<T, S> + OperationHandler<I, O>,
            I: OperationInput + 'static,
            O: OperationOutput + 'static,
            T: 'static,
        {
            self.route(Method::$method, path, access, doc, handler)
        })*
    };
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No endpoints yet; `tag` groups them in the document, `state` is what their handlers take as `State<S>`.
    pub fn new(tag: &'static str, state: S) -> Self {
        Self { tag, dialect: Dialect::House, state, routes: Vec::new() }
    }

    /// As [`Routes::new`], for the protocol by which directories keep accounts: the paths are given without `/scim/v2`, and what is
    /// refused is refused in that protocol's form ([`crate::scim`]).
    pub fn scim(tag: &'static str, state: S) -> Self {
        Self { tag, dialect: Dialect::Scim, state, routes: Vec::new() }
    }

    methods! {
        /// Mounts `GET` (and `HEAD`). The path is given without `/api/v1`.
        get Get;
        /// Mounts `POST`.
        post Post;
        /// Mounts `PUT`.
        put Put;
        /// Mounts `PATCH`.
        patch Patch;
        /// Mounts `DELETE`.
        delete Delete;
    }

    fn route<H, I, O, T>(mut self, method: Method, path: &'static str, access: Access, doc: Doc, handler: H) -> Self
    where
        H: Handler<T, S> + OperationHandler<I, O>,
        I: OperationInput + 'static,
        O: OperationOutput + 'static,
        T: 'static,
    {
        let state = self.state.clone();
        self.routes.push(Route {
            tag: self.tag,
            dialect: self.dialect,
            method,
            path,
            access,
            doc,
            body_limit: BodyLimit::DEFAULT,
            time_max: REQUEST_TIME_MAX,
            takes_passwords: false,
            is_open_to_banned: false,
            document_input: I::operation_input,
            document_output: document_output::<O>,
            mount: Box::new(move |guard| on_service(method.filter(), Guarded::new(guard, handler.with_state(state)))),
        });
        self
    }

    /// Gives the route mounted last another body limit.
    pub fn limit(mut self, limit: BodyLimit) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.body_limit = limit;
        }
        self
    }

    /// Gives the route mounted last another time limit, body included.
    pub fn time_limit(mut self, time_max: Duration) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.time_max = time_max;
        }
        self
    }

    /// Says that the route mounted last takes passwords or codes that can be guessed: a 401 of it counts as a guess, and peers
    /// that guessed wrong lately take turns ([`crate::doors`]).
    pub fn takes_passwords(mut self) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.takes_passwords = true;
        }
        self
    }

    /// Leaves the public route mounted last open to peers that are banned: where nothing can be guessed and little work is done,
    /// and whoever shares a flooder's address cannot do without it.
    pub fn open_to_banned(mut self) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.is_open_to_banned = true;
        }
        self
    }
}

fn document_output<O: OperationOutput>(context: &mut GenContext, operation: &mut Operation) {
    let responses: Vec<(Option<u16>, Response)> = O::inferred_responses(context, operation);
    let documented = &mut operation.responses.get_or_insert_default().responses;
    for (status, response) in responses {
        if let Some(status) = status {
            documented.insert(StatusCode::Code(status), ReferenceOr::Item(response));
        }
    }
}
