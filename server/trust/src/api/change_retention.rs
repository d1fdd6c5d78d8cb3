//! `PATCH /trust/retention`: chooses for how many days rows of a table are kept.

use axum::extract::State;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Json};

use super::read_retention::{RetentionList, list};
use crate::retention::Retentions;

pub(super) const DOC: Doc = Doc::new("changeRetention", "Choose for how many days data are kept")
    .description(
        "Within the bounds that `readRetention` gives. Fewer days delete nothing at once: what will be deleted is shown a day before, and \
         choosing more days within that day keeps it. The ledger tells of the choice.",
    )
    .problems(&[ProblemKind::NOT_FOUND]);

/// What to choose.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The table: its store and its name, `tenant.receipt`.
    #[schemars(length(max = 80))]
    table: String,
    /// For how many days; as many as where nobody chose, where absent.
    days: Option<u16>,
}

pub(super) async fn handle(
    State(retentions): State<Retentions>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Json<RetentionList>> {
    retentions.choose(&scope, &request.table, request.days).await?;
    Ok(Json(list(retentions.shown(&scope).await?)))
}
