//! People who sign in, as the console does it.

use std::process::Command;

use serde_json::{Value, json};

use crate::api::Api;
use crate::installation::{Installation, string};
use crate::repository;

const PASSWORD: &str = "correct horse battery staple";

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Person {
    /// The session's cookie, `name=value`.
    pub cookie: String,
    secret: String,
}

impl Person {
    /// Takes up a set-up link or an invitation.
    ///
    /// # Panics
    ///
    /// If the server does not let them.
    #[must_use]
    pub fn set_up(installation: &Installation, link: &str, email: &str) -> Self {
        let link = link.rsplit('#').next().unwrap_or_default();
        let api = Api::new(installation.port, &installation.authority(), None);
        let begun = api.post("/setup/begin", &json!({ "link": link }));
        assert_eq!(begun.status, 200, "{}", begun.body);
        let secret = string(&begun.body["totp_secret"]);
        let account = json!({ "link": link, "email": email, "password": PASSWORD, "totp_code": one_time_code(&secret, 0) });
        let finished = api.post("/setup/finish", &account);
        assert_eq!(finished.status, 204, "{}", finished.body);
        let cookie = finished.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).expect("finishing the set-up signs in").to_owned();
        Self { cookie, secret }
    }

    /// Invites somebody to each of these roles, and lets them take the invitation up: as many as there are recovery codes at most.
    ///
    /// # Panics
    ///
    /// If the server does not let them.
    #[must_use]
    pub fn invite(&self, installation: &Installation, roles: &[&str]) -> Vec<Self> {
        let invited: Vec<_> = roles.iter().map(|role| (*role, json!([{ "role": role }]))).collect();
        self.invite_to(installation, &invited)
    }

    /// Invites people, each by a name of their own to what they are to hold, and lets them take the invitations up: as many as
    /// there are recovery codes at most.
    ///
    /// # Panics
    ///
    /// If the server does not let them.
    #[must_use]
    pub fn invite_to(&self, installation: &Installation, people: &[(&str, Value)]) -> Vec<Self> {
        let api = Api::new(installation.port, &installation.authority(), None).with_session(self.cookie.clone());
        // The code of the set-up is used up; the next one counts already.
        let made = api.post("/account/recovery-codes", &json!({ "totp_code": one_time_code(&self.secret, 1) }));
        assert_eq!(made.status, 201, "{}", made.body);
        let codes = made.body["codes"].as_array().expect("codes").iter().map(string);
        let invited = people.iter().zip(codes).map(|((name, roles), code)| {
            let invited = api.post("/invitations", &json!({ "note": name, "roles": roles, "totp_code": code }));
            assert_eq!(invited.status, 201, "{name}: {}", invited.body);
            Self::set_up(installation, &string(&invited.body["url"]), &format!("{name}@example.org"))
        });
        invited.collect()
    }

    /// What this person's session answers to.
    ///
    /// # Panics
    ///
    /// If it is over.
    #[must_use]
    pub fn session(&self, installation: &Installation) -> Value {
        Api::new(installation.port, &installation.authority(), None).with_session(self.cookie.clone()).read("/session")
    }
}

/// An authenticator's code, some steps of 30 s ahead: the one that the browser journeys use too.
fn one_time_code(secret: &str, steps: u32) -> String {
    let program = "const { totp } = await import(process.argv[1]); console.log(totp(process.argv[2], Number(process.argv[3])));";
    let module = repository().join("console/e2e/totp.mjs");
    let mut command = Command::new("node");
    command.args(["--input-type=module", "-e", program]).arg(module).arg(secret).arg(steps.to_string());
    let output = command.output().expect("node runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
