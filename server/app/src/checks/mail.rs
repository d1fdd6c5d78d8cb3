//! Whether owners can be told by mail: a relay is named, may be used, takes mail, and nothing is stuck or given up.

use std::time::Duration;

use kernel::SystemWork;
use notify::State;
use serde_json::{Value, json};
use store::{StoreError, Stores};
use trust::doctor::{CannotLook, Check, Observation};
use words::{Sentence, Speaks, sentence};

use super::Looked;
use crate::mail::{Mail, NoMail};

/// A mail that waits longer than this is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(6 * 3_600);

/// What waits and what was given up, of all tenants.
#[derive(Default)]
pub(crate) struct Queue {
    pub(crate) waiting: u64,
    pub(crate) given_up: u64,
    pub(crate) sent: u64,
    /// When the oldest of what waits was put in.
    pub(crate) waiting_since: Option<wire::Timestamp>,
}

impl Queue {
    pub(crate) async fn of(stores: &Stores, mail: &Mail) -> Result<Self, StoreError> {
        let mut queue = Self::default();
        for tenant in stores.tenants().await? {
            let scope = mail.parties.mint.system(tenant, SystemWork::Reconciler);
            for count in mail.outbox.counts(&scope).await? {
                match count.state {
                    State::GivenUp => queue.given_up += count.mails,
                    State::Sent => queue.sent += count.mails,
                    State::Waiting => {
                        queue.waiting += count.mails;
                        queue.waiting_since = Some(queue.waiting_since.map_or(count.since, |since| since.min(count.since)));
                    }
                }
            }
        }
        Ok(queue)
    }
}

/// Owners can be told by mail.
pub(super) fn mail(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("mail", move || {
        let looked = looked.clone();
        async move {
            let queue = Queue::of(&looked.stores, &looked.mail).await?;
            let now = looked.stores.clock().now();
            let is_stuck = queue.waiting_since.is_some_and(|since| since.plus(STUCK_AFTER) < now);
            let found = reach(&looked).await?;
            let tenants = looked.stores.tenants().await?.len();
            let evidence = json!({
                "tenants": tenants, "configured": looked.mail.is_configured(), "waiting": queue.waiting, "given_up": queue.given_up, "sent": queue.sent,
                "stuck": is_stuck, "relay": found.as_ref().err().map_or("takes-mail", why),
            });
            Ok(observe(evidence, found, &queue, (is_stuck, tenants > 1)))
        }
    })
}

/// Whether the relay takes mail now.
async fn reach(looked: &Looked) -> Result<Result<(), NoMail>, CannotLook> {
    let relay = match looked.mail.relay() {
        Ok(relay) => relay.clone(),
        Err(none) => return Ok(Err(none)),
    };
    match looked.mail.leave().await {
        Ok(_leave) => {}
        Err(NoMail::Register(error)) => return Err(error.into()),
        Err(refused) => return Ok(Err(refused)),
    }
    Ok(tokio::task::spawn_blocking(move || relay.probe()).await?.map_err(|failure| NoMail::Send(failure.into())))
}

fn why(none: &NoMail) -> &'static str {
    match none {
        NoMail::NotConfigured => "not-configured",
        NoMail::Settings(_) => "settings",
        NoMail::Unregistered => "unregistered",
        NoMail::NotEffective(_) => "not-effective",
        NoMail::NotCovered(_) => "not-covered",
        NoMail::Send(_) | NoMail::Register(_) => "unreachable",
    }
}

fn observe(evidence: Value, found: Result<(), NoMail>, queue: &Queue, (is_stuck, is_for_others): (bool, bool)) -> Observation {
    let (waiting, given_up) = (queue.waiting, queue.given_up);
    match found {
        Err(NoMail::NotConfigured) if !is_for_others => Observation::ok(
            evidence,
            sentence!(
                "No mail is sent; a server of one organisation can do without.",
                "Poczta nie jest wysyłana; serwer jednej organizacji może się bez niej obejść."
            ),
        ),
        Err(NoMail::NotConfigured) => Observation::warning(
            evidence,
            sentence!(
                "No mail is sent: owners are told of breaches and of new sub-processors in the console only. Name a relay in settings.toml, under [mail].",
                "Poczta nie jest wysyłana: o naruszeniach i nowych podmiotach przetwarzających właściciele dowiadują się tylko w konsoli. Podaj serwer \
                 poczty w settings.toml, w tabeli [mail]."
            ),
        ),
        Err(none) => Observation::failed(evidence, begin(none.sentence(), waiting)),
        Ok(()) if is_stuck => Observation::failed(
            evidence,
            sentence!(
                "The relay takes mail, and yet mails wait for more than six hours: {waiting}. `purser mail queue` shows them.",
                "Serwer poczty przyjmuje wiadomości, a mimo to czekają ponad sześć godzin: {waiting}. Pokazuje je `purser mail queue`."
            ),
        ),
        Ok(()) if given_up > 0 => Observation::warning(
            evidence,
            sentence!(
                "The relay takes mail; mails that were given up: {given_up}. Their readers were not told: `purser mail queue` shows which.",
                "Serwer poczty przyjmuje wiadomości; zaniechano wysyłki: {given_up}. Ich adresaci nie zostali powiadomieni: pokazuje je `purser mail queue`."
            ),
        ),
        Ok(()) => Observation::ok(
            evidence,
            sentence!("The relay takes mail; {waiting} wait.", "Serwer poczty przyjmuje wiadomości; czeka {waiting}."),
        ),
    }
}

fn begin(reason: Sentence, waiting: u64) -> Sentence {
    sentence!("Mail does not go out, {waiting} wait: ", "Poczta nie wychodzi, czeka {waiting}: ").then("", &reason)
}
