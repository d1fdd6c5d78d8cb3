//! Joining a tenant, with a token or as the clone of an enrolled device.

use kernel::Rng;
use seal::sign::{PublicKey, Signature, SigningKey};
use wire::Identifying;
use wire::enrol::{self, Admission, EnrolRequest, Enrolled};
use wire::report::Digest;

use crate::device::{Device, Enrolment};
use crate::host_identity::HostIdentity;
use crate::server_url::ServerUrl;
use crate::session::{Session, SessionError, Trust, as_bytes, sign};
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

/// Enrols this host with a token. The token is sent only after the server has proven itself.
///
/// # Errors
/// [`SessionError`].
pub fn join<T: Transport>(session: &mut Session<T>, join: Join, rng: &Rng) -> Result<Device, SessionError> {
    let challenge = session.challenge(Trust::Fingerprint(join.server_key))?;
    let admission = Admission::Token(join.token);
    let newcomer = Newcomer { server: join.server, host: join.host, host_name: join.host_name, keys: challenge.instance_keys };
    enrol(session, admission, newcomer, rng)
}

/// Enrols this host as a device of its own, which was made as a copy of `original`: the copied key proves where it
/// comes from, and is then replaced.
///
/// # Errors
/// [`SessionError`].
pub fn split_off<T: Transport>(
    session: &mut Session<T>,
    original: &Device,
    host: HostIdentity,
    host_name: Option<Identifying<String>>,
    rng: &Rng,
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
    enrol(session, admission, newcomer, rng)
}

struct Newcomer {
    server: ServerUrl,
    host: HostIdentity,
    host_name: Option<Identifying<String>>,
    keys: enrol::InstanceKeys,
}

fn enrol<T: Transport>(session: &mut Session<T>, admission: Admission, newcomer: Newcomer, rng: &Rng) -> Result<Device, SessionError> {
    let key = SigningKey::from_seed(rng.bytes());
    let public_key = Digest(key.public().0);
    let host = newcomer.host;
    let request = EnrolRequest {
        admission,
        public_key,
        system_id: host.system_id,
        fingerprint: host.fingerprint,
        host_name: newcomer.host_name,
        signature: sign(&key, enrol::CONTEXT_ENROL, &enrol::enrol_parts(public_key, host.system_id)),
    };
    let enrolled: Enrolled = session.post(PATH, &request)?;
    check(public_key, &enrolled, newcomer.keys)?;
    let Enrolled { tenant, device, instance_keys, .. } = enrolled;
    Ok(Device::new(Enrolment { server: newcomer.server, tenant, device, host, instance_keys }, &key))
}

/// The answer must be signed by the key that signed the challenge a moment ago.
fn check(public_key: Digest, enrolled: &Enrolled, keys: enrol::InstanceKeys) -> Result<(), SessionError> {
    let parts = enrol::enrolled_parts(public_key, enrolled.tenant, enrolled.device, enrolled.instance_keys);
    let signature = Signature::from_text(&enrolled.signature.0).map_err(|_| SessionError::NotProven("its signature is not one"))?;
    let is_signed = |key: Digest| PublicKey(key.0).verify(enrol::CONTEXT_ENROLLED, &as_bytes(&parts), &signature).is_ok();
    if is_signed(keys.current) || is_signed(keys.next) {
        return Ok(());
    }
    Err(SessionError::NotProven("its answer to the enrolment is not signed by its key"))
}
