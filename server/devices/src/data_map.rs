//! What devices stores, for how long, and how it is erased.

use kernel::Place;
use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, StoreKind, Table};

const fn clear(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning }
}

const fn identifying(number: u16, name: &'static str, storage: Storage, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Identifying, storage, meaning }
}

/// The immutable numbers of what is sealed.
pub(crate) mod place {
    use super::Place;

    pub(crate) const fn device_card(row: i64) -> Place {
        Place { table: 400, column: 20, row }
    }
    pub(crate) const fn group_name(row: i64) -> Place {
        Place { table: 401, column: 5, row }
    }
    pub(crate) const fn group_selector(row: i64) -> Place {
        Place { table: 401, column: 6, row }
    }
}

/// The tenant store's tables.
pub const TABLES: &[Table] = &[
    Table {
        name: "device",
        number: 400,
        store: StoreKind::Tenant,
        purpose: "The devices: which key each has, whether it is in service, when it was last heard of, and what filters need.",
        retention: Retention::WithSubject,
        erasure: Erasure::Device,
        bound_to: Some("device_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "device_id", "The device's random number."),
            clear(3, "version", "Counts changes."),
            clear(4, "service", "Whether it is in service or retired."),
            clear(5, "public_key", "The public half of the key that the device made; tells nothing of it."),
            identifying(6, "system_index", Storage::KeyedHash, "Recognises the same system when it is enrolled again."),
            identifying(7, "fingerprint_index", Storage::KeyedHash, "Tells the clones of one image apart."),
            identifying(8, "external_index", Storage::KeyedHash, "Recognises the device of a script that names it itself."),
            clear(9, "enrolment_token_id", "By which token it joined."),
            clear(10, "cloned_from", "Of which device it is a copy."),
            clear(11, "enrolled_at", "When it joined."),
            clear(12, "key_set_at", "When its present key was set or its service last changed; access given before ends."),
            clear(13, "last_seen_at", "When it was last heard of."),
            clear(14, "os_id", "Operating system, as in debian."),
            clear(15, "os_version_id", "Its version, as in 12."),
            clear(16, "packages", "How many packages it has."),
            clear(17, "updates_pending", "How many updates wait."),
            clear(18, "updates_security", "How many of them mend security."),
            clear(19, "kinds_off", "Kinds of data that its own file switches off."),
            identifying(20, "card", Storage::SealedDevice, "Its name, its labels, and the operating system's printable name."),
            clear(21, "card_version", "Changes with the card."),
        ],
    },
    Table {
        name: "device_group",
        number: 401,
        store: StoreKind::Tenant,
        purpose: "Named sets of devices.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("group_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "group_id", "The group's random number."),
            clear(3, "version", "Counts changes."),
            clear(4, "kind", "Listed by hand or chosen by a query."),
            identifying(5, "name", Storage::SealedTenant, "What people call it."),
            identifying(6, "selector", Storage::SealedTenant, "The query, which may hold names."),
            clear(7, "created_at", "When it was made."),
        ],
    },
    Table {
        name: "device_group_member",
        number: 402,
        store: StoreKind::Tenant,
        purpose: "Which devices are in the groups that are listed by hand.",
        retention: Retention::WithSubject,
        erasure: Erasure::Device,
        bound_to: None,
        columns: &[clear(1, "tenant_id", "The tenant."), clear(2, "group_id", "The group."), clear(3, "device_id", "The device.")],
    },
    Table {
        name: "barred_external_name",
        number: 403,
        store: StoreKind::Tenant,
        purpose: "Keeps a device of a script from coming back by itself after it was erased.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            identifying(2, "external_index", Storage::KeyedHash, "Recognises the name that the script gave; says nothing else of it."),
        ],
    },
];
