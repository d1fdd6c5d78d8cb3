//! `GET /devices`: a page of devices.

use axum::extract::State;
use identity::label;
use kernel::{GroupId, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Query};

use crate::{Device, DeviceError, DeviceFilter, Devices, Sort, Status};

pub(super) const DOC: Doc = Doc::new("listDevices", "List devices")
    .description("Those that fit every condition. Retired devices are left out unless status or selector name them.");

/// Conditions and order.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Filter {
    /// A part of the name, in any case; or a device's id.
    q: Option<String>,
    /// Its status.
    status: Option<Status>,
    /// A group that it is in.
    group: Option<Id<GroupId>>,
    /// A label that it has: `key` or `key=value`.
    label: Option<String>,
    /// Its operating system: `debian` or `debian/12`.
    os: Option<String>,
    /// A selector: `os:debian and label:env=prod and not group:grp_… and stale:yes`.
    selector: Option<String>,
    /// The order.
    sort: Option<Sort>,
}

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Query(filter): Query<Filter>,
    Paging(page): Paging,
) -> Answer<Paged<Device>> {
    let sort = filter.sort.unwrap_or_default();
    let filter = parsed(filter)?;
    Ok(Paged(devices.list(&scope, &filter, sort, page).await?))
}

fn parsed(filter: Filter) -> Result<DeviceFilter, Problem> {
    let pair = |text: &str, separator: char| match text.split_once(separator) {
        Some((first, second)) => (first.to_owned(), Some(second.to_owned())),
        None => (text.to_owned(), None),
    };
    let label = filter.label.as_deref().map(|text| pair(text, '='));
    if label.as_ref().is_some_and(|(key, _)| !label::is_key(key)) {
        return Err(Problem::invalid("label", "A label is asked for as key or key=value."));
    }
    Ok(DeviceFilter {
        search: filter.q.filter(|text| !text.is_empty()),
        status: filter.status,
        group: filter.group.map(|group| group.0),
        label,
        os: filter.os.as_deref().map(|text| pair(text, '/')),
        selector: filter.selector.map(|text| text.parse()).transpose().map_err(DeviceError::from)?,
    })
}
