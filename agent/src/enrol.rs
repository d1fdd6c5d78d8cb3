//! Joining a tenant, with a token or as the clone of an enrolled device.

use kernel::Rng;
use seal::sign::{PublicKey, Signature, SigningKey};
use serde::{Deserialize, Serialize};
use wire::Identifying;
use wire::enrol::{self, Admission, EnrolRequest, Enrolled};
use wire::report::Digest;

use crate::device::{Device, Enrolment, NEW_KEY_FILE};
use crate::host_identity::HostIdentity;
use crate::server_url::ServerUrl;
use crate::session::{Doubt, Session, SessionError, Trust, as_bytes, sign};
use crate::state_dir::{StateDir, StateDirError};
use crate::transport::Transport;

const PATH: &str = "/api/v1/agent/enrol";

/// What a person hands over on the command line, and what the host says of itself.
pub struct Join {
    /// The server.
    pub server: ServerUrl,
    /// SHA-256 of the server's current instance key.
    pub server_key: Digest,
    /// The enrolment token.
    pub token: String,
    /// Who this host is.
    pub host: HostIdentity,
    /// Its name, unless that kind is switched off.
    pub host_name: Option<Identifying<String>>,
}

/// A key that was made and is not known to be enrolled.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// The host on which it was made: a copy of the folder on another host makes a key of its own.
    fingerprint: Digest,
    seed: Digest,
}

/// The key to enrol this host with: that of the last attempt where its answer did not arrive, else a new one. It is on
/// the disk before it is sent, so that the server knows whoever asks again, and takes no second use of the token.
/// [`Device::save`] removes it.
///
/// # Errors
/// [`StateDirError`].
pub fn key_for(dir: &StateDir, host: &HostIdentity, rng: &Rng) -> Result<SigningKey, StateDirError> {
    let enrolled = Device::load(dir)?.map(|device| *device.key().seed());
    let last: Option<NewKey> = match dir.read_json(NEW_KEY_FILE) {
        Err(StateDirError::Damaged { .. }) => None,
        other => other?,
    };
    if let Some(last) = last.filter(|last| last.fingerprint == host.fingerprint && Some(last.seed.0) != enrolled) {
        return Ok(SigningKey::from_seed(last.seed.0));
    }
    let seed = Digest(rng.bytes());
    dir.write_json(NEW_KEY_FILE, &NewKey { fingerprint: host.fingerprint, seed })?;
    Ok(SigningKey::from_seed(seed.0))
}

/// Enrols this host with a token and a key of [`key_for`]. The token is sent only after the server has proven itself.
///
/// # Errors
/// [`SessionError`].
pub fn join<T: Transport>(session: &mut Session<T>, join: Join, key: &SigningKey) -> Result<Device, SessionError> {
    let challenge = session.challenge(Trust::Fingerprint(join.server_key))?;
    let admission = Admission::Token(join.token);
    let newcomer = Newcomer { server: join.server, host: join.host, host_name: join.host_name, keys: challenge.instance_keys };
    enrol(session, admission, newcomer, key)
}

/// Enrols this host as a device of its own, which was made as a copy of `original`: the copied key proves where it
/// comes from, and is then replaced by one of [`key_for`].
///
/// # Errors
/// [`SessionError`].
pub fn split_off<T: Transport>(
    session: &mut Session<T>,
    original: &Device,
    host: HostIdentity,
    host_name: Option<Identifying<String>>,
    key: &SigningKey,
) -> Result<Device, SessionError> {
    let challenge = session.challenge(Trust::Pinned(original.instance_keys))?;
    let parts = enrol::token_parts(&challenge.challenge, original.device, host.fingerprint);
    let admission = Admission::Clone {
        tenant: original.tenant,
        of: original.device,
        signature: sign(&original.key(), enrol::CONTEXT_TOKEN, &parts),
        challenge: challenge.challenge,
    };
    let newcomer = Newcomer { server: original.server.clone(), host, host_name, keys: challenge.instance_keys };
    enrol(session, admission, newcomer, key)
}

struct Newcomer {
    server: ServerUrl,
    host: HostIdentity,
    host_name: Option<Identifying<String>>,
    keys: enrol::InstanceKeys,
}

fn enrol<T: Transport>(
    session: &mut Session<T>,
    admission: Admission,
    newcomer: Newcomer,
    key: &SigningKey,
) -> Result<Device, SessionError> {
    let public_key = Digest(key.public().0);
    let host = newcomer.host;
    let request = EnrolRequest {
        admission,
        public_key,
        system_id: host.system_id,
        fingerprint: host.fingerprint,
        host_name: newcomer.host_name,
        signature: sign(key, enrol::CONTEXT_ENROL, &enrol::enrol_parts(public_key, host.system_id)),
    };
    let enrolled: Enrolled = session.post(PATH, &request)?;
    check(public_key, &enrolled, newcomer.keys)?;
    let Enrolled { tenant, device, instance_keys, .. } = enrolled;
    Ok(Device::new(Enrolment { server: newcomer.server, tenant, device, host, instance_keys }, key))
}

/// The answer must be signed by the key that signed the challenge a moment ago.
fn check(public_key: Digest, enrolled: &Enrolled, keys: enrol::InstanceKeys) -> Result<(), SessionError> {
    let parts = enrol::enrolled_parts(public_key, enrolled.tenant, enrolled.device, enrolled.instance_keys);
    let signature = Signature::from_text(&enrolled.signature.0).map_err(|_| SessionError::NotProven(Doubt::Signature))?;
    let is_signed = |key: Digest| PublicKey(key.0).verify(enrol::CONTEXT_ENROLLED, &as_bytes(&parts), &signature).is_ok();
    if is_signed(keys.current) || is_signed(keys.next) {
        return Ok(());
    }
    Err(SessionError::NotProven(Doubt::Enrolment))
}
