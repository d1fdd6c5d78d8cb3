//! Successor logs: a log that lost entries ends, and another one goes on, with the owner's word for it.
//!
//! Data that are restored from a backup hold fewer entries than were signed. To sign them under the same name would be to show two
//! histories, so the log ends there. Its successor has a name of its own, keeps the entries that are left, and has in it the
//! **hand-over**: a note that names what was signed last of the old log, how many of its entries are kept, the root over those, and the
//! successor's key. By that root whoever saw the old log as it was at that size, or has a file of it, sees whether they are those.
//!
//! ```text
//! purser.log/succession/v1
//! from purser.log/…+id+key                  the log that ends, which signs the note
//! entries 1280
//! root …
//! kept 1204                                 entries 1204 to 1279 are lost
//! kept-root …                               over the entries before them
//! to purser.log/…/2+id+key
//! ```
//!
//! The log's key alone proves nothing here: whoever has it could end any log by such a note and hide what was in it. So the **owner**
//! signs it too, with a key that was never on the server, and who remembers the old log ([`Succession::take_over`]) goes on with the
//! new one for nothing less.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::merkle::{self, Hash};
use crate::note::{NoteError, NoteKey};
use crate::sign::SigningKey;
use crate::witness::Cosigned;

const FIRST_LINE: &str = "purser.log/succession/v1";
/// Of how many parts a log's name is, without a generation: that of logs, of the key, of whose it is.
const NAME_PARTS: usize = 3;

/// The kind of the leaf that has the hand-over in it.
pub const LEAF_KIND: &str = "log-succeeded";

/// That one log goes on where another one ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The key of the log that ends.
    pub from: NoteKey,
    /// How many entries were signed of it.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many of its entries, from the first on, are those of the successor.
    pub kept: u64,
    /// The root over those.
    pub kept_root: Hash,
    /// The key of the log that goes on.
    pub to: NoteKey,
}

/// Why a hand-over is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// The note around it, or the signature of the log that ends.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is no hand-over.
    #[error("this is not a hand-over from one log to its successor")]
    NotAHandOver,
    /// It is of another log.
    #[error("the hand-over is of another log")]
    OtherLog,
    /// The owner has not signed it.
    #[error("the owner has not signed this hand-over")]
    NotEndorsed,
    /// More was signed of the old log than the hand-over names.
    #[error("the hand-over names {named} entries of the old log, but {seen} were seen of it: entries {named} to {seen} would be hidden")]
    Hides {
        /// How many it names.
        named: u64,
        /// How many were seen.
        seen: u64,
    },
    /// The old log was another one.
    #[error("this is another history: the {size} entries that the hand-over names are not those that were seen")]
    Forked {
        /// How many.
        size: u64,
    },
    /// What the successor begins with is not what the old log began with.
    #[error("the first {kept} entries, which the hand-over says are kept, are not those that were seen: they were rewritten")]
    NotKept {
        /// How many.
        kept: u64,
    },
}

/// What a log and its successors have in common of their names, and which of them this one is: the first is 1, and `…/2` is 2. Names
/// of three parts are those of logs; one of another form is a family of its own.
#[must_use]
pub fn family(name: &str) -> (&str, u64) {
    let Some((first, number)) = name.rsplit_once('/') else { return (name, 1) };
    let generation = number.parse().ok().filter(|generation: &u64| *generation > 1 && generation.to_string() == number);
    match generation {
        Some(generation) if first.split('/').count() == NAME_PARTS => (first, generation),
        _ => (name, 1),
    }
}

