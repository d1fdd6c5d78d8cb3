//! The door for host-side administration: one route, on the Unix socket only.
//!
//! Whoever may open the socket may read the data folder, so there is nothing to authenticate. What a request means is
//! `app`'s to say; here it is JSON in, JSON out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use kernel::Problem;
use kernel::problem::ProblemKind;
use serde_json::Value;

use crate::Answer;

/// Where the door is.
pub const ADMIN_PATH: &str = "/admin";
/// Largest request, in bytes.
pub const ADMIN_BODY_BYTES_MAX: usize = 64 * 1024;

/// Answers a request for administration.
pub type Admin = Arc<dyn Fn(Value) -> Pin<Box<dyn Future<Output = Value> + Send>> + Send + Sync>;

/// The door, for [`crate::WebApp::admin`].
pub fn door(admin: Admin) -> Router {
    let open = move |body: axum::body::Bytes| {
        let admin = Arc::clone(&admin);
        async move { answer(&admin, &body).await }
    };
    Router::new().route(ADMIN_PATH, post(open)).layer(DefaultBodyLimit::max(ADMIN_BODY_BYTES_MAX))
}

async fn answer(admin: &Admin, body: &[u8]) -> Answer<crate::Json<Value>> {
    let request = serde_json::from_slice(body).map_err(|_not_json| Problem::new(ProblemKind::BAD_REQUEST, "The body is not JSON."))?;
    Ok(crate::Json(admin(request).await))
}
