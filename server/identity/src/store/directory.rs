//! The SQL of what an organisation's directory keeps: accounts, and groups of people.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(crate) const SCHEMA: Schema = Schema::new(
    "identity.directory",
    StoreKind::Identity,
    &[Migration { version: 1, name: "directory", sql: include_str!("../migrations/0001_directory.sql") }],
    data_map::DIRECTORY,
    STATEMENTS,
);

statements! {
    store = Identity;

    /// Adds somebody whom a directory tells of, where nobody has the name.
    INSERT_USER = "INSERT INTO directory_user (user_id, tenant_id, name_index, external_index, told, state, created_at, changed_at, version) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1) ON CONFLICT (name_index) DO NOTHING"
        (BigInt, BigInt, Blob, Blob, Blob, Text, BigInt);
    /// Somebody whom a directory keeps.
    USER = "SELECT user_id, told, state, created_at, changed_at, version FROM directory_user \
        WHERE tenant_id = $1 AND user_id = $2 AND state <> 'removed'"
        (BigInt, BigInt) -> (user_id: BigInt, told: Blob, state: Text, created_at: BigInt, changed_at: BigInt, version: BigInt);
    /// How a directory has somebody, whom it may have removed.
    STATE = "SELECT state FROM directory_user WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt) -> (state: Text);
    /// The numbers of those whom a tenant's directory keeps: the protocol's pages begin anywhere.
    USER_IDS = "SELECT user_id FROM directory_user WHERE tenant_id = $1 AND state <> 'removed' ORDER BY user_id"
        (BigInt) -> (user_id: BigInt);
    /// Those whom a tenant's directory keeps.
    USERS = "SELECT user_id, told, state, created_at, changed_at, version FROM directory_user \
        WHERE tenant_id = $1 AND state <> 'removed' ORDER BY user_id"
        (BigInt) -> (user_id: BigInt, told: Blob, state: Text, created_at: BigInt, changed_at: BigInt, version: BigInt);
    /// How many a tenant's directory keeps.
    COUNT_USERS = "SELECT CAST(COUNT(*) AS BIGINT) AS users FROM directory_user WHERE tenant_id = $1 AND state <> 'removed'"
        (BigInt) -> (users: BigInt);
    /// How many of them may not sign in.
    COUNT_INACTIVE = "SELECT CAST(COUNT(*) AS BIGINT) AS users FROM directory_user WHERE tenant_id = $1 AND state = 'inactive'"
        (BigInt) -> (users: BigInt);
    /// Who has a name.
    USER_BY_NAME = "SELECT user_id FROM directory_user WHERE name_index = $1"
        (Blob) -> (user_id: BigInt);
    /// Who has a directory's own number.
    USERS_BY_EXTERNAL = "SELECT user_id FROM directory_user WHERE tenant_id = $1 AND external_index = $2 AND state <> 'removed' \
        ORDER BY user_id LIMIT 100"
        (BigInt, Blob) -> (user_id: BigInt);
    /// Changes somebody of a version.
    UPDATE_USER = "UPDATE directory_user SET name_index = $4, external_index = $5, told = $6, state = $7, changed_at = $8, \
        version = version + 1 WHERE tenant_id = $1 AND user_id = $2 AND version = $3"
        (BigInt, BigInt, BigInt, Blob, Blob, Blob, Text, BigInt);
    /// Gives an account another address.
    SET_EMAIL = "UPDATE user_account SET email = $3 WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt, Blob);

    /// Makes a group, where none has the name.
    INSERT_GROUP = "INSERT INTO people_group (group_id, tenant_id, name_index, told, created_at, changed_at, version) \
        VALUES ($1, $2, $3, $4, $5, $5, 1) ON CONFLICT (name_index) DO NOTHING"
        (BigInt, BigInt, Blob, Blob, BigInt);
    /// A group.
    GROUP = "SELECT group_id, told, grants, created_at, changed_at, version FROM people_group WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt) -> (group_id: BigInt, told: Blob, grants: Blob, created_at: BigInt, changed_at: BigInt, version: BigInt);
    /// The numbers of a tenant's groups.
    GROUP_IDS = "SELECT group_id FROM people_group WHERE tenant_id = $1 ORDER BY group_id"
        (BigInt) -> (group_id: BigInt);
    /// A tenant's groups.
    GROUPS = "SELECT group_id, told, grants, created_at, changed_at, version FROM people_group WHERE tenant_id = $1 ORDER BY group_id"
        (BigInt) -> (group_id: BigInt, told: Blob, grants: Blob, created_at: BigInt, changed_at: BigInt, version: BigInt);
    /// How many groups a tenant has.
    COUNT_GROUPS = "SELECT CAST(COUNT(*) AS BIGINT) AS people_groups FROM people_group WHERE tenant_id = $1"
        (BigInt) -> (people_groups: BigInt);
    /// How many other groups of a tenant give a role.
    COUNT_GROUPS_THAT_GIVE = "SELECT CAST(COUNT(*) AS BIGINT) AS people_groups FROM people_group \
        WHERE tenant_id = $1 AND group_id <> $2 AND grants IS NOT NULL"
        (BigInt, BigInt) -> (people_groups: BigInt);
    /// Which group has a name.
    GROUP_BY_NAME = "SELECT group_id FROM people_group WHERE name_index = $1"
        (Blob) -> (group_id: BigInt);
    /// Changes a group of a version.
    UPDATE_GROUP = "UPDATE people_group SET name_index = $4, told = $5, changed_at = $6, version = version + 1 \
        WHERE tenant_id = $1 AND group_id = $2 AND version = $3"
        (BigInt, BigInt, BigInt, Blob, Blob, BigInt);
    /// Says what a group gives.
    SET_GRANTS = "UPDATE people_group SET grants = $3 WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt, Blob);
    /// Removes a group.
    DELETE_GROUP = "DELETE FROM people_group WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt);

    /// Takes somebody into a group.
    INSERT_MEMBER = "INSERT INTO group_member (group_id, user_id, tenant_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        (BigInt, BigInt, BigInt);
    /// Takes somebody out of a group.
    DELETE_MEMBER = "DELETE FROM group_member WHERE tenant_id = $1 AND group_id = $2 AND user_id = $3"
        (BigInt, BigInt, BigInt);
    /// Takes everybody out of a group.
    DELETE_MEMBERS = "DELETE FROM group_member WHERE tenant_id = $1 AND group_id = $2"
        (BigInt, BigInt);
    /// Takes somebody out of every group.
    DELETE_MEMBERSHIPS = "DELETE FROM group_member WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt);
    /// Who is in a group.
    MEMBERS = "SELECT user_id FROM group_member WHERE tenant_id = $1 AND group_id = $2 ORDER BY user_id"
        (BigInt, BigInt) -> (user_id: BigInt);
    /// The groups that somebody is in, with what they give.
    GROUPS_OF_USER = "SELECT people_group.group_id, people_group.told, people_group.grants FROM group_member \
        JOIN people_group ON people_group.group_id = group_member.group_id \
        WHERE group_member.tenant_id = $1 AND group_member.user_id = $2 ORDER BY people_group.group_id"
        (BigInt, BigInt) -> (group_id: BigInt, told: Blob, grants: Blob);
    /// What the groups that somebody is in give.
    GRANTS_OF_GROUPS = "SELECT people_group.group_id, people_group.grants FROM group_member \
        JOIN people_group ON people_group.group_id = group_member.group_id \
        WHERE group_member.tenant_id = $1 AND group_member.user_id = $2 AND people_group.grants IS NOT NULL ORDER BY people_group.group_id"
        (BigInt, BigInt) -> (group_id: BigInt, grants: Blob);

    /// By which provider those sign in whom a tenant's directory keeps.
    DIRECTORY = "SELECT provider_id FROM directory WHERE tenant_id = $1"
        (BigInt) -> (provider_id: BigInt);
    /// Says by which provider they sign in.
    PUT_DIRECTORY = "INSERT INTO directory (tenant_id, provider_id) VALUES ($1, $2) \
        ON CONFLICT (tenant_id) DO UPDATE SET provider_id = $2"
        (BigInt, BigInt);
    /// Forgets a provider that is no more.
    FORGET_PROVIDER = "UPDATE directory SET provider_id = NULL WHERE tenant_id = $1 AND provider_id = $2"
        (BigInt, BigInt);
}
