//! What the reader has kept outside of the installation: a checkpoint, and the key of a witness that has cosigned it.

use anyhow::Error;
use seal::checkpoint::Checkpoint;
use seal::note::NoteKey;
use seal::witness::WitnessKey;
use words::{Language, Sentence, sentence};

use super::reasons::{of_checkpoint, of_note};
use crate::speech::failed;

/// The key of a witness, where one was given.
pub(super) fn witness_of(text: Option<&str>) -> Result<Option<WitnessKey>, Error> {
    text.map(|text| WitnessKey::from_text(text).map_err(|error| failed(of_note(error)))).transpose()
}

/// Whether a proven checkpoint is the one that was kept, and cosigned: by the note that was kept, or else by its own. Says when
/// it was cosigned, in seconds since 1970.
pub(super) fn vouched(
    (proven, own): (&Checkpoint, &str),
    kept: Option<&str>,
    key: &NoteKey,
    witness: Option<&WitnessKey>,
) -> Result<Option<u64>, Sentence> {
    if let Some(kept) = kept {
        let kept = Checkpoint::verify(kept, key).map_err(|error| {
            let polish = of_checkpoint(error);
            let polish = polish.text(Language::Polish);
            sentence!(
                "the checkpoint that was kept is not accepted: {error}",
                "przechowany punkt kontrolny jest nie do przyjęcia: {polish}"
            )
        })?;
        is_same(proven, &kept)?;
    }
    witness.map(|witness| cosigned(kept.unwrap_or(own), witness)).transpose()
}

fn is_same(proven: &Checkpoint, kept: &Checkpoint) -> Result<(), Sentence> {
    let (size, found) = (kept.size, proven.size);
    if size != found {
        return Err(sentence!(
            "the checkpoint that was kept is of {size} entries, and the proof of {found}: ask for the proof with ?size={size}",
            "przechowany punkt kontrolny obejmuje wpisy w liczbie {size}, a dowód {found}: poproś o dowód z ?size={size}"
        ));
    }
    if proven.root != kept.root {
        return Err(sentence!(
            "there are two histories: the first {size} entries of the proof's log are not those of the checkpoint that was kept, and the log's key has signed both",
            "są dwie historie: pierwsze wpisy w liczbie {size} z dziennika w dowodzie nie są tymi z przechowanego punktu kontrolnego, a klucz dziennika podpisał jedne i drugie"
        ));
    }
    Ok(())
}

/// When a witness has cosigned a checkpoint.
pub(super) fn cosigned(checkpoint: &str, witness: &WitnessKey) -> Result<u64, Sentence> {
    witness.verify(checkpoint).map_err(|error| {
        let (polish, name) = (of_note(error), witness.name());
        let polish = polish.text(Language::Polish);
        sentence!("{name} has not cosigned the checkpoint: {error}", "{name} nie podpisał punktu kontrolnego: {polish}")
    })
}
