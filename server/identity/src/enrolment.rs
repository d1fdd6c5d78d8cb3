//! Enrolment tokens: by them devices join a tenant, so many and until then.

use std::time::Duration;

use kernel::{EnrolmentTokenId, KeyRef, KeyRing, Page, PageRequest, Scope, SecretText, SystemWork, TenantId, Timestamp};
use seal::token::{Token, TokenKind};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::store as sql;
use crate::{Identity, IdentityError, Labels, Name};

/// Most enrolment tokens of a tenant.
pub const ENROLMENT_TOKENS_MAX: i64 = 1_000;
/// Longest life of an enrolment token.
pub const ENROLMENT_LIFETIME_MAX: Duration = Duration::from_secs(366 * 86_400);
/// Most devices that may join by one token.
pub const ENROLMENT_USES_MAX: i64 = 1_000_000;

/// What to make.
#[derive(Clone, Debug)]
pub struct NewEnrolment {
    /// What people call it.
    pub name: Name,
    /// Labels that its devices get.
    pub labels: Labels,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// How many devices may join by it; any number where absent.
    pub uses_max: Option<i64>,
}

/// An enrolment token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentSummary {
    /// Its id.
    pub enrolment_token: EnrolmentTokenId,
    /// What people call it.
    pub name: Name,
    /// Labels that its devices get.
    pub labels: Labels,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// How many devices may join by it.
    pub uses_max: Option<i64>,
    /// How many have joined by it.
    pub uses: i64,
}

/// An enrolment token that was just made: its secret is shown once.
#[derive(Clone, Debug)]
pub struct CreatedEnrolment {
    /// The token.
    pub summary: EnrolmentSummary,
    /// The secret.
    pub secret: SecretText,
    /// The command to run on the device; holds the secret.
    pub command: SecretText,
}

/// What an enrolment token lets a device do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentGrant {
    /// The tenant to join.
    pub tenant: TenantId,
    /// The token.
    pub enrolment_token: EnrolmentTokenId,
    /// Labels that the device gets.
    pub labels: Labels,
}

impl Identity {
    /// Makes an enrolment token.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field, [`IdentityError::LimitReached`]; keys and store.
    pub async fn create_enrolment(&self, scope: &Scope, new: NewEnrolment) -> Result<CreatedEnrolment, IdentityError> {
        let created_at = self.clock().now();
        check(&new, created_at)?;
        let secret = Token::make(TokenKind::Enrolment, self.rng().bytes());
        let id = EnrolmentTokenId::from_random(self.rng().bits());
        let payload = json!({ "kind": "enrolment", "uses_max": new.uses_max, "expires_at": new.expires_at.micros() });
        let told = self.record(scope, LeafKind::TokenCreated, Some(id.number()), payload).await?;
        let NewEnrolment { name, labels, expires_at, uses_max } = new;
        let summary = EnrolmentSummary { enrolment_token: id, name, labels, created_at, expires_at, uses_max, uses: 0 };
        let (keys, tenant, digest, row) = (self.keys(), scope.tenant(), secret.stored_hash(), summary.clone());
        self.db()
            .write(move |tx| {
                if tx.query_one(&sql::COUNT_ENROLMENTS, &params![tenant])?.get::<i64>(0)? >= ENROLMENT_TOKENS_MAX {
                    return Err(IdentityError::LimitReached { what: "enrolment tokens", limit: ENROLMENT_TOKENS_MAX });
                }
                Ok(insert(tx, &told, keys.as_ref(), (tenant, digest), &row)?)
            })
            .await?;
        let command = self.enrolment_command(secret.expose());
        Ok(CreatedEnrolment { summary, secret: SecretText::new(secret.expose().to_owned()), command: SecretText::new(command) })
    }

    /// As [`Identity::create_enrolment`], for whoever may read the data folder. Host-side.
    ///
    /// # Errors
    /// As [`Identity::create_enrolment`]; [`IdentityError::NotFound`] for an unknown tenant.
    pub async fn create_enrolment_on_host(&self, tenant: TenantId, new: NewEnrolment) -> Result<CreatedEnrolment, IdentityError> {
        self.settings(tenant).await?;
        let scope = self.mint().system(tenant, SystemWork::HostAdministration);
        self.create_enrolment(&scope, new).await
    }

    /// The command by which a device enrols. It carries the fingerprint of the server's key, which guards the first contact.
    fn enrolment_command(&self, secret: &str) -> String {
        let (server, key) = (&self.0.config.public_url, self.0.trust.fingerprint());
        format!("purser-agent enrol --server {server} --server-key {key} --token {secret}")
    }

