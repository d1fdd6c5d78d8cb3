//! What identity stores, for how long, and how it is erased.

mod directory;
mod operators;
mod single_sign_on;

use kernel::Place;
use kernel::data_map::{Column, DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};

pub use self::directory::DIRECTORY;
pub use self::operators::OPERATORS;
pub use self::single_sign_on::SINGLE_SIGN_ON;

const fn clear(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning }
}

const fn column(number: u16, name: &'static str, class: DataClass, storage: Storage, meaning: &'static str) -> Column {
    Column { name, number, class, storage, meaning }
}

/// The immutable numbers of what is sealed.
pub(crate) mod place {
    use super::Place;

    pub(crate) const fn tenant_name(row: i64) -> Place {
        Place { table: 300, column: 2, row }
    }
    pub(crate) const fn user_email(row: i64) -> Place {
        Place { table: 301, column: 4, row }
    }
    pub(crate) const fn user_password_hash(row: i64) -> Place {
        Place { table: 301, column: 5, row }
    }
    pub(crate) const fn user_totp_secret(row: i64) -> Place {
        Place { table: 301, column: 6, row }
    }
    /// The row is the user's, since the link itself has a digest for a key.
    pub(crate) const fn link_totp_secret(row: i64) -> Place {
        Place { table: 302, column: 5, row }
    }
    pub(crate) const fn token_name(row: i64) -> Place {
        Place { table: 304, column: 5, row }
    }
    pub(crate) const fn token_devices(row: i64) -> Place {
        Place { table: 304, column: 11, row }
    }
    pub(crate) const fn token_networks(row: i64) -> Place {
        Place { table: 304, column: 12, row }
    }
    /// The row is the tenant's.
    pub(crate) const fn authority_certificate(row: i64) -> Place {
        Place { table: 320, column: 2, row }
    }
    /// The row is the tenant's.
    pub(crate) const fn authority_key(row: i64) -> Place {
        Place { table: 320, column: 3, row }
    }
    pub(crate) const fn operator_name(row: i64) -> Place {
        Place { table: 334, column: 3, row }
    }
    pub(crate) const fn operator_authority_certificate(row: i64) -> Place {
        Place { table: 335, column: 2, row }
    }
    pub(crate) const fn operator_authority_key(row: i64) -> Place {
        Place { table: 335, column: 3, row }
    }
    /// The row is the tenant's.
    pub(crate) const fn policy_networks(row: i64) -> Place {
        Place { table: 314, column: 3, row }
    }
    pub(crate) const fn grant_devices(row: i64) -> Place {
        Place { table: 306, column: 5, row }
    }
    /// The row is the invited user's.
    pub(crate) const fn invitation_note(row: i64) -> Place {
        Place { table: 307, column: 3, row }
    }
    pub(crate) const fn invitation_grants(row: i64) -> Place {
        Place { table: 307, column: 4, row }
    }
    pub(crate) const fn former_hashes(row: i64) -> Place {
        Place { table: 308, column: 3, row }
    }
    pub(crate) const fn passkey_credential(row: i64) -> Place {
        Place { table: 315, column: 5, row }
    }
    pub(crate) const fn passkey_public_key(row: i64) -> Place {
        Place { table: 315, column: 6, row }
    }
    pub(crate) const fn passkey_name(row: i64) -> Place {
        Place { table: 315, column: 7, row }
    }
    pub(crate) const fn provider_settings(row: i64) -> Place {
        Place { table: 317, column: 3, row }
    }
    pub(crate) const fn provider_client_secret(row: i64) -> Place {
        Place { table: 317, column: 4, row }
    }
    /// The row is the user's: a person has one.
    pub(crate) const fn link_subject(row: i64) -> Place {
        Place { table: 318, column: 5, row }
    }
    pub(crate) const fn link_grants(row: i64) -> Place {
        Place { table: 318, column: 6, row }
    }
    /// The row is the user's.
    pub(crate) const fn directory_told(row: i64) -> Place {
        Place { table: 322, column: 5, row }
    }
    pub(crate) const fn group_told(row: i64) -> Place {
        Place { table: 323, column: 4, row }
    }
    pub(crate) const fn group_grants(row: i64) -> Place {
        Place { table: 323, column: 5, row }
    }
    pub(crate) const fn enrolment_name(row: i64) -> Place {
        Place { table: 305, column: 4, row }
    }
    pub(crate) const fn enrolment_labels(row: i64) -> Place {
        Place { table: 305, column: 5, row }
    }
}

