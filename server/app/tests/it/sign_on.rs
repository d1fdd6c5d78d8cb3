//! What single sign-on leaves in a tenant's store, for tests that want a row of every table. No provider is asked here: identity's own
//! tests and a story in the browser do that.

use std::time::Duration;

use kernel::{KeyRef, Place, ProviderId, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, params};

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
}

const LINK: u16 = 318;

impl World {
    /// A provider for each of these accounts, the account tied to it, and a sign-in that has gone there.
    pub(crate) async fn signed_on(&self, tenant: &Tenant, users: &[UserId], mark: &str) {
        let me = self.done(&tenant.owner, "GET", "/api/v1/session", None).await;
        let number: TenantId = me["tenant"].as_str().expect("an id").parse().expect("an id");
        for user in users {
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
            let write = self.opened.stores().identity().write(move |tx| {
                let told = Sealed::seal(keys.as_ref(), key, place(5), &subject)?;
                let grants = Sealed::seal(keys.as_ref(), key, place(6), &json!([{ "role": "auditor" }]))?;
                tx.execute(&TIE, &params![user, number, provider, digests[0], told, grants, now])?;
                let ends = now.plus(Duration::from_secs(600));
                let attempt = params![digests[1], number, digests[2], provider, None::<Vec<u8>>, now, ends];
                tx.execute(&BEGIN, &attempt)?;
                Ok::<_, StoreError>(())
            });
            write.await.expect("written");
        }
    }
}
