//! What an organisation's directory keeps.

use kernel::data_map::{DataClass, Erasure, Retention, Storage, StoreKind, Table};

use super::{clear, column};

/// The tables of what an organisation's directory keeps.
pub const DIRECTORY: &[Table] = &[
    Table {
        name: "directory_user",
        number: 322,
        store: StoreKind::Identity,
        purpose: "Whose accounts an organisation's directory keeps, and what it told of them.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: Some("user_id"),
        columns: &[
            clear(1, "user_id", "The person's random number."),
            clear(2, "tenant_id", "The tenant."),
            column(3, "name_index", DataClass::Personal, Storage::KeyedHash, "Finds somebody by the directory's name for them."),
            column(4, "external_index", DataClass::Personal, Storage::KeyedHash, "Finds somebody by the directory's number for them."),
            column(5, "told", DataClass::Personal, Storage::SealedUser, "Names, number and addresses, as the directory told them."),
            clear(6, "state", "Whether the directory has the person as active, as inactive, or removed them."),
            clear(7, "created_at", "When the directory first told of them."),
            clear(8, "changed_at", "When it last told something else."),
            clear(9, "version", "Counts changes."),
        ],
    },
    Table {
        name: "people_group",
        number: 323,
        store: StoreKind::Identity,
        purpose: "Groups of people that an organisation's directory keeps, and which roles they give.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("group_id"),
        columns: &[
            clear(1, "group_id", "The group's random number."),
            clear(2, "tenant_id", "The tenant."),
            column(3, "name_index", DataClass::Identifying, Storage::KeyedHash, "Finds a group by its name."),
            column(4, "told", DataClass::Identifying, Storage::SealedTenant, "Name and number, as the directory told them."),
            column(
                5,
                "grants",
                DataClass::Identifying,
                Storage::SealedTenant,
                "The roles of its people, with their devices; absent for none.",
            ),
            clear(6, "created_at", "When the directory first told of it."),
            clear(7, "changed_at", "When it last told something else."),
            clear(8, "version", "Counts changes."),
        ],
    },
    Table {
        name: "group_member",
        number: 324,
        store: StoreKind::Identity,
        purpose: "Who is in which group of people.",
        retention: Retention::WithSubject,
        erasure: Erasure::User,
        bound_to: None,
        columns: &[
            clear(1, "group_id", "The group's random number."),
            clear(2, "user_id", "The person's random number."),
            clear(3, "tenant_id", "The tenant."),
        ],
    },
    Table {
        name: "directory",
        number: 325,
        store: StoreKind::Identity,
        purpose: "By which provider of single sign-on those sign in whose accounts an organisation's directory keeps.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[clear(1, "tenant_id", "The tenant."), clear(2, "provider_id", "The provider's random number; absent for none.")],
    },
];
