//! All of identity's SQL.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

pub(crate) mod certificates;
pub(crate) mod directory;
pub(crate) mod keys;
pub(crate) mod operators;
pub(crate) mod passkeys;
pub(crate) mod single_sign_on;

/// What identity keeps.
pub static SCHEMAS: &[Schema] = &[
    Schema::new(
        "identity",
        StoreKind::Identity,
        &[
            Migration { version: 1, name: "accounts", sql: include_str!("migrations/0001_accounts.sql") },
            Migration { version: 2, name: "people", sql: include_str!("migrations/0002_people.sql") },
            Migration { version: 3, name: "sign_in", sql: include_str!("migrations/0003_sign_in.sql") },
            Migration { version: 4, name: "keys", sql: include_str!("migrations/0004_keys.sql") },
            Migration { version: 5, name: "client_certificates", sql: include_str!("migrations/0005_client_certificates.sql") },
        ],
        data_map::TABLES,
        STATEMENTS,
    ),
    keys::SCHEMA,
    certificates::SCHEMA,
    passkeys::SCHEMA,
    single_sign_on::SCHEMA,
    directory::SCHEMA,
    operators::SCHEMA,
];

statements! {
    store = Identity;

    /// Makes a tenant.
    INSERT_TENANT = "INSERT INTO tenant (tenant_id, name, stale_after_seconds, lost_after_seconds, created_at, version) \
        VALUES ($1, $2, $3, $4, $5, 1)"
        (BigInt, Blob, BigInt, BigInt, BigInt);
    /// A tenant of a number.
    TENANT_BY_ID = "SELECT name, stale_after_seconds, lost_after_seconds, created_at, version, preset FROM tenant \
        WHERE tenant_id = $1"
        (BigInt) -> (name: Blob, stale_after_seconds: BigInt, lost_after_seconds: BigInt, created_at: BigInt, version: BigInt,
            preset: Text);
    /// Tenants after a number.
    TENANTS_AFTER = "SELECT tenant_id, name, created_at FROM tenant WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2"
        (BigInt, BigInt) -> (tenant_id: BigInt, name: Blob, created_at: BigInt);
    /// Takes a turn in a tenant: of two transactions at once that do so, the second waits, then reads what the first one wrote.
    TAKE_TURN = "UPDATE tenant SET version = version WHERE tenant_id = $1"
        (BigInt);
    /// Changes a tenant of a version.
    UPDATE_TENANT = "UPDATE tenant SET name = $3, stale_after_seconds = $4, lost_after_seconds = $5, preset = $6, \
        version = version + 1 WHERE tenant_id = $1 AND version = $2"
        (BigInt, BigInt, Blob, BigInt, BigInt, Text);

    /// Makes an account.
    INSERT_USER = "INSERT INTO user_account (user_id, tenant_id, email_index, email, password_hash, totp_secret, totp_step, language, \
        created_at, password_set_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1) ON CONFLICT (email_index) DO NOTHING"
        (BigInt, BigInt, Blob, Blob, Blob, Blob, BigInt, Text, BigInt);
    /// The account of an e-mail address.
    USER_BY_EMAIL = "SELECT user_id, tenant_id, password_hash, totp_secret, totp_step, version, password_set_at FROM user_account \
        WHERE email_index = $1"
        (Blob) -> (user_id: BigInt, tenant_id: BigInt, password_hash: Blob, totp_secret: Blob, totp_step: BigInt, version: BigInt,
            password_set_at: BigInt);
    /// Password hashes of the accounts behind a number.
    PASSWORD_HASHES_AFTER = "SELECT user_id, tenant_id, password_hash FROM user_account WHERE user_id > $1 ORDER BY user_id LIMIT $2"
        (BigInt, BigInt) -> (user_id: BigInt, tenant_id: BigInt, password_hash: Blob);
    /// What a person sees of the own account.
    USER_PROFILE = "SELECT email, language FROM user_account WHERE user_id = $1 AND tenant_id = $2"
        (BigInt, BigInt) -> (email: Blob, language: Text);
    /// What an account's second factor is checked with.
    SECOND_FACTOR = "SELECT totp_secret, totp_step, version FROM user_account WHERE user_id = $1 AND tenant_id = $2"
        (BigInt, BigInt) -> (totp_secret: Blob, totp_step: BigInt, version: BigInt);
    /// A tenant's owners: who holds that role on all devices and has an account.
    OWNERS_OF_TENANT = "SELECT DISTINCT user_account.user_id FROM user_account JOIN role_grant ON role_grant.user_id = user_account.user_id \
        WHERE user_account.tenant_id = $1 AND user_account.user_id > $2 AND role_grant.role = 'owner' AND role_grant.devices IS NULL \
        ORDER BY user_account.user_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (user_id: BigInt);
    /// A tenant's accounts after one.
    PEOPLE_AFTER = "SELECT user_id, email, language, created_at FROM user_account WHERE tenant_id = $1 AND user_id > $2 \
        ORDER BY user_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (user_id: BigInt, email: Blob, language: Text, created_at: BigInt);
    /// One account.
    PERSON = "SELECT user_id, email, language, created_at FROM user_account WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt) -> (user_id: BigInt, email: Blob, language: Text, created_at: BigInt);

    /// What a person may do.
    GRANTS_OF_USER = "SELECT grant_id, role, devices FROM role_grant WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt) -> (grant_id: BigInt, role: Text, devices: Blob);
    /// Gives a role.
    INSERT_GRANT = "INSERT INTO role_grant (grant_id, tenant_id, user_id, role, devices, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, BigInt, BigInt, Text, Blob, BigInt);
    /// Takes all of a person's roles.
    DELETE_GRANTS_OF_USER = "DELETE FROM role_grant WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt);

    /// Invites somebody.
    INSERT_INVITATION = "INSERT INTO invitation (user_id, tenant_id, note, grants, invited_by, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)"
        (BigInt, BigInt, Blob, Blob, BigInt, BigInt, BigInt);
    /// A tenant's invitations after one.
    INVITATIONS_AFTER = "SELECT user_id, note, grants, invited_by, created_at, expires_at FROM invitation \
        WHERE tenant_id = $1 AND user_id > $2 AND expires_at > $3 ORDER BY user_id LIMIT $4"
        (BigInt, BigInt, BigInt, BigInt) -> (user_id: BigInt, note: Blob, grants: Blob, invited_by: BigInt, created_at: BigInt,
            expires_at: BigInt);
    /// One invitation.
    INVITATION = "SELECT user_id, note, grants, invited_by, created_at, expires_at FROM invitation WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt) -> (user_id: BigInt, note: Blob, grants: Blob, invited_by: BigInt, created_at: BigInt, expires_at: BigInt);
    /// How many invitations of a tenant are open.
    COUNT_INVITATIONS = "SELECT CAST(COUNT(*) AS BIGINT) AS invitations FROM invitation WHERE tenant_id = $1 AND expires_at > $2"
        (BigInt, BigInt) -> (invitations: BigInt);
    /// Ends an invitation.
    DELETE_INVITATION = "DELETE FROM invitation WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt);
    /// Takes a code's step, where no later or equal one was taken and the account is still what was read.
    TAKE_TOTP_STEP = "UPDATE user_account SET totp_step = $2, version = version + 1 \
        WHERE user_id = $1 AND totp_step < $2 AND version = $3"
        (BigInt, BigInt, BigInt);
    /// Stores a stronger hash of the same password, where the account is still what was read.
    SET_PASSWORD_HASH = "UPDATE user_account SET password_hash = $2, version = version + 1 WHERE user_id = $1 AND version = $3"
        (BigInt, Blob, BigInt);
    /// Stores another password, where the account is still what was read.
    SET_PASSWORD = "UPDATE user_account SET password_hash = $2, password_set_at = $3, version = version + 1 \
        WHERE user_id = $1 AND version = $4"
        (BigInt, Blob, BigInt, BigInt);
    /// Notes that the account is another than was read: what was proven of it is proven no more.
    PASS_VERSION = "UPDATE user_account SET version = version + 1 WHERE user_id = $1 AND version = $2"
        (BigInt, BigInt);
    /// Changes the language in which somebody sees the console.
    SET_LANGUAGE = "UPDATE user_account SET language = $3 WHERE user_id = $1 AND tenant_id = $2"
        (BigInt, BigInt, Text);
    /// What an account's password is checked with.
    PASSWORD_OF_USER = "SELECT password_hash, version FROM user_account WHERE user_id = $1 AND tenant_id = $2"
        (BigInt, BigInt) -> (password_hash: Blob, version: BigInt);

    /// Passwords that an account had before.
    FORMER_PASSWORDS = "SELECT hashes FROM former_password WHERE user_id = $1"
        (BigInt) -> (hashes: Blob);
    /// Keeps the passwords that an account had before.
    PUT_FORMER_PASSWORDS = "INSERT INTO former_password (user_id, tenant_id, hashes, changed_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (user_id) DO UPDATE SET hashes = excluded.hashes, changed_at = excluded.changed_at"
        (BigInt, BigInt, Blob, BigInt);
    /// Forgets the passwords that an account had before.
    DELETE_FORMER_PASSWORDS = "DELETE FROM former_password WHERE user_id = $1"
        (BigInt);

    /// Makes a recovery code.
    INSERT_RECOVERY_CODE = "INSERT INTO recovery_code (code_digest, tenant_id, user_id, created_at) VALUES ($1, $2, $3, $4)"
        (Blob, BigInt, BigInt, BigInt);
    /// Whether somebody has a recovery code.
    RECOVERY_CODE = "SELECT created_at FROM recovery_code WHERE code_digest = $1 AND user_id = $2"
        (Blob, BigInt) -> (created_at: BigInt);
    /// When somebody's recovery codes were made that are left.
    RECOVERY_CODES_OF_USER = "SELECT created_at FROM recovery_code WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt) -> (created_at: BigInt);
    /// Takes a recovery code, where it is there still.
    TAKE_RECOVERY_CODE = "DELETE FROM recovery_code WHERE code_digest = $1 AND user_id = $2"
        (Blob, BigInt);
    /// Forgets somebody's recovery codes.
    DELETE_RECOVERY_CODES = "DELETE FROM recovery_code WHERE user_id = $1"
        (BigInt);

    /// Gives an account a new password and second factor, where the e-mail address is its own.
    RECOVER_USER = "UPDATE user_account SET password_hash = $3, totp_secret = $4, totp_step = $5, password_set_at = $6, \
        version = version + 1 WHERE user_id = $1 AND email_index = $2"
        (BigInt, Blob, Blob, Blob, BigInt, BigInt);

    /// Makes a link.
    INSERT_LINK = "INSERT INTO one_time_link (link_digest, tenant_id, user_id, purpose, totp_secret, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)"
        (Blob, BigInt, BigInt, Text, Blob, BigInt, BigInt);
    /// A link that still works.
    OPEN_LINK = "SELECT tenant_id, user_id, purpose, totp_secret FROM one_time_link \
        WHERE link_digest = $1 AND used_at IS NULL AND expires_at > $2"
        (Blob, BigInt) -> (tenant_id: BigInt, user_id: BigInt, purpose: Text, totp_secret: Blob);
    /// Uses a link up.
    USE_LINK = "UPDATE one_time_link SET used_at = $2 WHERE link_digest = $1 AND used_at IS NULL AND expires_at > $2"
        (Blob, BigInt);
    /// Forgets a tenant's links of a purpose.
    DELETE_LINKS_OF_TENANT = "DELETE FROM one_time_link WHERE tenant_id = $1 AND purpose = $2"
        (BigInt, Text);
    /// Forgets a user's links of a purpose.
    DELETE_LINKS_OF_USER = "DELETE FROM one_time_link WHERE user_id = $1 AND purpose = $2"
        (BigInt, Text);

    /// Makes a session.
    INSERT_SESSION = "INSERT INTO session (session_id, token_digest, tenant_id, user_id, created_at, last_used_at, expires_at, browser) \
        VALUES ($1, $2, $3, $4, $5, $5, $6, $7)"
        (BigInt, Blob, BigInt, BigInt, BigInt, BigInt, Text);
    /// The session of a cookie.
    SESSION_BY_DIGEST = "SELECT session_id, tenant_id, user_id, created_at, last_used_at, expires_at FROM session WHERE token_digest = $1"
        (Blob) -> (session_id: BigInt, tenant_id: BigInt, user_id: BigInt, created_at: BigInt, last_used_at: BigInt, expires_at: BigInt);
    /// A user's sessions, the last used first.
    SESSIONS_OF_USER = "SELECT session_id, created_at, last_used_at, expires_at, browser FROM session \
        WHERE tenant_id = $1 AND user_id = $2 ORDER BY last_used_at DESC, session_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (session_id: BigInt, created_at: BigInt, last_used_at: BigInt, expires_at: BigInt, browser: Text);
    /// One of a user's sessions.
    SESSION_OF_USER = "SELECT session_id FROM session WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3"
        (BigInt, BigInt, BigInt) -> (session_id: BigInt);
    /// Notes that a session was used.
    TOUCH_SESSION = "UPDATE session SET last_used_at = $2 WHERE session_id = $1 AND last_used_at < $2"
        (BigInt, BigInt);
    /// Ends the session of a cookie.
    DELETE_SESSION = "DELETE FROM session WHERE token_digest = $1"
        (Blob);
    /// Ends one of a user's sessions.
    DELETE_SESSION_OF_USER = "DELETE FROM session WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3"
        (BigInt, BigInt, BigInt);
    /// Ends a user's sessions but one.
    DELETE_OTHER_SESSIONS = "DELETE FROM session WHERE tenant_id = $1 AND user_id = $2 AND session_id <> $3"
        (BigInt, BigInt, BigInt);
    /// Ends all of a user's sessions.
    DELETE_SESSIONS_OF_USER = "DELETE FROM session WHERE user_id = $1"
        (BigInt);

    /// Makes an enrolment token.
    INSERT_ENROLMENT = "INSERT INTO enrolment_token (enrolment_token_id, token_digest, tenant_id, name, labels, created_at, expires_at, \
        uses_max, uses) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"
        (BigInt, Blob, BigInt, Blob, Blob, BigInt, BigInt, BigInt);
    /// The enrolment token of a secret.
    ENROLMENT_BY_DIGEST = "SELECT enrolment_token_id, tenant_id, labels, expires_at, uses_max, uses FROM enrolment_token \
        WHERE token_digest = $1"
        (Blob) -> (enrolment_token_id: BigInt, tenant_id: BigInt, labels: Blob, expires_at: BigInt, uses_max: BigInt, uses: BigInt);
    /// Counts a use, where one is left.
    USE_ENROLMENT = "UPDATE enrolment_token SET uses = uses + 1 \
        WHERE enrolment_token_id = $1 AND expires_at > $2 AND (uses_max IS NULL OR uses < uses_max)"
        (BigInt, BigInt);
    /// A tenant's enrolment tokens after one.
    ENROLMENTS_AFTER = "SELECT enrolment_token_id, name, labels, created_at, expires_at, uses_max, uses FROM enrolment_token \
        WHERE tenant_id = $1 AND enrolment_token_id > $2 ORDER BY enrolment_token_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (enrolment_token_id: BigInt, name: Blob, labels: Blob, created_at: BigInt, expires_at: BigInt,
            uses_max: BigInt, uses: BigInt);
    /// How many enrolment tokens a tenant has.
    COUNT_ENROLMENTS = "SELECT CAST(COUNT(*) AS BIGINT) AS tokens FROM enrolment_token WHERE tenant_id = $1"
        (BigInt) -> (tokens: BigInt);
    /// One enrolment token's id, where it is the tenant's.
    ENROLMENT_OF_TENANT = "SELECT enrolment_token_id FROM enrolment_token WHERE tenant_id = $1 AND enrolment_token_id = $2"
        (BigInt, BigInt) -> (enrolment_token_id: BigInt);
    /// Revokes an enrolment token.
    DELETE_ENROLMENT = "DELETE FROM enrolment_token WHERE tenant_id = $1 AND enrolment_token_id = $2"
        (BigInt, BigInt);
}
