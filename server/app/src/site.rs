//! The web application: every crate's routes in one router, one document and one table.

use std::sync::Arc;

use web::{Web, WebApp};

use crate::doors::Doors;
use crate::host;
use crate::opened::Opened;

/// Everything that is served.
#[must_use]
pub fn site(opened: &Opened) -> WebApp {
    let doors = Doors { identity: opened.identity.clone() };
    let (clock, rng) = (opened.stores.clock().clone(), opened.stores.rng().clone());
    let builder = Web::builder(clock, rng, Arc::new(doors)).mount(opened.identity.routes());
    let mut site = builder.build();
    site.admin = Some(web::admin::door(host::answering(opened.clone())));
    site
}
