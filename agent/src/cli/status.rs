//! `purser-agent status`: what was sent last, what waits, what is switched off, what could not be seen.

use std::path::Path;

use wire::report::Digest;
use wire::state::{BlindSpot, BlindSpotReason, State};
use words::{Language, Sentence, sentence};

use super::{Arguments, CliError, say};
use crate::config::Config;
use crate::device::Device;
use crate::outbox::{INSPECTION_COPY_FILE, Outbox, Shape, canonical};
use crate::state_dir::StateDir;

pub(super) fn run(arguments: &Arguments, language: Language) -> Result<(), CliError> {
    arguments.expect_only(&[])?;
    let config = Config::load(arguments.config.as_deref())?;
    let dir = StateDir::at(&arguments.state_path());
    let device = Device::load(&dir)?.ok_or(CliError::NotEnrolled)?;
    let copy: Option<State> = dir.read_json(INSPECTION_COPY_FILE)?;
    let copy_path = dir.path(INSPECTION_COPY_FILE);
    let outbox = Outbox::open(dir)?;
    let lines = [
        vec![(sentence!("device", "urządzenie"), whose(&device))],
        sent(&outbox),
        vec![
            (sentence!("waiting", "czeka"), waiting(&outbox)),
            (sentence!("inspection copy", "kopia do wglądu"), inspection_copy(copy.as_ref(), &copy_path)),
            (sentence!("switched off", "wyłączone"), switched_off(&config)),
        ],
        copy.iter().flat_map(|copy| &copy.blind_spots).map(blind_spot).collect(),
    ];
    let width = lines.iter().flatten().map(|(name, _)| name.text(language).chars().count()).max().unwrap_or_default() + 3;
    let line = |(name, value): &(Sentence, Sentence)| format!("{:width$}{}", name.text(language), value.text(language));
    say(&lines.iter().flatten().map(line).collect::<Vec<_>>().join("\n"))
}

fn whose(Device { device, tenant, server, .. }: &Device) -> Sentence {
    sentence!("{device} of {tenant} at {server}", "{device} w organizacji {tenant}, serwer {server}")
}

/// What was sent last, and what the server said to it.
fn sent(outbox: &Outbox) -> Vec<(Sentence, Sentence)> {
    let position = outbox.position();
    let name = sentence!("last sent", "wysłano ostatnio");
    let (Some(receipt), Some(sent)) = (&position.receipt, position.sent) else {
        return vec![(name, sentence!("nothing yet", "jeszcze nic"))];
    };
    let (number, at) = (receipt.sequence, receipt.received_at);
    let note = sentence!(
        "check-in (digest only, the inspection copy was left alone)",
        "zgłoszenie bez zmian (sam skrót, kopia do wglądu pozostała nietknięta)"
    );
    let shape = if sent == Shape::CheckIn { note } else { named(sent) };
    let (id, size) = (receipt.receipt, receipt.size_bytes);
    vec![
        (name, shape.then(", ", &sentence!("number {number}, received {at}", "numer {number}, odebrano {at}"))),
        (sentence!("last receipt", "potwierdzenie"), sentence!("{id} for {size} bytes", "{id}, rozmiar w bajtach: {size}")),
        (sentence!("server holds", "serwer przechowuje"), Sentence::same(receipt.stored.to_string())),
    ]
}

/// What a transmission is called.
pub(super) fn named(shape: Shape) -> Sentence {
    match shape {
        Shape::Full => sentence!("full", "pełny raport"),
        Shape::Delta => sentence!("delta", "raport o zmianach"),
        Shape::CheckIn => sentence!("check-in", "zgłoszenie bez zmian"),
    }
}

fn waiting(outbox: &Outbox) -> Sentence {
    let (waiting, gap) = (outbox.waiting(), outbox.position().gap);
    sentence!("{waiting} (lost because the spool was full: {gap})", "{waiting} (utracono z powodu pełnej kolejki: {gap})")
}

fn inspection_copy(copy: Option<&State>, path: &Path) -> Sentence {
    copy.map_or_else(
        || sentence!("none yet", "jeszcze jej nie ma"),
        |copy| Sentence::same(format!("{} (SHA-256 {})", path.display(), Digest(seal::hash::sha256(&canonical(copy))))),
    )
}

fn switched_off(config: &Config) -> Sentence {
    if config.kinds_off.is_empty() {
        return sentence!("nothing", "nic");
    }
    Sentence::same(config.kinds_off.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", "))
}

fn blind_spot(spot: &BlindSpot) -> (Sentence, Sentence) {
    let reason = match spot.reason {
        BlindSpotReason::PermissionDenied => sentence!("the agent's user may not read it", "użytkownik agenta nie ma prawa tego odczytać"),
        BlindSpotReason::NotPresent => sentence!("this host has no such thing", "na tym hoście nie ma niczego takiego"),
        BlindSpotReason::NotUnderstood => {
            sentence!("it is in a form that the agent does not understand", "jest w postaci, której agent nie rozumie")
        }
        BlindSpotReason::TooLarge => sentence!("it is too large", "jest za duże"),
        BlindSpotReason::ToolFailed => sentence!("the tool that lists it failed", "zawiodło narzędzie, które to wymienia"),
        BlindSpotReason::OwnSystemId => {
            sentence!("it is left out because of the own system_id", "pominięto z powodu własnego system_id")
        }
    };
    let subject = Sentence::same(format!("{} {}", spot.kind.name(), spot.subject));
    (sentence!("could not see", "nie widać"), subject.then(": ", &reason))
}
