//! `purser verify gathered`: that a tenant's checkpoint is in the log of its instance.

use std::process::ExitCode;

use anyhow::Error;
use seal::checkpoint::Proof;
use seal::gathering::Gathered;
use serde_json::json;
use words::sentence;

use super::kept::{vouched, witness_of};
use super::reasons::of_gathered;
use super::{key_of, refuse, small_file, tell, warn_without_key};
use crate::cli::VerifyGatheredArguments;
use crate::speech::Saying as _;

pub(super) fn run(arguments: &VerifyGatheredArguments) -> Result<ExitCode, Error> {
    let text = small_file(&arguments.file)?;
    let read = seal::json::parse(&text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value(value)?));
    let gathered: Gathered = read.saying(|| {
        let path = arguments.file.display();
        sentence!("{path} is not a saved answer with a gathered checkpoint", "{path} nie zawiera zapisanej odpowiedzi z punktem ze zbioru")
    })?;
    let kept = arguments.against.as_deref().map(small_file).transpose()?;
    let witness = witness_of(arguments.witness_key.as_deref())?;
    let (given, instance_given) = (arguments.key.as_deref(), arguments.instance_key.as_deref());
    let key = key_of(given.unwrap_or(&gathered.key))?;
    let instance_key = key_of(instance_given.unwrap_or(&gathered.instance_key))?;
    match gathered.verify(&key, &instance_key) {
        Ok(held) => {
            let own = Proof::from_text(&gathered.proof).map(|proof| proof.checkpoint).unwrap_or_default();
            let witnessed_at = match vouched((&held.instance, &own), kept.as_deref(), &instance_key, witness.as_ref()) {
                Ok(witnessed_at) => witnessed_at,
                Err(refused) => return refuse(arguments.output, &refused),
            };
            let (size, index, total) = (held.checkpoint.size, held.index, held.instance.size);
            let (origin, instance) = (held.checkpoint.origin, held.instance.origin);
            let facts = json!({
                "result": "ok", "log": origin, "size": size, "instance": instance, "index": index, "instance_size": total,
                "key_given": given.is_some(), "instance_key_given": instance_given.is_some(),
                "witnessed_at": witnessed_at,
            });
            let holds = sentence!(
                "The proof holds: what {origin} was with {size} entries is in entry {index} of the {total} that {instance} has signed",
                "Dowód się zgadza: to, czym był {origin} z wpisami w liczbie {size}, jest we wpisie {index} spośród {total}, które podpisał {instance}"
            );
            tell(arguments.output, &facts, &holds)?;
            warn_without_key(given.is_some() && instance_given.is_some());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => refuse(arguments.output, &of_gathered(error)),
    }
}
