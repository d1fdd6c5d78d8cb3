//! A machine with an agent on it: keeps its keys, signs what the protocol asks for.

use kernel::{DeviceId, TenantId};
use seal::sign::SigningKey;
use serde_json::Value;
use wire::Identifying;
use wire::enrol::{
    self, AccessToken, Admission, CONTEXT_CHALLENGE, CONTEXT_ENROL, CONTEXT_ENROLLED, CONTEXT_TOKEN, Challenge, ChallengeRequest,
    EnrolRequest, Enrolled, Signature, TokenRequest,
};
use wire::report::Digest;

use crate::world::{As, Reply, World};

/// A machine. Copying it copies its image: key and system id.
#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) seed: [u8; 32],
    pub(crate) system_id: Digest,
    pub(crate) fingerprint: Digest,
    pub(crate) name: Option<String>,
    pub(crate) enrolled: Option<(TenantId, DeviceId)>,
}

impl Machine {
    /// A machine like no other number's.
    pub(crate) fn new(number: u8, name: &str) -> Self {
        Self {
            seed: [number; 32],
            system_id: Digest([number; 32]),
            fingerprint: Digest([number ^ 0xF0; 32]),
            name: Some(name.to_owned()),
            enrolled: None,
        }
    }

    /// The same image on other hardware.
    pub(crate) fn copied_to(&self, hardware: u8) -> Self {
        Self { fingerprint: Digest([hardware; 32]), ..self.clone() }
    }

    pub(crate) fn make_new_key(&mut self, seed: u8) {
        self.seed = [seed; 32];
    }

    fn key(&self) -> SigningKey {
        SigningKey::from_seed(self.seed)
    }

    fn sign(&self, context: &str, parts: &[String]) -> Signature {
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        Signature(self.key().sign(context, &parts).to_text())
    }

    /// A challenge whose signature and certificates are as the machine expects.
    pub(crate) async fn challenge(&self, world: &World) -> Challenge {
        let nonce = Digest([9; 32]);
        let reply = world.post("/agent/challenge", As::Nobody, json_of(&ChallengeRequest { nonce })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let challenge: Challenge = serde_json::from_value(reply.body).expect("a challenge");
        let keys = challenge.instance_keys;
        assert_eq!(keys, world.trust.instance_keys());
        let parts = enrol::challenge_parts(nonce, &challenge.challenge, keys, &challenge.certificates);
        check(keys.current, CONTEXT_CHALLENGE, &parts, &challenge.signature);
        challenge
    }

    /// Asks to join with a token.
    pub(crate) async fn ask_to_join(&self, world: &World, token: &str) -> Reply {
        self.ask(world, Admission::Token(token.to_owned())).await
    }

    /// Joins with a token.
    pub(crate) async fn join(&mut self, world: &World, token: &str) -> DeviceId {
        let reply = self.ask_to_join(world, token).await;
        self.take_in(reply)
    }

    /// Asks to join as a copy of the machine that `original` knows how to sign for.
    pub(crate) async fn ask_to_join_as_copy(&self, world: &World, original: &Self) -> Reply {
        let (tenant, of) = original.enrolled.expect("an enrolled original");
        let challenge = self.challenge(world).await.challenge;
        let parts = enrol::token_parts(&challenge, of, self.fingerprint);
        let signature = original.sign(CONTEXT_TOKEN, &parts);
        self.ask(world, Admission::Clone { tenant, of, challenge, signature }).await
    }

    /// Takes the answer to an enrolment in.
    pub(crate) fn take_in(&mut self, reply: Reply) -> DeviceId {
        assert_eq!(reply.status, 200, "{reply:?}");
        let enrolled: Enrolled = serde_json::from_value(reply.body).expect("an answer");
        let (key, keys) = (Digest(self.key().public().0), enrolled.instance_keys);
        check(keys.current, CONTEXT_ENROLLED, &enrol::enrolled_parts(key, enrolled.tenant, enrolled.device, keys), &enrolled.signature);
        self.enrolled = Some((enrolled.tenant, enrolled.device));
        enrolled.device
    }

    /// Asks to join with a signature that the same key made for another system.
    pub(crate) async fn ask_with_signature_of(&self, world: &World, token: &str, other: &Self) -> Reply {
        self.ask_signed(world, Admission::Token(token.to_owned()), other.system_id).await
    }

    async fn ask(&self, world: &World, admission: Admission) -> Reply {
        self.ask_signed(world, admission, self.system_id).await
    }

    async fn ask_signed(&self, world: &World, admission: Admission, signed_system: Digest) -> Reply {
        let public_key = Digest(self.key().public().0);
        let signature = self.sign(CONTEXT_ENROL, &enrol::enrol_parts(public_key, signed_system));
        let (system_id, fingerprint) = (self.system_id, self.fingerprint);
        let host_name = self.name.clone().map(Identifying::new);
        let request = EnrolRequest { admission, public_key, system_id, fingerprint, host_name, signature };
        world.post("/agent/enrol", As::Nobody, json_of(&request)).await
    }

    /// Signs in with a challenge.
    pub(crate) async fn answer_challenge(&self, world: &World, challenge: &str) -> Reply {
        let (tenant, device) = self.enrolled.expect("enrolled");
        let signature = self.sign(CONTEXT_TOKEN, &enrol::token_parts(challenge, device, self.fingerprint));
        let request = TokenRequest { tenant, device, challenge: challenge.to_owned(), fingerprint: self.fingerprint, signature };
        world.post("/agent/token", As::Nobody, json_of(&request)).await
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, world: &World) -> Reply {
        let challenge = self.challenge(world).await.challenge;
        self.answer_challenge(world, &challenge).await
    }

    /// An access token.
    pub(crate) async fn access_token(&self, world: &World) -> AccessToken {
        let reply = self.sign_in(world).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        serde_json::from_value(reply.body).expect("an access token")
    }
}

fn check(key: Digest, context: &str, parts: &[String], signature: &Signature) {
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    let signature = seal::sign::Signature::from_text(&signature.0).expect("a signature");
    seal::sign::PublicKey(key.0).verify(context, &parts, &signature).expect("the server's signature");
}

pub(crate) fn json_of(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}
