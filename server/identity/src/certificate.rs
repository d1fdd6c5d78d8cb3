//! Client certificates: by them a token works for whoever holds a key, and for nobody who has only seen the token.
//!
//! A tenant has an authority of its own, made when it is first needed; its key lies sealed under the tenant's. A certificate is issued for
//! the key of a request, whose private half never leaves its holder, and for one token. It opens nothing by itself.
//!
//! What counts is our own record and not what a certificate says: in each request the SHA-256 of what was shown is looked up, so only
//! the very certificate that was issued is one, for the token that it was issued for, until its end, and until it is revoked, which
//! holds in the next request on every node, whatever connection it comes by. An authority that is replaced takes nothing from those
//! who were given a certificate by the one before.

use kernel::{CertificateId, ClientCertificate, KeyRef, KeyRing, Page, PageRequest, Rng, Scope, SecretText, TenantId, Timestamp, TokenId};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use web::client_authority::{CertificateRequest, ClientAuthority};
use wire::report::Digest;

use crate::data_map::place;
use crate::store::certificates as sql;
use crate::token_use::FoundToken;
use crate::{Identity, IdentityError};

/// Days that a certificate lives, where nobody asks for another time.
pub const CERTIFICATE_DAYS_DEFAULT: u16 = 90;
/// Most days that it can live.
pub const CERTIFICATE_DAYS_MAX: u16 = 365;
/// Most certificates of a token that count at the same time: one for each machine that it is used on, and its successor.
pub const CERTIFICATES_PER_TOKEN_MAX: i64 = 20;
/// What stands in each authority's certificate. It tells nobody whose it is.
const AUTHORITY_NAME: &str = "Purser client authority";

/// What to issue.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// For which token.
    pub token: TokenId,
    /// The request for it, PKCS#10 in PEM form.
    pub request: String,
    /// For how many days.
    pub days: u16,
}

/// A certificate as it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Its id.
    pub certificate: CertificateId,
    /// The token that it is for.
    pub token: TokenId,
    /// SHA-256 of it.
    pub fingerprint: Digest,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A certificate that was just issued.
#[derive(Clone, Debug)]
pub struct IssuedCertificate {
    /// The certificate.
    pub summary: CertificateSummary,
    /// PEM.
    pub certificate_pem: String,
    /// The certificate of the authority that signed it, PEM.
    pub authority_pem: String,
}

impl Identity {
    /// Issues a certificate for a token. Whoever does it may do all that the token was given.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::NotFound`]; [`IdentityError::MorePermissionThanOwn`];
    /// [`IdentityError::LimitReached`]; keys and store.
    pub async fn issue_certificate(&self, scope: &Scope, new: NewCertificate) -> Result<IssuedCertificate, IdentityError> {
        let NewCertificate { token, request, days } = new;
        if !(1..=CERTIFICATE_DAYS_MAX).contains(&days) {
            let detail = format!("a client certificate lives from 1 to {CERTIFICATE_DAYS_MAX} days");
            return Err(IdentityError::Invalid { field: "days", detail });
        }
        let request = CertificateRequest::from_pem(&request).map_err(|error| IdentityError::invalid("certificate_request", &error))?;
        let (_token, reach, _owner) = self.token_for(scope, token).await?;
        reach.check_may_certify()?;
        // Before anything is told: the ledger tells of no certificate that could not be issued.
        self.db().read(move |tx| check_left(tx, token)).await?;
        let authority = self.authority(scope.tenant(), days).await?;
        let certificate = CertificateId::from_random(self.rng().bits());
        let issued = authority.issue(&request, &certificate.to_string(), (self.clock().now(), days), self.rng())?;
        let (fingerprint, created_at, expires_at) = (Digest(issued.digest), issued.begins_at, issued.ends_at);
        let summary = CertificateSummary { certificate, token, fingerprint, created_at, expires_at };
        let payload = json!({ "token": token, "fingerprint": fingerprint, "expires_at": expires_at.micros() });
        let told = self.record(scope, LeafKind::CertificateIssued, Some(certificate.number()), payload).await?;
        let tenant = scope.tenant();
        self.db()
            .write(move |tx| {
                // It may have been revoked meanwhile, and with it all certificates that it had.
                if tx.execute(&sql::TAKE_TOKENS_TURN, &params![tenant, token])? == 0 {
                    return Err(IdentityError::NotFound);
                }
                check_left(tx, token)?;
                Ok(insert(tx, &told, tenant, &summary)?)
            })
            .await?;
        Ok(IssuedCertificate { summary, certificate_pem: issued.pem, authority_pem: authority.certificate_pem })
    }

