//! Enrolment: a device joins a tenant, or comes back to it.
//!
//! | Key, system and fingerprint | What it is | What happens |
//! |---|---|---|
//! | same system, same fingerprint | the same machine, set up again | same device and history, new key, in service |
//! | same system, other fingerprint | a copy of its image | a second device, `cloned_from` the first |
//! | a known key, other fingerprint | a copied key | refused: a copy makes a key of its own first |
//! | a known key, same fingerprint | a lost answer, asked for again | the same answer; no use of the token is counted |
//! | none of these | a new machine | a new device |
//!
//! A copy that has no token proves that it holds the copied key ([`Admission::Clone`]). It gets no labels: they may grant
//! rights, and only operators and enrolment tokens give them.

use identity::Labels;
use identity::access_policy::CredentialKind;
use identity::enrolment::EnrolmentGrant;
use kernel::{DeviceId, EnrolmentTokenId, KeyRef, KeyRing, Scope, SecretText, Source, SystemWork, TenantId};
use serde_json::json;
use store::{Row, StoreError, Tx, params};
use trust::{LeafEntry, LeafKind, ledger};
use wire::enrol::{self, Admission, CONTEXT_ENROL, CONTEXT_ENROLLED, CONTEXT_TOKEN, EnrolRequest, Enrolled};
use wire::report::Digest;

use crate::barred::Bar;
use crate::challenge::verify;
use crate::committed::to_its_end;
use crate::record::{self, DEVICE_NAME_BYTES_MAX, DeviceCard, Service, cut};
use crate::roster::Change;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// Most copies that may be enrolled with one device's key.
pub const CLONES_MAX: i64 = 10_000;

/// What a device proves itself by, as stored.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) device: DeviceId,
    pub(crate) service: Service,
    pub(crate) public_key: Option<Digest>,
    pub(crate) fingerprint_index: Option<[u8; 32]>,
    pub(crate) enrolled_by: Option<EnrolmentTokenId>,
}

/// A machine that is let in.
#[derive(Clone)]
struct Joining {
    tenant: TenantId,
    public_key: Digest,
    system_id: Digest,
    fingerprint: Digest,
    name: Option<String>,
    labels: Labels,
    enrolled_by: Option<EnrolmentTokenId>,
    clone_of: Option<DeviceId>,
    /// The id that it gets where it is a new device.
    new_device: DeviceId,
}

/// A machine that has joined.
struct Joined {
    device: DeviceId,
    change: Change,
    /// Where it had another key before, tokens given to that key end.
    is_renewed: bool,
}

impl Credentials {
    /// Reads a row of the `CREDENTIALS_…` statements.
    pub(crate) fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            device: row.get(0)?,
            service: Service::from_text(&row.get::<String>(1)?).ok_or_else(|| StoreError::Corrupt("a device's service".into()))?,
            public_key: row.get(2)?,
            fingerprint_index: row.get(3)?,
            enrolled_by: row.get(4)?,
        })
    }
}

/// The keyed hash of a hardware fingerprint.
pub(crate) fn fingerprint_index(keys: &dyn KeyRing, tenant: TenantId, fingerprint: Digest) -> Result<[u8; 32], StoreError> {
    Ok(keys.blind_index(KeyRef::Tenant(tenant), "device-fingerprint", &fingerprint.0)?)
}

fn system_index(keys: &dyn KeyRing, tenant: TenantId, system_id: Digest) -> Result<[u8; 32], StoreError> {
    Ok(keys.blind_index(KeyRef::Tenant(tenant), "device-system", &system_id.0)?)
}

