//! `POST /agent/reports`.

use axum::extract::State;
use web::{Answer, Caller, RawBody, WireJson};
use wire::report::Receipt;

use crate::Inventory;

pub(super) async fn send(State(inventory): State<Inventory>, Caller(scope): Caller, RawBody(body): RawBody) -> Answer<WireJson<Receipt>> {
    Ok(WireJson(inventory.take_in_body(&scope, body).await?))
}