    /// A page of the tenant's enrolment tokens, by id.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the cursor; keys and store.
    pub async fn list_enrolments(&self, scope: &Scope, page: PageRequest) -> Result<Page<EnrolmentSummary>, IdentityError> {
        let after = page.cursor.map(|cursor| cursor.parse::<EnrolmentTokenId>()).transpose();
        let after = after.map_err(|error| IdentityError::invalid("cursor", &error))?.map_or(0, EnrolmentTokenId::number);
        let (keys, tenant, limit) = (self.keys(), scope.tenant(), page.limit);
        let rows = self
            .db()
            .read(move |tx| {
                let rows = tx.query(&sql::ENROLMENTS_AFTER, &params![tenant, after, i64::from(limit) + 1])?;
                rows.iter().map(|row| summary_of(row, keys.as_ref(), tenant)).collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        Ok(Page::of_one_more(rows, limit, |row| row.enrolment_token.to_string()))
    }

    /// Revokes an enrolment token: nobody joins by it from now on; who has joined stays.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown one or another tenant's; keys and store.
    pub async fn revoke_enrolment(&self, scope: &Scope, id: EnrolmentTokenId) -> Result<(), IdentityError> {
        let tenant = scope.tenant();
        let found = self.db().read(move |tx| tx.query_optional(&sql::ENROLMENT_OF_TENANT, &params![tenant, id])).await?;
        found.ok_or(IdentityError::NotFound)?;
        let told = self.record(scope, LeafKind::TokenRevoked, Some(id.number()), json!({ "kind": "enrolment" })).await?;
        self.db().write(move |tx| delete(tx, &told, tenant, id)).await?;
        Ok(())
    }

    /// What a token would let a device do, where it has not expired. Counts nothing: a device that lost the answer to its
    /// enrolment asks again with the same key and is no second use, even of a token that is used up by now.
    ///
    /// # Errors
    /// [`IdentityError::EnrolmentRefused`]; keys and store.
    pub async fn find_enrolment(&self, secret: &SecretText) -> Result<EnrolmentGrant, IdentityError> {
        let token = Token::parse(secret.expose()).map_err(|_| IdentityError::EnrolmentRefused)?;
        if token.kind() != TokenKind::Enrolment {
            return Err(IdentityError::EnrolmentRefused);
        }
        let (keys, digest) = (self.keys(), token.stored_hash());
        let found = self
            .db()
            .read(move |tx| {
                let now = tx.now();
                let Some(row) = tx.query_optional(&sql::ENROLMENT_BY_DIGEST, &params![digest])? else {
                    return Ok(None);
                };
                if row.get::<Timestamp>(3)? <= now {
                    return Ok(None);
                }
                let (enrolment_token, tenant): (EnrolmentTokenId, TenantId) = (row.get(0)?, row.get(1)?);
                let labels: Sealed<Labels> = row.get(2)?;
                let labels = labels.open(keys.as_ref(), KeyRef::Tenant(tenant), place::enrolment_labels(enrolment_token.number()))?;
                Ok::<_, StoreError>(Some(EnrolmentGrant { tenant, enrolment_token, labels }))
            })
            .await?;
        found.ok_or(IdentityError::EnrolmentRefused)
    }

    /// Counts a use of a token, where one is left. Comes before the device is written, so that never more devices join
    /// than may; where the device is then not written, the use is lost.
    ///
    /// # Errors
    /// [`IdentityError::EnrolmentRefused`]; the store's.
    pub async fn redeem_enrolment(&self, grant: &EnrolmentGrant) -> Result<(), IdentityError> {
        let id = grant.enrolment_token;
        let used = self
            .db()
            .write(move |tx| {
                let now = tx.now();
                tx.execute(&sql::USE_ENROLMENT, &params![id, now])
            })
            .await?;
        if used == 1 { Ok(()) } else { Err(IdentityError::EnrolmentRefused) }
    }
}

/// From here on devices join by the secret.
fn insert(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, digest): (TenantId, [u8; 32]),
    row: &EnrolmentSummary,
) -> Result<(), StoreError> {
    let EnrolmentSummary { enrolment_token: id, name, labels, created_at, expires_at, uses_max, .. } = row;
    let key = KeyRef::Tenant(tenant);
    let name = Sealed::seal(keys, key, place::enrolment_name(id.number()), &name.as_text().to_owned())?;
    let labels = Sealed::seal(keys, key, place::enrolment_labels(id.number()), labels)?;
    tx.execute(&sql::INSERT_ENROLMENT, &params![*id, digest, tenant, name, labels, *created_at, *expires_at, *uses_max])?;
    Ok(())
}

fn delete(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, id: EnrolmentTokenId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_ENROLMENT, &params![tenant, id]).map(|_| ())
}

fn check(new: &NewEnrolment, now: Timestamp) -> Result<(), IdentityError> {
    if new.expires_at <= now || new.expires_at > now.plus(ENROLMENT_LIFETIME_MAX) {
        let detail = format!("the time must be in the future, at most {} days from now", ENROLMENT_LIFETIME_MAX.as_secs() / 86_400);
        return Err(IdentityError::Invalid { field: "expires_at", detail });
    }
    if new.uses_max.is_some_and(|uses| !(1..=ENROLMENT_USES_MAX).contains(&uses)) {
        return Err(IdentityError::Invalid { field: "uses_max", detail: format!("a number from 1 to {ENROLMENT_USES_MAX}") });
    }
    Ok(())
}

fn summary_of(row: &Row, keys: &dyn KeyRing, tenant: TenantId) -> Result<EnrolmentSummary, StoreError> {
    let id: EnrolmentTokenId = row.get(0)?;
    let name: Sealed<String> = row.get(1)?;
    let labels: Sealed<Labels> = row.get(2)?;
    let key = KeyRef::Tenant(tenant);
    let name = name.open(keys, key, place::enrolment_name(id.number()))?;
    Ok(EnrolmentSummary {
        enrolment_token: id,
        name: name.parse().map_err(|_| StoreError::Corrupt(format!("the name of {id}")))?,
        labels: labels.open(keys, key, place::enrolment_labels(id.number()))?,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
        uses_max: row.get(5)?,
        uses: row.get(6)?,
    })
}