impl Devices {
    /// Lets a machine in and gives it its device.
    ///
    /// # Errors
    /// [`DeviceError::NotProven`] for signatures and challenge, `EnrolmentRefused` of identity for the token,
    /// [`DeviceError::Cloned`] for a key of another machine, [`DeviceError::Retired`] for the copy of a retired device;
    /// keys and store.
    pub async fn enrol(&self, request: EnrolRequest, source: Source) -> Result<Enrolled, DeviceError> {
        let parts = enrol::enrol_parts(request.public_key, request.system_id);
        verify(request.public_key, CONTEXT_ENROL, &parts, &request.signature)?;
        match &request.admission {
            Admission::Token(secret) => {
                let grant = self.0.identity.find_enrolment(&SecretText::new(secret.clone())).await?;
                self.check_source(grant.tenant, source).await?;
                self.enrol_by_token(&request, grant).await
            }
            Admission::Clone { tenant, of, challenge, signature } => {
                let parts = enrol::token_parts(challenge, *of, request.fingerprint);
                self.check_challenge(challenge)?;
                self.check_source(*tenant, source).await?;
                self.enrol_as_clone(&request, *tenant, *of, &parts, signature).await
            }
        }
    }

    /// From elsewhere than its tenant's list nothing else is told of what a device shows.
    pub(crate) async fn check_source(&self, tenant: TenantId, source: Source) -> Result<(), DeviceError> {
        let is_let_in = self.0.identity.lets_in(tenant, CredentialKind::Agents, source).await?;
        if is_let_in { Ok(()) } else { Err(DeviceError::SourceNotAllowed) }
    }

    async fn enrol_by_token(&self, request: &EnrolRequest, grant: EnrolmentGrant) -> Result<Enrolled, DeviceError> {
        let (tenant, public_key, fingerprint) = (grant.tenant, request.public_key, request.fingerprint);
        let scope = self.mint().system(tenant, SystemWork::SignIn);
        let known = self.device_of_key(&scope, public_key, fingerprint).await?;
        let asks_again = |known: &Credentials| known.enrolled_by == Some(grant.enrolment_token) && known.service == Service::Enrolled;
        if let Some(known) = known.filter(asks_again) {
            self.remember(&scope, known.device).await?;
            return Ok(self.answer(tenant, known.device, public_key));
        }
        let joining = self.joining(request, tenant, Some(grant.enrolment_token), grant.labels.clone(), None);
        let devices = self.clone();
        // Both or neither: a request that is cut off uses no token up for nothing.
        to_its_end(async move {
            devices.0.identity.redeem_enrolment(&grant).await?;
            devices.join(&scope, joining).await
        })
        .await
    }

    async fn enrol_as_clone(
        &self,
        request: &EnrolRequest,
        tenant: TenantId,
        of: DeviceId,
        parts: &[String],
        signature: &enrol::Signature,
    ) -> Result<Enrolled, DeviceError> {
        if !self.0.identity.tenant_exists(tenant).await? {
            return Err(DeviceError::NotProven);
        }
        let scope = self.mint().system(tenant, SystemWork::SignIn);
        let (keys, fingerprint) = (self.keys(), request.fingerprint);
        let (original, presented) = self
            .0
            .stores
            .tenant(&scope)
            .read(move |tx| {
                let row = tx.query_optional(&sql::CREDENTIALS_BY_ID, &params![tenant, of])?;
                let presented = fingerprint_index(keys.as_ref(), tenant, fingerprint)?;
                Ok::<_, DeviceError>((row.map(|row| Credentials::of(&row)).transpose()?, presented))
            })
            .await?;
        let original = original.ok_or(DeviceError::NotProven)?;
        verify(original.public_key.ok_or(DeviceError::NotProven)?, CONTEXT_TOKEN, parts, signature)?;
        if original.service == Service::Retired {
            return Err(DeviceError::Retired);
        }
        if original.fingerprint_index == Some(presented) {
            return Err(DeviceError::Conflict("This machine is that device itself, not a copy of it: ask for an access token."));
        }
        self.device_of_key(&scope, request.public_key, fingerprint).await?;
        let joining = self.joining(request, tenant, None, Labels::default(), Some(of));
        self.join(&scope, joining).await
    }

