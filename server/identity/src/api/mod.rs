//! The endpoints, one file each.

mod account_history;
mod add_provider;
mod begin_passkey;
mod begin_passkey_confirmation;
mod begin_passkey_sign_in;
mod begin_setup;
mod begin_sign_on;
mod change_access_policy;
mod change_account;
mod change_directory;
mod change_group_roles;
mod change_password;
mod change_provider;
mod change_roles;
mod change_settings;
mod change_token;
mod check_provider;
mod create_enrolment_token;
mod create_token;
mod directory;
mod end_other_sessions;
mod end_session;
mod end_sessions_of;
mod finish_passkey;
mod finish_passkey_confirmation;
mod finish_passkey_sign_in;
mod finish_setup;
mod finish_sign_on;
mod invitations;
mod invite;
mod issue_api_access;
mod issue_certificate;
mod list_certificates;
mod list_enrolment_tokens;
mod list_invitations;
mod list_passkeys;
mod list_people;
mod list_people_groups;
mod list_providers;
mod list_roles;
mod list_sessions;
mod list_tokens;
mod make_recovery_codes;
mod passkeys;
mod password_rules;
mod people;
mod providers;
mod read_access_policy;
mod read_directory;
mod read_passkey_sign_in;
mod read_person;
mod read_recovery_codes;
mod read_session;
mod read_settings;
mod remove_passkey;
mod remove_provider;
mod rename_passkey;
mod revoke_certificate;
mod revoke_enrolment_token;
mod revoke_invitation;
mod revoke_token;
mod rotate_token;
mod scim;
mod sign_in;
mod sign_out;

use kernel::Permission::{EnrolmentManage, PeopleManage, PeopleRead, SelfManage, SettingsManage, TokensManage};
use web::{Access, Routes};

use crate::Identity;