    /// A page of the tenant's certificates, by id; those that have ended too, for a while.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the cursor; the store.
    pub async fn list_certificates(&self, scope: &Scope, page: PageRequest) -> Result<Page<CertificateSummary>, IdentityError> {
        let after = page.cursor.map(|cursor| cursor.parse::<CertificateId>()).transpose();
        let after = after.map_err(|error| IdentityError::invalid("cursor", &error))?.map_or(0, CertificateId::number);
        let (tenant, limit) = (scope.tenant(), page.limit);
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::CERTIFICATES_AFTER, &params![tenant, after, i64::from(limit) + 1])?;
            rows.iter().map(summary_of).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(Page::of_one_more(read.await?, limit, |row| row.certificate.to_string()))
    }

    /// Revokes a certificate: it is none from now on, on connections that stand too.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown one or another tenant's; keys and store.
    pub async fn revoke_certificate(&self, scope: &Scope, certificate: CertificateId) -> Result<(), IdentityError> {
        let tenant = scope.tenant();
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::CERTIFICATE_OF_TENANT, &params![tenant, certificate])?;
            row.map(|row| row.get::<TokenId>(0)).transpose()
        });
        let token = read.await?.ok_or(IdentityError::NotFound)?;
        let told = self.record(scope, LeafKind::CertificateRevoked, Some(certificate.number()), json!({ "token": token })).await?;
        self.db().write(move |tx| delete(tx, &told, tenant, certificate)).await?;
        Ok(())
    }

    /// The tenant's authority, which lives longer than what it is to sign; a new one where there is none that does.
    async fn authority(&self, tenant: TenantId, days: u16) -> Result<ClientAuthority, IdentityError> {
        let (keys, rng) = (self.keys(), self.rng().clone());
        let write = self.db().write(move |tx| {
            let present = read_authority(tx, keys.as_ref(), tenant)?;
            let until = tx.now().plus(std::time::Duration::from_secs(u64::from(days) * 86_400));
            let replaced = match present {
                // One that came in by an import has no key: exports open nothing.
                Some(authority) if authority.ends_at > until && !authority.key_pem.expose().is_empty() => return Ok(authority),
                Some(authority) => authority.ends_at,
                None => Timestamp::from_micros(0),
            };
            make_authority(tx, keys.as_ref(), (tenant, replaced), &rng)?;
            // Somebody else may have been quicker: theirs counts.
            read_authority(tx, keys.as_ref(), tenant)?.ok_or(IdentityError::NotFound)
        });
        write.await
    }
}

/// Whether a token works with what was shown: with its own certificate, or with none where it asks for none. A token that asks for none
/// does not work with another's either: whoever comes with a certificate means it.
pub(crate) fn fits(tx: &mut Tx<'_>, found: &FoundToken, shown: Option<ClientCertificate>) -> Result<bool, StoreError> {
    let Some(shown) = shown else { return Ok(!found.requires_certificate) };
    let Some(row) = tx.query_optional(&sql::CERTIFICATE_BY_FINGERPRINT, &params![shown.digest()])? else { return Ok(false) };
    let (tenant, token, expires_at): (TenantId, TokenId, Timestamp) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(tenant == found.tenant && token == found.token && tx.now() < expires_at)
}

fn check_left(tx: &mut Tx<'_>, token: TokenId) -> Result<(), IdentityError> {
    let others = tx.query_one(&sql::COUNT_CERTIFICATES, &params![token, tx.now()])?.get::<i64>(0)?;
    if others < CERTIFICATES_PER_TOKEN_MAX {
        return Ok(());
    }
    Err(IdentityError::LimitReached { what: "certificates of one token", limit: CERTIFICATES_PER_TOKEN_MAX })
}

fn read_authority(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId) -> Result<Option<ClientAuthority>, StoreError> {
    let Some(row) = tx.query_optional(&sql::AUTHORITY, &params![tenant])? else { return Ok(None) };
    let (certificate, key): (Sealed<String>, Sealed<String>) = (row.get(0)?, row.get(1)?);
    let open = |sealed: Sealed<String>, place| sealed.open(keys, KeyRef::Tenant(tenant), place);
    let certificate_pem = open(certificate, place::authority_certificate(tenant.number()))?;
    let key_pem = SecretText::new(open(key, place::authority_key(tenant.number()))?);
    Ok(Some(ClientAuthority { certificate_pem, key_pem, ends_at: row.get(2)? }))
}

/// Makes an authority in the place of the one that ends then.
fn make_authority(tx: &mut Tx<'_>, keys: &dyn KeyRing, (tenant, replaced): (TenantId, Timestamp), rng: &Rng) -> Result<(), IdentityError> {
    let now = tx.now();
    let made = ClientAuthority::make(AUTHORITY_NAME, now, rng)?;
    let (key, row) = (KeyRef::Tenant(tenant), tenant.number());
    let certificate = Sealed::seal(keys, key, place::authority_certificate(row), &made.certificate_pem)?;
    let private = Sealed::seal(keys, key, place::authority_key(row), &made.key_pem.expose().to_owned())?;
    tx.execute(&sql::PUT_AUTHORITY, &params![tenant, certificate, private, now, made.ends_at, replaced])?;
    Ok(())
}

fn insert(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, row: &CertificateSummary) -> Result<(), StoreError> {
    let CertificateSummary { certificate, token, fingerprint, created_at, expires_at } = *row;
    tx.execute(&sql::INSERT_CERTIFICATE, &params![certificate, fingerprint.0, tenant, token, created_at, expires_at]).map(|_| ())
}

fn delete(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, certificate: CertificateId) -> Result<u64, StoreError> {
    tx.execute(&sql::DELETE_CERTIFICATE, &params![tenant, certificate])
}

/// A row of [`sql::CERTIFICATES_AFTER`].
fn summary_of(row: &Row) -> Result<CertificateSummary, StoreError> {
    Ok(CertificateSummary {
        certificate: row.get(0)?,
        fingerprint: Digest(row.get(1)?),
        token: row.get(2)?,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
    })
}