    /// The device that has this key already, where it has this fingerprint too.
    async fn device_of_key(&self, scope: &Scope, key: Digest, fingerprint: Digest) -> Result<Option<Credentials>, DeviceError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        self.0.stores.tenant(scope).read(move |tx| device_of_key(tx, keys.as_ref(), tenant, key, fingerprint)).await
    }

    fn joining(
        &self,
        request: &EnrolRequest,
        tenant: TenantId,
        enrolled_by: Option<EnrolmentTokenId>,
        labels: Labels,
        clone_of: Option<DeviceId>,
    ) -> Joining {
        let name = request.host_name.as_ref().map(|name| cut(name.reveal(), DEVICE_NAME_BYTES_MAX)).filter(|name| !name.is_empty());
        Joining {
            tenant,
            public_key: request.public_key,
            system_id: request.system_id,
            fingerprint: request.fingerprint,
            name,
            labels,
            enrolled_by,
            clone_of,
            new_device: DeviceId::from_random(self.0.stores.rng().bits()),
        }
    }

    async fn join(&self, scope: &Scope, joining: Joining) -> Result<Enrolled, DeviceError> {
        let (keys, tenant, public_key) = (self.keys(), joining.tenant, joining.public_key);
        self.read_bars(tenant).await?;
        let joining = self.make_key(scope, joining).await?;
        let tx_scope = scope.clone();
        let device = self
            .write(
                scope,
                move |tx| join(tx, keys.as_ref(), &tx_scope, &joining),
                move |devices, joined| {
                    if joined.is_renewed {
                        devices.0.barred.set(tenant, joined.device, Some(Bar::GivenBefore(devices.clock().now())));
                    }
                    devices.apply(tenant, vec![joined.change]);
                    joined.device
                },
            )
            .await?;
        Ok(self.answer(tenant, device, public_key))
    }

    /// Makes a new machine's key beforehand, where many that join at once share a flush of the disk: the transaction would
    /// make it too, but would wait for the disk alone, and its tenant's others for it.
    async fn make_key(&self, scope: &Scope, joining: Joining) -> Result<Joining, DeviceError> {
        let (keys, tenant) = (self.keys(), self.0.stores.tenant(scope));
        let looked_up = tenant.read(move |tx| -> Result<_, DeviceError> {
            let marks = Marks::of(keys.as_ref(), &joining)?;
            Ok((known_machine(tx, keys.as_ref(), &joining, marks)?.is_some(), joining))
        });
        let (is_known, joining) = looked_up.await?;
        if !is_known {
            self.0.trust.ensure_all(vec![KeyRef::Device(joining.tenant, joining.new_device)]).await?;
        }
        Ok(joining)
    }

    fn answer(&self, tenant: TenantId, device: DeviceId, public_key: Digest) -> Enrolled {
        let instance_keys = self.0.trust.instance_keys();
        let signature = self.sign(CONTEXT_ENROLLED, &enrol::enrolled_parts(public_key, tenant, device, instance_keys));
        Enrolled { tenant, device, instance_keys, signature }
    }
}

fn device_of_key(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    tenant: TenantId,
    key: Digest,
    fingerprint: Digest,
) -> Result<Option<Credentials>, DeviceError> {
    let Some(row) = tx.query_optional(&sql::CREDENTIALS_BY_KEY, &params![tenant, key])? else {
        return Ok(None);
    };
    let known = Credentials::of(&row)?;
    let presented = fingerprint_index(keys, tenant, fingerprint)?;
    if known.fingerprint_index == Some(presented) { Ok(Some(known)) } else { Err(DeviceError::Cloned) }
}

/// By what a machine is known again: keyed hashes.
#[derive(Clone, Copy)]
struct Marks {
    system: [u8; 32],
    fingerprint: [u8; 32],
}

impl Marks {
    fn of(keys: &dyn KeyRing, joining: &Joining) -> Result<Self, StoreError> {
        Ok(Self {
            system: system_index(keys, joining.tenant, joining.system_id)?,
            fingerprint: fingerprint_index(keys, joining.tenant, joining.fingerprint)?,
        })
    }
}

