//! `GET /agent/schema`.

use web::{Answer, WireJson};
use wire::report::{SCHEMA_MAX, SCHEMA_MIN, SchemaRange};

pub(super) async fn range() -> Answer<WireJson<SchemaRange>> {
    Ok(WireJson(SchemaRange { schema_min: SCHEMA_MIN, schema_max: SCHEMA_MAX }))
}