impl Succession {
    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (from, to, root) = (self.from.to_text(), self.to.to_text(), BASE64_STANDARD.encode(self.root));
        let (size, kept, kept_root) = (self.size, self.kept, BASE64_STANDARD.encode(self.kept_root));
        format!("{FIRST_LINE}\nfrom {from}\nentries {size}\nroot {root}\nkept {kept}\nkept-root {kept_root}\nto {to}\n")
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == FIRST_LINE).then_some(())?;
        let mut next = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
        let found = Self {
            from: NoteKey::from_text(next("from")?).ok()?,
            size: next("entries")?.parse().ok()?,
            root: BASE64_STANDARD.decode(next("root")?).ok()?.try_into().ok()?,
            kept: next("kept")?.parse().ok()?,
            kept_root: BASE64_STANDARD.decode(next("kept-root")?).ok()?.try_into().ok()?,
            to: NoteKey::from_text(next("to")?).ok()?,
        };
        // One text for one hand-over: no other spelling of a number, and nothing behind it.
        (found.to_text() == text && found.is_possible()).then_some(found)
    }

    /// A log of which nothing is lost does not end, and nothing has one root.
    fn is_possible(&self) -> bool {
        self.kept < self.size && self.from != self.to && (self.kept > 0 || self.kept_root == merkle::root(&[]))
    }

    /// The note, signed by the log that ends.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        NoteKey::sign(self.from.name(), key, &self.to_text())
    }

    /// A note with the owner's signature on it.
    ///
    /// # Errors
    /// [`SuccessionError`] where it is no hand-over that its log has signed.
    pub fn endorse(note: &str, name: &str, key: &SigningKey) -> Result<String, SuccessionError> {
        let text = Self::verify(note)?.to_text();
        Ok(format!("{note}{}", NoteKey::signature_line(name, key, &text)))
    }

    /// The hand-over of a note that the log which ends has signed; the owner's word is another question.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub fn verify(note: &str) -> Result<Self, SuccessionError> {
        let text = crate::note::split(note)?.0;
        let found = Self::from_text(text).ok_or(SuccessionError::NotAHandOver)?;
        found.from.verify(note)?;
        Ok(found)
    }

    /// The hand-over of a note that the owner has signed too.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub fn verify_endorsed(note: &str, owner: &NoteKey) -> Result<Self, SuccessionError> {
        let found = Self::verify(note)?;
        // The log itself is nobody's owner, whatever it is called.
        if owner.public() == found.from.public() || owner.public() == found.to.public() {
            return Err(SuccessionError::NotEndorsed);
        }
        owner.verify(note).map_err(|_| SuccessionError::NotEndorsed)?;
        Ok(found)
    }

    /// With what a witness of the old log goes on to watch the new one: that it begins with what it saw of the old one, where that is
    /// kept, and else with what the hand-over says is kept.
    ///
    /// # Errors
    /// [`SuccessionError`], also where more was seen of the old log than the hand-over says there was.
    pub fn take_over(note: &str, old: &NoteKey, owner: &NoteKey, seen: Cosigned) -> Result<(Self, Cosigned), SuccessionError> {
        let found = Self::verify_endorsed(note, owner)?;
        if found.from != *old {
            return Err(SuccessionError::OtherLog);
        }
        found.covers(seen)?;
        let first = if seen.size <= found.kept { seen } else { Cosigned { size: found.kept, root: found.kept_root } };
        Ok((found, first))
    }

    /// Whether what was seen of the old log is among what the hand-over says there was of it.
    ///
    /// # Errors
    /// [`SuccessionError::Hides`], [`SuccessionError::Forked`], [`SuccessionError::NotKept`].
    pub fn covers(&self, seen: Cosigned) -> Result<(), SuccessionError> {
        if seen.size > self.size {
            return Err(SuccessionError::Hides { named: self.size, seen: seen.size });
        }
        if seen.size == self.size && seen.root != self.root {
            return Err(SuccessionError::Forked { size: self.size });
        }
        if seen.size == self.kept && seen.root != self.kept_root {
            return Err(SuccessionError::NotKept { kept: self.kept });
        }
        Ok(())
    }

    /// How many entries of the old log are lost.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.size.saturating_sub(self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, seed: u8) -> (NoteKey, SigningKey) {
        let signing = SigningKey::from_seed([seed; 32]);
        (NoteKey::new(name, signing.public()).expect("a name"), signing)
    }

    fn succession() -> (Succession, SigningKey) {
        let (from, signing) = key("purser.log/test/7", 4);
        let (to, _) = key("purser.log/test/7/2", 4);
        (Succession { from, size: 1_280, root: [7; 32], kept: 1_204, kept_root: [1; 32], to }, signing)
    }

    fn endorsed() -> (String, NoteKey) {
        let ((succession, signing), (owner, own)) = (succession(), key("owner.example", 9));
        (Succession::endorse(&succession.sign(&signing), owner.name(), &own).expect("endorsed"), owner)
    }

    #[test]
    fn a_hand_over_is_accepted_with_the_owners_signature_only() {
        let ((succession, signing), (note, owner)) = (succession(), endorsed());
        assert_eq!(Succession::verify_endorsed(&note, &owner), Ok(succession.clone()));
        assert_eq!(Succession::verify_endorsed(&succession.sign(&signing), &owner), Err(SuccessionError::NotEndorsed));
        let (stranger, _) = key("owner.example", 10);
        assert_eq!(Succession::verify_endorsed(&note, &stranger), Err(SuccessionError::NotEndorsed));
    }

    #[test]
    fn a_log_and_its_successors_are_of_one_family() {
        for (name, found) in [
            ("purser.log/test/7", ("purser.log/test/7", 1)),
            ("purser.log/test/7/2", ("purser.log/test/7", 2)),
            ("purser.log/test/instance/10", ("purser.log/test/instance", 10)),
            ("purser.log/test/7/1", ("purser.log/test/7/1", 1)),
            ("purser.log/test/7/02", ("purser.log/test/7/02", 1)),
            ("purser.log/test/7/2/2", ("purser.log/test/7/2/2", 1)),
            ("log", ("log", 1)),
        ] {
            assert_eq!(family(name), found, "{name}");
        }
    }

    #[test]
    fn the_logs_own_key_under_another_name_is_no_owners() {
        let (succession, signing) = succession();
        let (disguised, _) = key("owner.example", 4);
        let note = Succession::endorse(&succession.sign(&signing), disguised.name(), &signing).expect("signed");
        assert_eq!(Succession::verify_endorsed(&note, &disguised), Err(SuccessionError::NotEndorsed));
    }

    #[test]
    fn a_hand_over_that_was_altered_anywhere_is_refused() {
        let (note, owner) = endorsed();
        for place in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(altered) = String::from_utf8(bytes) else { continue };
            assert!(Succession::verify_endorsed(&altered, &owner).is_err(), "byte {place}");
        }
    }

    #[test]
    fn numbers_have_one_spelling_and_less_is_kept_than_there_was() {
        let (succession, _) = succession();
        let text = succession.to_text();
        assert_eq!(Succession::from_text(&text), Some(succession.clone()));
        for other in [
            text.replace("1204", "01204"),
            text.replace("1204", "+1204"),
            format!(
                "{text}more
"
            ),
            text.replace("1204", "1280"),
            text.replace("1204", "0"),
        ] {
            assert_eq!(Succession::from_text(&other), None, "{other}");
        }
        assert_eq!(Succession::from_text(&text.replace("1204", "1279")).map(|all| all.lost()), Some(1));
        let nothing = Succession { kept: 0, kept_root: merkle::root(&[]), ..succession };
        assert_eq!(Succession::from_text(&nothing.to_text()), Some(nothing));
    }

    #[test]
    fn a_witness_goes_on_with_what_it_saw_where_that_is_kept_and_is_not_deceived_about_the_rest() {
        let ((succession, _), (note, owner)) = (succession(), endorsed());
        let take = |size, root| Succession::take_over(&note, &succession.from, &owner, Cosigned { size, root });
        let kept = Cosigned { size: 1_204, root: [1; 32] };
        assert_eq!(take(1_204, [1; 32]), Ok((succession.clone(), kept)));
        assert_eq!(take(1_203, [2; 32]), Ok((succession.clone(), Cosigned { size: 1_203, root: [2; 32] })));
        assert_eq!(take(1_204, [2; 32]), Err(SuccessionError::NotKept { kept: 1_204 }));
        // It saw more than is kept: the successor begins with what the owner has signed for.
        assert_eq!(take(1_205, [2; 32]), Ok((succession.clone(), kept)));
        assert_eq!(take(1_280, [7; 32]), Ok((succession.clone(), kept)));
        assert_eq!(take(1_280, [8; 32]), Err(SuccessionError::Forked { size: 1_280 }));
        assert_eq!(take(1_281, [7; 32]), Err(SuccessionError::Hides { named: 1_280, seen: 1_281 }));
        let (other, _) = key("purser.log/test/8", 4);
        assert_eq!(Succession::take_over(&note, &other, &owner, kept), Err(SuccessionError::OtherLog));
    }
}
