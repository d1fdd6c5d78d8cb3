//! What programs say to people, in English and Polish, side by side.
//!
//! A [`Sentence`] is made in both languages at once by [`sentence!`], where it is said: the compiler refuses one that lacks a
//! language or a value, so that neither can be forgotten or fall behind. Programs choose the [`Language`] of a run once, from
//! what their user asked for and the environment. Logs and JSON are written in English always, since programs, searches and
//! the people who support others read them: `Display` of a sentence is English.

mod io_error;
mod language;
mod sentence;

pub use self::io_error::of_io_error;
pub use self::language::{LANGUAGE_OPTION, Language};
pub use self::sentence::{Sentence, Speaks, chain, counted_en, counted_pl};
