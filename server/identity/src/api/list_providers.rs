//! `GET /sign-on/providers`: by which providers the organisation's people sign in.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json};

use super::providers::ProviderView;
use crate::Identity;
use crate::single_sign_on::provider::PROVIDERS_MAX;

pub(super) const DOC: Doc = Doc::new("listSignOnProviders", "See the providers of single sign-on")
    .description("With what each is to be told, and what its groups give. A client secret is not shown again.");

/// The providers.
#[derive(Serialize, JsonSchema)]
pub(super) struct Providers {
    /// The one that was added first in front.
    #[schemars(length(max = 5))]
    items: Vec<ProviderView>,
}

const _: () = assert!(PROVIDERS_MAX == 5, "the document says how many");

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<Providers>> {
    let providers = identity.list_providers(&scope).await?;
    Ok(Json(Providers { items: providers.into_iter().map(|provider| ProviderView::of(&identity, provider)).collect() }))
}
