//! What single sign-on leaves in a tenant's store, for tests that want a row of every table. No provider is asked here: identity's own
//! tests and a story in the browser do that.

use std::time::Duration;

use kernel::{KeyRef, PeopleGroupId, Place, ProviderId, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, params};

use crate::client::Credential;
use crate::world::{Tenant, World};

store::statements! {
    store = Identity;
    /// Ties an account to whom a provider vouches for, as a sign-in by it does.
    TIE = "INSERT INTO sign_on_link (user_id, tenant_id, provider_id, subject_index, subject, grants, created_at, last_used_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"
        (BigInt, BigInt, BigInt, Blob, Blob, Blob, BigInt);
    /// Begins a sign-in that goes to a provider.
    BEGIN = "INSERT INTO sign_on_attempt (state_digest, tenant_id, browser_digest, provider_id, link_digest, begun_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)"
        (Blob, BigInt, Blob, BigInt, Blob, BigInt, BigInt);
    /// Has a directory keep an account.
    KEEP = "INSERT INTO directory_user (user_id, tenant_id, name_index, external_index, told, state, created_at, changed_at, version) \
        VALUES ($1, $2, $3, $4, $5, 'active', $6, $6, 1)"
        (BigInt, BigInt, Blob, Blob, Blob, BigInt);
    /// Takes an account into a group of people.
    JOIN = "INSERT INTO group_member (group_id, user_id, tenant_id) VALUES ($1, $2, $3)" (BigInt, BigInt, BigInt);
}

const LINK: u16 = 318;
const KEPT: u16 = 322;

impl World {
    /// A provider for each of these accounts, the account tied to it, and a sign-in that has gone there.
    pub(crate) async fn signed_on(&self, tenant: &Tenant, users: &[UserId], mark: &str) {
        let me = self.done(&tenant.owner, "GET", "/api/v1/session", None).await;
        let number: TenantId = me["tenant"].as_str().expect("an id").parse().expect("an id");
        let expires_at = self.clock.now().plus(Duration::from_secs(30 * 86_400));
        let token =
            json!({ "name": format!("directory-{mark}"), "kind": "api", "permissions": ["directory:write"], "expires_at": expires_at });
        let token = self.done(&tenant.owner, "POST", "/api/v1/tokens", Some(token)).await;
        let directory = Credential::Bearer(token["secret"].as_str().expect("a secret").to_owned());
        for (number_of, user) in users.iter().enumerate() {
            let provider = json!({
                "issuer": "https://id.example.org", "client_id": format!("client-{mark}"), "client_secret": format!("secret-{mark}"),
                "rules": { "name": format!("Directory of {mark}") }, "totp_code": self.next_code(tenant),
            });
            let provider = self.done(&tenant.owner, "POST", "/api/v1/sign-on/providers", Some(provider)).await;
            let provider: ProviderId = provider["provider"].as_str().expect("an id").parse().expect("an id");
            let (keys, rng, now, user) = (self.opened.trust().keyring(), self.opened.stores().rng().clone(), self.clock.now(), *user);
            let (subject, key) = (format!("subject-{mark}"), KeyRef::User(number, user));
            let place = move |column| Place { table: LINK, column, row: user.number() };
            let digests = [rng.bytes::<32>(), rng.bytes(), rng.bytes()];
            let group = self.group_of_people(tenant, (&directory, provider), &format!("Crew {number_of} of {mark}")).await;
            let kept = json!({ "userName": format!("name-{mark}"), "externalId": format!("number-{mark}") });
            let write = self.opened.stores().identity().write(move |tx| {
                let told = Sealed::seal(keys.as_ref(), key, place(5), &subject)?;
                let grants = Sealed::seal(keys.as_ref(), key, place(6), &json!([{ "role": "auditor" }]))?;
                tx.execute(&TIE, &params![user, number, provider, digests[0], told, grants, now])?;
                let ends = now.plus(Duration::from_secs(600));
                let attempt = params![digests[1], number, digests[2], provider, None::<Vec<u8>>, now, ends];
                tx.execute(&BEGIN, &attempt)?;
                let kept = Sealed::seal(keys.as_ref(), key, Place { table: KEPT, column: 5, row: user.number() }, &kept)?;
                tx.execute(&KEEP, &params![user, number, digests[1], digests[2], kept, now])?;
                tx.execute(&JOIN, &params![group, user, number])?;
                Ok::<_, StoreError>(())
            });
            write.await.expect("written");
        }
    }

    /// A group of people that gives a role, of a directory whose people sign in by a provider.
    async fn group_of_people(&self, tenant: &Tenant, (directory, provider): (&Credential, ProviderId), name: &str) -> PeopleGroupId {
        let group = self.done(directory, "POST", "/scim/v2/Groups", Some(json!({ "displayName": name, "externalId": name }))).await;
        let group = group["id"].as_str().expect("an id").to_owned();
        let devices = format!("label:crew={}", name.replace(' ', "-"));
        let roles = json!({ "roles": [{ "role": "auditor", "devices": devices }], "totp_code": self.next_code(tenant) });
        self.done(&tenant.owner, "PUT", &format!("/api/v1/people/groups/{group}/roles"), Some(roles)).await;
        let chosen = json!({ "provider": provider, "totp_code": self.next_code(tenant) });
        self.done(&tenant.owner, "PUT", "/api/v1/directory", Some(chosen)).await;
        group.parse().expect("an id")
    }
}
