//! What is kept of single sign-on.

use kernel::data_map::{DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};

use super::{clear, column};

/// The tables of single sign-on.
pub const SINGLE_SIGN_ON: &[Table] = &[
    Table {
        name: "sign_on_provider",
        number: 317,
        store: StoreKind::Identity,
        purpose: "By which providers an organisation's people sign in, and what their groups there give.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("provider_id"),
        columns: &[
            clear(1, "provider_id", "The provider's random number."),
            clear(2, "tenant_id", "The tenant."),
            column(
                3,
                "settings",
                DataClass::Identifying,
                Storage::SealedTenant,
                "Name, issuer, client id, who is taken in, and which group gives which role.",
            ),
            column(4, "client_secret", DataClass::Secret, Storage::SealedTenant, "The secret by which the provider knows this server."),
            clear(5, "is_required", "Whether people other than owners sign in by a provider only."),
            clear(6, "created_at", "When it was added."),
            clear(7, "version", "Counts changes."),
        ],
    },
    Table {
        name: "sign_on_link",
        number: 318,
        store: StoreKind::Identity,
        purpose: "Which account is whose at a provider, and what the groups there give at present.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: Some("user_id"),
        columns: &[
            clear(1, "user_id", "The person's random number."),
            clear(2, "tenant_id", "The tenant."),
            clear(3, "provider_id", "The provider."),
            column(4, "subject_index", DataClass::Personal, Storage::KeyedHash, "Finds an account by the provider's name for its person."),
            column(5, "subject", DataClass::Personal, Storage::SealedUser, "The provider's name for the person."),
            column(
                6,
                "grants",
                DataClass::Identifying,
                Storage::SealedUser,
                "The roles that groups at the provider gave at the last sign-in.",
            ),
            clear(7, "created_at", "When the account was tied to it."),
            clear(8, "last_used_at", "When the person last signed in by it."),
        ],
    },
    Table {
        name: "sign_on_attempt",
        number: 319,
        store: StoreKind::Identity,
        purpose: "Sign-ins that have gone to a provider and have not come back: ten minutes each.",
        retention: Retention::Days(Days::after("expires_at", 1).at_the_latest()),
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            column(1, "state_digest", DataClass::Secret, Storage::Digest, "SHA-256 of what comes back with the answer."),
            clear(2, "tenant_id", "The tenant."),
            column(3, "browser_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the cookie of the browser that began it."),
            clear(4, "provider_id", "The provider."),
            column(5, "link_digest", DataClass::Secret, Storage::Digest, "SHA-256 of the invitation that is accepted by it."),
            clear(6, "begun_at", "When it was begun."),
            clear(7, "expires_at", "When it is over."),
        ],
    },
];