impl Identity {
    /// Identity's routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("identity", self.clone())
            .post("/setup/begin", Access::Public, begin_setup::DOC, begin_setup::handle)
            .post("/setup/finish", Access::Public, finish_setup::DOC, finish_setup::handle)
            .post("/session", Access::Public, sign_in::DOC, sign_in::handle)
            .takes_passwords()
            .get("/session/passkey", Access::Public, read_passkey_sign_in::DOC, read_passkey_sign_in::handle)
            .post("/session/passkey/begin", Access::Public, begin_passkey_sign_in::DOC, begin_passkey_sign_in::handle)
            .post("/session/passkey/finish", Access::Public, finish_passkey_sign_in::DOC, finish_passkey_sign_in::handle)
            .takes_passwords()
            .post("/sign-on/begin", Access::Public, begin_sign_on::DOC, begin_sign_on::handle)
            .post("/sign-on/finish", Access::Public, finish_sign_on::DOC, finish_sign_on::handle)
            .get("/sign-on/providers", Access::Person(SettingsManage), list_providers::DOC, list_providers::handle)
            .post("/sign-on/providers", Access::Person(SettingsManage), add_provider::DOC, add_provider::handle)
            .put("/sign-on/providers/{provider}", Access::Person(SettingsManage), change_provider::DOC, change_provider::handle)
            .post("/sign-on/providers/{provider}/check", Access::Person(SettingsManage), check_provider::DOC, check_provider::handle)
            .post("/sign-on/providers/{provider}/remove", Access::Person(SettingsManage), remove_provider::DOC, remove_provider::handle)
            .get("/session", Access::Person(SelfManage), read_session::DOC, read_session::handle)
            .delete("/session", Access::Person(SelfManage), sign_out::DOC, sign_out::handle)
            .patch("/account", Access::Person(SelfManage), change_account::DOC, change_account::handle)
            .get("/account/history", Access::Person(SelfManage), account_history::DOC, account_history::handle)
            .put("/account/password", Access::Person(SelfManage), change_password::DOC, change_password::handle)
            .get("/account/passkeys", Access::Person(SelfManage), list_passkeys::DOC, list_passkeys::handle)
            .post("/account/passkeys", Access::Person(SelfManage), finish_passkey::DOC, finish_passkey::handle)
            .post("/account/passkeys/begin", Access::Person(SelfManage), begin_passkey::DOC, begin_passkey::handle)
            .post(
                "/account/passkeys/confirm/begin",
                Access::Person(SelfManage),
                begin_passkey_confirmation::DOC,
                begin_passkey_confirmation::handle,
            )
            .post(
                "/account/passkeys/confirm/finish",
                Access::Person(SelfManage),
                finish_passkey_confirmation::DOC,
                finish_passkey_confirmation::handle,
            )
            .patch("/account/passkeys/{passkey}", Access::Person(SelfManage), rename_passkey::DOC, rename_passkey::handle)
            .delete("/account/passkeys/{passkey}", Access::Person(SelfManage), remove_passkey::DOC, remove_passkey::handle)
            .get("/account/recovery-codes", Access::Person(SelfManage), read_recovery_codes::DOC, read_recovery_codes::handle)
            .post("/account/recovery-codes", Access::Person(SelfManage), make_recovery_codes::DOC, make_recovery_codes::handle)
            .get("/account/sessions", Access::Person(SelfManage), list_sessions::DOC, list_sessions::handle)
            .delete("/account/sessions", Access::Person(SelfManage), end_other_sessions::DOC, end_other_sessions::handle)
            .delete("/account/sessions/{session}", Access::Person(SelfManage), end_session::DOC, end_session::handle)
            .post("/access-tokens", Access::Public, issue_api_access::DOC, issue_api_access::handle)
            .open_to_banned()
            .get("/people", Access::Person(PeopleRead), list_people::DOC, list_people::handle)
            .get("/people/groups", Access::Person(PeopleRead), list_people_groups::DOC, list_people_groups::handle)
            .put("/people/groups/{people_group}/roles", Access::Person(PeopleManage), change_group_roles::DOC, change_group_roles::handle)
            .get("/directory", Access::Person(SettingsManage), read_directory::DOC, read_directory::handle)
            .put("/directory", Access::Person(SettingsManage), change_directory::DOC, change_directory::handle)
            .get("/people/{user}", Access::Person(PeopleRead), read_person::DOC, read_person::handle)
            .put("/people/{user}/roles", Access::Person(PeopleManage), change_roles::DOC, change_roles::handle)
            .delete("/people/{user}/sessions", Access::Person(PeopleManage), end_sessions_of::DOC, end_sessions_of::handle)
            .get("/roles", Access::Person(PeopleRead), list_roles::DOC, list_roles::handle)
            .get("/invitations", Access::Person(PeopleRead), list_invitations::DOC, list_invitations::handle)
            .post("/invitations", Access::Person(PeopleManage), invite::DOC, invite::handle)
            .delete("/invitations/{invitation}", Access::Person(PeopleManage), revoke_invitation::DOC, revoke_invitation::handle)
            .get("/tokens", Access::Person(TokensManage), list_tokens::DOC, list_tokens::handle)
            .post("/tokens", Access::Person(TokensManage), create_token::DOC, create_token::handle)
            .patch("/tokens/{token}", Access::Person(TokensManage), change_token::DOC, change_token::handle)
            .post("/tokens/{token}/rotate", Access::Person(TokensManage), rotate_token::DOC, rotate_token::handle)
            .delete("/tokens/{token}", Access::Person(TokensManage), revoke_token::DOC, revoke_token::handle)
            .post("/tokens/{token}/certificates", Access::Person(TokensManage), issue_certificate::DOC, issue_certificate::handle)
            .get("/certificates", Access::Person(TokensManage), list_certificates::DOC, list_certificates::handle)
            .delete("/certificates/{certificate}", Access::Person(TokensManage), revoke_certificate::DOC, revoke_certificate::handle)
            .get("/enrolment-tokens", Access::Person(EnrolmentManage), list_enrolment_tokens::DOC, list_enrolment_tokens::handle)
            .post("/enrolment-tokens", Access::Person(EnrolmentManage), create_enrolment_token::DOC, create_enrolment_token::handle)
            .delete(
                "/enrolment-tokens/{enrolment_token}",
                Access::Person(EnrolmentManage),
                revoke_enrolment_token::DOC,
                revoke_enrolment_token::handle,
            )
            .get("/access-policy", Access::Person(SettingsManage), read_access_policy::DOC, read_access_policy::handle)
            .put("/access-policy", Access::Person(SettingsManage), change_access_policy::DOC, change_access_policy::handle)
            .get("/settings", Access::Person(SettingsManage), read_settings::DOC, read_settings::handle)
            .patch("/settings", Access::Person(SettingsManage), change_settings::DOC, change_settings::handle)
    }
}
