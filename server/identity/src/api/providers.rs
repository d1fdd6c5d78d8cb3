//! How providers of single sign-on stand in answers and requests.

use kernel::{Problem, ProviderId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Id, Time};

use crate::Identity;
use crate::grant::Grant;
use crate::role::Role;
use crate::single_sign_on::provider::{
    GROUP_ROLES_MAX, GROUPS_CLAIM_DEFAULT, GroupRole, Provider, ProviderRules, SCOPES_MAX, TEXT_BYTES_MAX,
};

/// What a group at the provider gives.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleOfGroup {
    /// The group, as the provider tells it.
    #[schemars(length(min = 1, max = 256))]
    group: String,
    /// The role that its people hold; not an owner's.
    role: Role,
    /// A selector that chooses the devices, as `os:windows`; absent for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    devices: Option<String>,
}

/// What may be changed of a provider.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// What the provider is asked for besides `openid`.
    #[serde(default = "scopes_default")]
    #[schemars(length(max = 8))]
    scopes: Vec<String>,
    /// Whether somebody whom it vouches for and who has no account gets one. With no group that gives a role they see nothing.
    #[serde(default)]
    takes_newcomers: bool,
    /// The claim that it tells groups in.
    #[serde(default = "groups_claim_default")]
    #[schemars(length(min = 1, max = 256))]
    groups_claim: String,
    /// What groups give, written anew at each sign-in.
    #[serde(default)]
    #[schemars(length(max = 16))]
    groups: Vec<RoleOfGroup>,
    /// Whether people other than owners sign in by a provider only.
    #[serde(default)]
    required: bool,
}

/// A provider, without its secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProviderView {
    /// The provider.
    provider: Id<ProviderId>,
    /// Where it is.
    issuer: String,
    /// Who this server is to it.
    client_id: String,
    /// Whether there is a client secret.
    has_secret: bool,
    /// When it was added.
    created_at: Time,
    /// What is to be allowed at the provider as the address to come back to.
    redirect_uri: String,
    /// The link by which the organisation's people sign in.
    sign_in_url: String,
    /// The rest.
    #[serde(flatten)]
    rules: Rules,
}

const _: () = assert!(GROUP_ROLES_MAX == 16 && SCOPES_MAX == 8 && TEXT_BYTES_MAX == 256, "the document says how many");

fn scopes_default() -> Vec<String> {
    vec!["email".to_owned(), "profile".to_owned()]
}

fn groups_claim_default() -> String {
    GROUPS_CLAIM_DEFAULT.to_owned()
}

impl Rules {
    pub(super) fn read(self) -> Result<ProviderRules, Problem> {
        let Self { name, scopes, takes_newcomers, groups_claim, groups, required } = self;
        let group = |RoleOfGroup { group, role, devices }| GroupRole { group, grant: Grant { role, devices } };
        Ok(ProviderRules {
            name: name.parse().map_err(|error: crate::NameError| Problem::invalid("name", error.to_string()))?,
            scopes,
            takes_newcomers,
            groups_claim,
            groups: groups.into_iter().map(group).collect(),
            is_required: required,
        })
    }

    fn of(rules: ProviderRules) -> Self {
        let ProviderRules { name, scopes, takes_newcomers, groups_claim, groups, is_required } = rules;
        let group = |GroupRole { group, grant: Grant { role, devices } }| RoleOfGroup { group, role, devices };
        let groups = groups.into_iter().map(group).collect();
        Self { name: name.into_text(), scopes, takes_newcomers, groups_claim, groups, required: is_required }
    }
}

impl ProviderView {
    pub(super) fn of(identity: &Identity, shown: Provider) -> Self {
        let Provider { provider, tenant: _, issuer, client_id, has_secret, rules, created_at } = shown;
        Self {
            provider: Id(provider),
            issuer: issuer.as_text().to_owned(),
            client_id,
            has_secret,
            created_at: Time(created_at),
            redirect_uri: identity.redirect_uri(provider),
            sign_in_url: identity.sign_in_url(provider),
            rules: Rules::of(rules),
        }
    }
}