/// For how many days a token that has expired is listed still, where the tenant's owner says nothing else.
const TOKEN_DAYS: u16 = 30;

/// The identity store's tables.
pub const TABLES: &[Table] = &[
    Table {
        name: "tenant",
        number: 300,
        store: StoreKind::Identity,
        purpose: "Which organisation a tenant's number stands for. Its name lies here and nowhere else.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("tenant_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant's random number."),
            column(2, "name", DataClass::Identifying, Storage::SealedTenant, "The organisation's name."),
            clear(3, "stale_after_seconds", "Silence after which a device is stale."),
            clear(4, "lost_after_seconds", "Silence after which a device is lost."),
            clear(5, "created_at", "When the tenant was made."),
            clear(6, "version", "Counts changes."),
            clear(7, "preset", "What passwords and sessions are held to."),
        ],
    },
    Table {
        name: "user_account",
        number: 301,
        store: StoreKind::Identity,
        purpose: "The people who sign in.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: Some("user_id"),
        columns: &[
            clear(1, "user_id", "The user's random number."),
            clear(2, "tenant_id", "The tenant."),
            column(3, "email_index", DataClass::Personal, Storage::KeyedHash, "Finds an account by its e-mail address."),
            column(4, "email", DataClass::Personal, Storage::SealedUser, "The e-mail address."),
            column(5, "password_hash", DataClass::Secret, Storage::SealedUser, "The password's argon2id hash."),
            column(6, "totp_secret", DataClass::Secret, Storage::SealedUser, "The second factor's secret."),
            clear(7, "totp_step", "The time step of the last code taken, so that none is taken twice."),
            clear(8, "language", "The language of the console."),
            clear(9, "created_at", "When the account was set up."),
            clear(10, "version", "Counts changes."),
            clear(11, "password_set_at", "Since when the account has its password."),
        ],
    },
    Table {
        name: "one_time_link",
        number: 302,
        store: StoreKind::Identity,
        purpose: "Links by which an owner sets an account up or gets back into it: each good for one use within a day.",
        retention: Retention::Days(Days::after("expires_at", 1).at_the_latest()),
        erasure: Erasure::User,
        bound_to: Some("user_id"),
        columns: &[
            column(1, "link_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the link's secret."),
            clear(2, "tenant_id", "The tenant."),
            clear(3, "user_id", "The user that it is for."),
            clear(4, "purpose", "Set-up or recovery."),
            column(5, "totp_secret", DataClass::Secret, Storage::SealedUser, "The second factor's secret that the link offers."),
            clear(6, "created_at", "When it was made."),
            clear(7, "expires_at", "When it stops working."),
            clear(8, "used_at", "When it was used."),
        ],
    },
    Table {
        name: "session",
        number: 303,
        store: StoreKind::Identity,
        purpose: "Signed-in browsers.",
        retention: Retention::Days(Days::after("last_used_at", 1).at_the_latest()),
        erasure: Erasure::User,
        bound_to: None,
        columns: &[
            clear(1, "session_id", "The session's random number."),
            column(2, "token_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the cookie."),
            clear(3, "tenant_id", "The tenant."),
            clear(4, "user_id", "The user."),
            clear(5, "created_at", "When the person signed in."),
            clear(6, "last_used_at", "When it was last used, to the minute."),
            clear(7, "expires_at", "When it ends in any case."),
            clear(8, "browser", "What kind of browser it is, of a short list: as firefox/linux."),
        ],
    },
    Table {
        name: "access_token",
        number: 304,
        store: StoreKind::Identity,
        purpose: "Tokens of programs (API) and of scripts that report (telemetry).",
        retention: Retention::Days(Days::after("expires_at", TOKEN_DAYS).or_from(1, 400)),
        erasure: Erasure::Tenant,
        bound_to: Some("token_id"),
        columns: &[
            clear(1, "token_id", "The token's random number."),
            column(2, "token_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the token."),
            clear(3, "tenant_id", "The tenant."),
            clear(4, "kind", "API or telemetry."),
            column(5, "name", DataClass::Identifying, Storage::SealedTenant, "What people call it."),
            clear(6, "permissions", "What it may do."),
            clear(7, "created_at", "When it was made."),
            clear(8, "expires_at", "When it stops working."),
            clear(9, "last_used_at", "When it was last used, to the hour."),
            clear(10, "owner_id", "The random number of who made it or changed its secret last; empty where the host did."),
            column(
                11,
                "devices",
                DataClass::Identifying,
                Storage::SealedTenant,
                "The selectors of the devices that it is for; absent for all.",
            ),
            column(12, "networks", DataClass::Identifying, Storage::SealedTenant, "The networks from which it works; absent for all."),
            column(13, "retiring_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the secret whose place another took."),
            clear(14, "retiring_until", "Until when that one works still."),
            clear(15, "shared_at", "When it was found to be used from too many networks."),
            clear(16, "requires_certificate", "Whether it works with a client certificate only."),
        ],
    },
    Table {
        name: "enrolment_token",
        number: 305,
        store: StoreKind::Identity,
        purpose: "Tokens that let devices join a tenant. They lie here because they are looked up before the tenant is known.",
        retention: Retention::Days(Days::after("expires_at", TOKEN_DAYS).or_from(1, 400)),
        erasure: Erasure::Tenant,
        bound_to: Some("enrolment_token_id"),
        columns: &[
            clear(1, "enrolment_token_id", "The token's random number."),
            column(2, "token_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the token."),
            clear(3, "tenant_id", "The tenant."),
            column(4, "name", DataClass::Identifying, Storage::SealedTenant, "What people call it."),
            column(5, "labels", DataClass::Identifying, Storage::SealedTenant, "Labels that its devices get."),
            clear(6, "created_at", "When it was made."),
            clear(7, "expires_at", "When it stops working."),
            clear(8, "uses_max", "How many devices may join by it."),
            clear(9, "uses", "How many have joined by it."),
        ],
    },
    Table {
        name: "role_grant",
        number: 306,
        store: StoreKind::Identity,
        purpose: "What each person may do, and on which devices.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: Some("grant_id"),
        columns: &[
            clear(1, "grant_id", "The grant's random number."),
            clear(2, "tenant_id", "The tenant."),
            clear(3, "user_id", "The person's random number."),
            clear(4, "role", "The role."),
            column(
                5,
                "devices",
                DataClass::Identifying,
                Storage::SealedUser,
                "The selector of the devices that it is for; absent for all.",
            ),
            clear(6, "created_at", "When it was given."),
        ],
    },
    Table {
        name: "invitation",
        number: 307,
        store: StoreKind::Identity,
        purpose: "Who was invited and has no account yet, and what they are to be allowed.",
        retention: Retention::Days(Days::after("expires_at", 1).at_the_latest()),
        erasure: Erasure::User,
        bound_to: Some("user_id"),
        columns: &[
            clear(1, "user_id", "The random number that the account will have."),
            clear(2, "tenant_id", "The tenant."),
            column(3, "note", DataClass::Personal, Storage::SealedUser, "Whom it is for, as the inviting person wrote it."),
            column(4, "grants", DataClass::Identifying, Storage::SealedUser, "The roles that the account will have, with their devices."),
            clear(5, "invited_by", "The random number of who invites."),
            clear(6, "created_at", "When it was made."),
            clear(7, "expires_at", "When it stops working."),
        ],
    },
    Table {
        name: "former_password",
        number: 308,
        store: StoreKind::Identity,
        purpose: "Passwords that people had before, where their organisation asks that none comes again: at most three of each, as hashes.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: Some("user_id"),
        columns: &[
            clear(1, "user_id", "The person's random number."),
            clear(2, "tenant_id", "The tenant."),
            column(3, "hashes", DataClass::Secret, Storage::SealedUser, "The argon2id hashes, the newest first."),
            clear(4, "changed_at", "When the password was last changed."),
        ],
    },
    Table {
        name: "recovery_code",
        number: 309,
        store: StoreKind::Identity,
        purpose: "Codes that stand for the second factor when an authenticator is lost: ten at most, each good for one use.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: None,
        columns: &[
            column(1, "code_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the code."),
            clear(2, "tenant_id", "The tenant."),
            clear(3, "user_id", "The person's random number."),
            clear(4, "created_at", "When it was made."),
        ],
    },
];

