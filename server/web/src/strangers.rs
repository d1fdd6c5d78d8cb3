//! Asks every route as a stranger would, in this process and without a network: for the doctor.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::Access;
use tower::ServiceExt as _;

use crate::app::WebApp;

/// What stands for a path's parameters: no id of anything.
const NO_ID: &str = "-";

impl WebApp {
    /// The routes that are not public and do not refuse a request without a credential, by their ids; and how many were asked.
    /// Nothing of it is logged: nobody asked.
    pub async fn open_to_strangers(&self) -> (Vec<&'static str>, usize) {
        let (mut open, mut asked) = (Vec::new(), 0);
        for route in self.route_table.iter().filter(|route| route.access != Access::Public) {
            asked += 1;
            let path: String =
                route.path.split('/').map(|part| if part.starts_with('{') { NO_ID } else { part }).collect::<Vec<_>>().join("/");
            let request = Request::builder().method(route.method.name()).uri(path).header(header::HOST, "localhost").body(Body::empty());
            let refused = match request {
                Ok(request) => {
                    let answer = self.bare.clone().oneshot(request).await;
                    answer.is_ok_and(|answer| answer.status() == StatusCode::UNAUTHORIZED)
                }
                Err(_no_request) => false,
            };
            if !refused {
                open.push(route.id);
            }
        }
        (open, asked)
    }
}