/// The device that a joining machine is already: the one with its key, or the one with its marks.
fn known_machine(tx: &mut Tx<'_>, keys: &dyn KeyRing, joining: &Joining, marks: Marks) -> Result<Option<Credentials>, DeviceError> {
    let tenant = joining.tenant;
    if let Some(known) = device_of_key(tx, keys, tenant, joining.public_key, joining.fingerprint)? {
        return Ok(Some(known));
    }
    let row = tx.query_optional(&sql::CREDENTIALS_BY_SYSTEM_AND_FINGERPRINT, &params![tenant, marks.system, marks.fingerprint])?;
    Ok(row.map(|row| Credentials::of(&row)).transpose()?)
}

fn join(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, joining: &Joining) -> Result<Joined, DeviceError> {
    let (tenant, marks) = (joining.tenant, Marks::of(keys, joining)?);
    let known = known_machine(tx, keys, joining, marks)?;
    let (device, cloned_from) = match &known {
        Some(known) => {
            renew(tx, keys, joining, known.device)?;
            (known.device, None)
        }
        None => {
            let cloned_from = original_of(tx, joining, marks.system)?;
            insert(tx, keys, joining, marks, cloned_from)?;
            (joining.new_device, cloned_from)
        }
    };
    let payload = json!({ "again": known.is_some(), "cloned_from": cloned_from.map(|device| device.to_string()) });
    ledger::record(tx, keys, scope, LeafEntry { kind: LeafKind::DeviceEnrolled, subject: Some(device.number()), payload })?;
    let record = record::read(tx, keys, tenant, device)?.ok_or(StoreError::NotFound)?;
    Ok(Joined { device, change: Change::Device(Box::new(record)), is_renewed: known.is_some() })
}

/// Of which device a new one is a copy.
fn original_of(tx: &mut Tx<'_>, joining: &Joining, system: [u8; 32]) -> Result<Option<DeviceId>, DeviceError> {
    let original = match joining.clone_of {
        Some(device) => Some(device),
        None => {
            tx.query(&sql::CREDENTIALS_BY_SYSTEM, &params![joining.tenant, system, 1_i64])?.first().map(|row| row.get(0)).transpose()?
        }
    };
    if let Some(device) = original {
        let clones: i64 = tx.query_one(&sql::COUNT_CLONES, &params![joining.tenant, device])?.get(0)?;
        if clones >= CLONES_MAX {
            return Err(DeviceError::Conflict(
                "Ten thousand copies of this device are enrolled already. Give the image a system id of its own.",
            ));
        }
    }
    Ok(original)
}

fn insert(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    joining: &Joining,
    Marks { system, fingerprint }: Marks,
    cloned_from: Option<DeviceId>,
) -> Result<(), DeviceError> {
    let (tenant, device, now) = (joining.tenant, joining.new_device, tx.now());
    // The key comes before the row: a row that cannot be opened would be worse than a key that seals nothing.
    keys.ensure(KeyRef::Device(tenant, device))?;
    let card = DeviceCard { name: joining.name.clone(), os_pretty_name: None, labels: joining.labels.clone() };
    let card = record::seal_card(keys, tenant, device, &card)?;
    let no_name: Option<Vec<u8>> = None;
    tx.execute(
        &sql::INSERT_DEVICE,
        &params![tenant, device, joining.public_key, system, fingerprint, no_name, joining.enrolled_by, cloned_from, now, card],
    )?;
    Ok(())
}

fn renew(tx: &mut Tx<'_>, keys: &dyn KeyRing, joining: &Joining, device: DeviceId) -> Result<(), DeviceError> {
    let (tenant, now) = (joining.tenant, tx.now());
    let record = record::read(tx, keys, tenant, device)?.ok_or(StoreError::NotFound)?;
    let card = DeviceCard {
        name: joining.name.clone().or_else(|| record.card.name.clone()),
        os_pretty_name: record.card.os_pretty_name.clone(),
        labels: record.card.labels.clone().overlaid_with(&joining.labels),
    };
    record::replace_card(tx, keys, tenant, &record, &card)?;
    tx.execute(&sql::RENEW_DEVICE, &params![tenant, device, joining.public_key, joining.enrolled_by, now])?;
    Ok(())
}
