//! A passkey for a person of these tests.

use kernel::Permission;
use serde_json::{Value, json};
use web::Access;

use crate::authenticator::{Authenticator, Key};
use crate::client::Credential;
use crate::world::{World, on_both_engines};

/// Where the server under test is reached.
const ORIGIN: &str = "https://localhost:8443";

impl World {
    /// What a browser brings to add a passkey, for which a code is shown.
    pub(crate) async fn made_passkey(&self, person: &Credential, code: &str, name: &str) -> (Authenticator, Value) {
        let offer = self.done(person, "POST", "/api/v1/account/passkeys/begin", Some(json!({ "totp_code": code }))).await;
        let mut authenticator = Authenticator::new(Key::es256(), ORIGIN);
        let mut made = authenticator.create(&offer);
        made["name"] = name.into();
        (authenticator, made)
    }

    /// Adds a passkey.
    pub(crate) async fn add_passkey(&self, person: &Credential, code: &str, name: &str) -> (Authenticator, String) {
        let (authenticator, made) = self.made_passkey(person, code, name).await;
        let added = self.done(person, "POST", "/api/v1/account/passkeys", Some(made)).await;
        (authenticator, added["passkey"].as_str().expect("an id").to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_takes_a_passkey_is_public_or_for_people_about_themselves() {
    on_both_engines(async |world| {
        let about: Vec<_> = world.site.route_table.iter().filter(|route| route.path.contains("passkey")).collect();
        assert_eq!(about.len(), 10);
        for route in about {
            let expected = if route.path.starts_with("/api/v1/session/") { Access::Public } else { Access::Person(Permission::SelfManage) };
            assert_eq!(route.access, expected, "{}", route.path);
        }
    })
    .await;
}