/// The tables of keys and of what a tenant demands of them.
pub const KEYS: &[Table] = &[
    Table {
        name: "token_network",
        number: 313,
        store: StoreKind::Identity,
        purpose: "From how many networks an API token is used, to find those that several share.",
        retention: Retention::Days(Days::after("seen_at", 1).at_the_latest()),
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "token_id", "The token."),
            column(
                2,
                "network_index",
                DataClass::Identifying,
                Storage::KeyedHash,
                "A keyed hash of the network, another one for each token.",
            ),
            clear(3, "tenant_id", "The tenant."),
            clear(4, "seen_at", "When it was last used from there, to ten minutes."),
        ],
    },
    Table {
        name: "access_policy",
        number: 314,
        store: StoreKind::Identity,
        purpose: "What a tenant demands of credentials: how long they live, and from which networks they work.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("tenant_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "token_days_max", "The longest life of an API token, in days."),
            column(
                3,
                "networks",
                DataClass::Identifying,
                Storage::SealedTenant,
                "The networks from which people, programs and devices are let in.",
            ),
            clear(4, "version", "Counts changes."),
        ],
    },
];

/// The tables of passkeys.
pub const PASSKEYS: &[Table] = &[
    Table {
        name: "passkey",
        number: 315,
        store: StoreKind::Identity,
        purpose: "Passkeys by which people sign in without a password. What is kept opens nothing; who made the device is not asked for.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: Some("passkey_id"),
        columns: &[
            clear(1, "passkey_id", "The passkey's random number."),
            clear(2, "tenant_id", "The tenant."),
            clear(3, "user_id", "The person's random number."),
            column(4, "credential_index", DataClass::Personal, Storage::KeyedHash, "Finds a passkey by what its authenticator calls it."),
            column(5, "credential", DataClass::Personal, Storage::SealedUser, "What its authenticator calls it."),
            column(6, "public_key", DataClass::Personal, Storage::SealedUser, "The public key, with its algorithm."),
            column(7, "name", DataClass::Personal, Storage::SealedUser, "What its person calls it."),
            clear(8, "sign_count", "How often its authenticator says that it was used, to find copies."),
            clear(9, "backup", "Whether it can be copied to other devices, and was."),
            clear(10, "created_at", "When it was added."),
            clear(11, "last_used_at", "When it was last used."),
        ],
    },
    Table {
        name: "spent_ticket",
        number: 316,
        store: StoreKind::Identity,
        purpose: "Questions that a passkey has answered, so that no answer is taken twice.",
        retention: Retention::Days(Days::after("expires_at", 1).at_the_latest()),
        erasure: Erasure::User,
        bound_to: None,
        columns: &[
            column(1, "ticket_digest", DataClass::Secret, Storage::Digest, "SHA-256 of what was signed."),
            clear(2, "tenant_id", "The tenant."),
            clear(3, "user_id", "The person's random number."),
            clear(4, "expires_at", "Until when an answer would have been taken."),
        ],
    },
];

/// The tables of client certificates.
pub const CERTIFICATES: &[Table] = &[
    Table {
        name: "certificate_authority",
        number: 320,
        store: StoreKind::Identity,
        purpose: "Each tenant's own authority, which issues client certificates.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("tenant_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            column(2, "certificate", DataClass::Identifying, Storage::SealedTenant, "The authority's certificate."),
            column(3, "private_key", DataClass::Secret, Storage::SealedTenant, "Its private key."),
            clear(4, "created_at", "When it was made."),
            clear(5, "expires_at", "When it ends."),
        ],
    },
    Table {
        name: "token_certificate",
        number: 321,
        store: StoreKind::Identity,
        purpose: "Client certificates that were issued for tokens.",
        retention: Retention::Days(Days::after("expires_at", TOKEN_DAYS).at_the_latest()),
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "certificate_id", "The certificate's random number."),
            column(2, "fingerprint", DataClass::Identifying, Storage::Digest, "SHA-256 of the certificate."),
            clear(3, "tenant_id", "The tenant."),
            clear(4, "token_id", "The token that it works with."),
            clear(5, "created_at", "When it was issued."),
            clear(6, "expires_at", "When it ends."),
        ],
    },
];
