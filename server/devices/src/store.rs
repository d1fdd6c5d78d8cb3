//! All of devices' SQL.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

/// What devices keeps.
pub static SCHEMAS: &[Schema] = &[Schema::new(
    "devices",
    StoreKind::Tenant,
    &[
        Migration { version: 1, name: "devices", sql: include_str!("migrations/0001_devices.sql") },
        Migration { version: 2, name: "barred_external_name", sql: include_str!("migrations/0002_barred_external_name.sql") },
    ],
    data_map::TABLES,
    STATEMENTS,
)];

statements! {
    store = Tenant;

    /// Every device of a tenant, for the roster.
    ALL_DEVICES = "SELECT device_id, version, service, enrolled_at, last_seen_at, cloned_from, os_id, os_version_id, packages, \
        updates_pending, updates_security, kinds_off, card, card_version FROM device WHERE tenant_id = $1 ORDER BY device_id"
        (BigInt) -> (device_id: BigInt, version: BigInt, service: Text, enrolled_at: BigInt, last_seen_at: BigInt, cloned_from: BigInt,
            os_id: Text, os_version_id: Text, packages: BigInt, updates_pending: BigInt, updates_security: BigInt, kinds_off: Text,
            card: Blob, card_version: BigInt);
    /// One device, for the roster.
    DEVICE_BY_ID = "SELECT device_id, version, service, enrolled_at, last_seen_at, cloned_from, os_id, os_version_id, packages, \
        updates_pending, updates_security, kinds_off, card, card_version FROM device WHERE tenant_id = $1 AND device_id = $2"
        (BigInt, BigInt) -> (device_id: BigInt, version: BigInt, service: Text, enrolled_at: BigInt, last_seen_at: BigInt,
            cloned_from: BigInt, os_id: Text, os_version_id: Text, packages: BigInt, updates_pending: BigInt, updates_security: BigInt,
            kinds_off: Text, card: Blob, card_version: BigInt);

    /// What a device proves itself by.
    CREDENTIALS_BY_ID = "SELECT device_id, service, public_key, fingerprint_index, enrolment_token_id FROM device \
        WHERE tenant_id = $1 AND device_id = $2"
        (BigInt, BigInt) -> (device_id: BigInt, service: Text, public_key: Blob, fingerprint_index: Blob, enrolment_token_id: BigInt);
    /// The device that has a key.
    CREDENTIALS_BY_KEY = "SELECT device_id, service, public_key, fingerprint_index, enrolment_token_id FROM device \
        WHERE tenant_id = $1 AND public_key = $2"
        (BigInt, Blob) -> (device_id: BigInt, service: Text, public_key: Blob, fingerprint_index: Blob, enrolment_token_id: BigInt);
    /// The devices of a system: more than one where its image was copied. Those that are no copies come first, then the first to join.
    CREDENTIALS_BY_SYSTEM = "SELECT device_id, service, public_key, fingerprint_index, enrolment_token_id FROM device \
        WHERE tenant_id = $1 AND system_index = $2 \
        ORDER BY CASE WHEN cloned_from IS NULL THEN 0 ELSE 1 END, enrolled_at, device_id LIMIT $3"
        (BigInt, Blob, BigInt) -> (device_id: BigInt, service: Text, public_key: Blob, fingerprint_index: Blob,
            enrolment_token_id: BigInt);
    /// The device of a system and a fingerprint.
    CREDENTIALS_BY_SYSTEM_AND_FINGERPRINT = "SELECT device_id, service, public_key, fingerprint_index, enrolment_token_id FROM device \
        WHERE tenant_id = $1 AND system_index = $2 AND fingerprint_index = $3"
        (BigInt, Blob, Blob) -> (device_id: BigInt, service: Text, public_key: Blob, fingerprint_index: Blob,
            enrolment_token_id: BigInt);
    /// The device of a script's own name for it.
    DEVICE_BY_EXTERNAL_NAME = "SELECT device_id, service FROM device WHERE tenant_id = $1 AND external_index = $2"
        (BigInt, Blob) -> (device_id: BigInt, service: Text);
    /// Bars the name by which a script calls a device; nothing where it has none.
    BAR_EXTERNAL_NAME = "INSERT INTO barred_external_name (tenant_id, external_index) SELECT tenant_id, external_index FROM device \
        WHERE tenant_id = $1 AND device_id = $2 AND external_index IS NOT NULL ON CONFLICT (tenant_id, external_index) DO NOTHING"
        (BigInt, BigInt);
    /// Whether a script's name for a device is barred.
    BARRED_EXTERNAL_NAME = "SELECT external_index FROM barred_external_name WHERE tenant_id = $1 AND external_index = $2"
        (BigInt, Blob) -> (external_index: Blob);
    /// Lets a name in again.
    READMIT_EXTERNAL_NAME = "DELETE FROM barred_external_name WHERE tenant_id = $1 AND external_index = $2" (BigInt, Blob);
    /// How many copies were enrolled with a device's key.
    COUNT_CLONES = "SELECT CAST(COUNT(*) AS BIGINT) AS clones FROM device WHERE tenant_id = $1 AND cloned_from = $2"
        (BigInt, BigInt) -> (clones: BigInt);
    /// Devices whose earlier access tokens may not be good any more.
    BARRED_DEVICES = "SELECT device_id, service, key_set_at FROM device WHERE tenant_id = $1 AND (service = 'retired' OR (key_set_at > $2 AND key_set_at > enrolled_at))"
        (BigInt, BigInt) -> (device_id: BigInt, service: Text, key_set_at: BigInt);

    /// Makes a device.
    INSERT_DEVICE = "INSERT INTO device (tenant_id, device_id, version, service, public_key, system_index, fingerprint_index, \
        external_index, enrolment_token_id, cloned_from, enrolled_at, key_set_at, kinds_off, card, card_version) \
        VALUES ($1, $2, 1, 'enrolled', $3, $4, $5, $6, $7, $8, $9, $9, '', $10, 1)"
        (BigInt, BigInt, Blob, Blob, Blob, Blob, BigInt, BigInt, BigInt, Blob);
    /// Gives a device a new key and puts it in service.
    RENEW_DEVICE = "UPDATE device SET public_key = $3, service = 'enrolled', enrolment_token_id = $4, key_set_at = $5, version = version + 1 \
        WHERE tenant_id = $1 AND device_id = $2"
        (BigInt, BigInt, Blob, BigInt, BigInt);
    /// Takes a device out of service or puts it back. Access given before ends either way.
    SET_SERVICE = "UPDATE device SET service = $3, key_set_at = $4, version = version + 1 \
        WHERE tenant_id = $1 AND device_id = $2 AND service <> $3"
        (BigInt, BigInt, Text, BigInt);
    /// Replaces a device's card.
    SET_CARD = "UPDATE device SET card = $3, card_version = card_version + 1, version = version + 1 \
        WHERE tenant_id = $1 AND device_id = $2 AND card_version = $4"
        (BigInt, BigInt, Blob, BigInt);
    /// Notes that a device was heard of.
    SET_SEEN = "UPDATE device SET last_seen_at = $3 WHERE tenant_id = $1 AND device_id = $2 \
        AND (last_seen_at IS NULL OR last_seen_at < $3)"
        (BigInt, BigInt, BigInt);
    /// Replaces what filters need of a device's state.
    SET_FACTS = "UPDATE device SET os_id = $3, os_version_id = $4, packages = $5, updates_pending = $6, updates_security = $7, \
        kinds_off = $8, version = version + 1 WHERE tenant_id = $1 AND device_id = $2"
        (BigInt, BigInt, Text, Text, BigInt, BigInt, BigInt, Text);

    /// Every group of a tenant.
    ALL_GROUPS = "SELECT group_id, version, kind, name, selector, created_at FROM device_group WHERE tenant_id = $1 ORDER BY group_id"
        (BigInt) -> (group_id: BigInt, version: BigInt, kind: Text, name: Blob, selector: Blob, created_at: BigInt);
    /// One group.
    GROUP_BY_ID = "SELECT group_id, version, kind, name, selector, created_at FROM device_group WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt) -> (group_id: BigInt, version: BigInt, kind: Text, name: Blob, selector: Blob, created_at: BigInt);
    /// How many groups a tenant has.
    COUNT_GROUPS = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM device_group WHERE tenant_id = $1"
        (BigInt) -> (number: BigInt);
    /// Makes a group.
    INSERT_GROUP = "INSERT INTO device_group (tenant_id, group_id, version, kind, name, selector, created_at) VALUES ($1, $2, 1, $3, $4, $5, $6)"
        (BigInt, BigInt, Text, Blob, Blob, BigInt);
    /// Changes a group of a version.
    UPDATE_GROUP = "UPDATE device_group SET name = $4, selector = $5, version = version + 1 \
        WHERE tenant_id = $1 AND group_id = $2 AND version = $3"
        (BigInt, BigInt, BigInt, Blob, Blob);
    /// Removes a group.
    DELETE_GROUP = "DELETE FROM device_group WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt);
    /// Every membership of a tenant's groups.
    ALL_MEMBERS = "SELECT group_id, device_id FROM device_group_member WHERE tenant_id = $1 ORDER BY group_id, device_id"
        (BigInt) -> (group_id: BigInt, device_id: BigInt);
    /// A group's members.
    MEMBERS_OF_GROUP = "SELECT device_id FROM device_group_member WHERE tenant_id = $1 AND group_id = $2 ORDER BY device_id"
        (BigInt, BigInt) -> (device_id: BigInt);
    /// Adds a member.
    INSERT_MEMBER = "INSERT INTO device_group_member (tenant_id, group_id, device_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        (BigInt, BigInt, BigInt);
    /// Removes all members.
    DELETE_MEMBERS = "DELETE FROM device_group_member WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt);
}
