//! Why something is not accepted: the sentences of `seal`'s errors.

use seal::checkpoint::CheckpointError;
use seal::gathering::GatheredError;
use seal::log_file::LogError;
use seal::note::NoteError;
use seal::succession::SuccessionError;
use words::{Language, Sentence, sentence};

pub(crate) fn of_note(error: NoteError) -> Sentence {
    match error {
        NoteError::NotANote => sentence!("{error}", "to nie jest podpisana notatka: tekst, pusty wiersz i wiersze z podpisami"),
        NoteError::NotAKey => sentence!("{error}", "to nie jest klucz: nazwa, identyfikator i klucz, połączone plusami"),
        NoteError::NotSigned => sentence!("{error}", "nie ma podpisu tego klucza"),
        NoteError::Altered => sentence!("{error}", "podpis się nie zgadza: notatkę zmieniono"),
    }
}

pub(crate) fn of_checkpoint(error: CheckpointError) -> Sentence {
    match error {
        CheckpointError::Note(error) => of_note(error),
        CheckpointError::NotACheckpoint => {
            sentence!("{error}", "podpisany tekst nie jest punktem kontrolnym: źródło, rozmiar i korzeń, po jednym wierszu")
        }
        CheckpointError::OtherLog => sentence!("{error}", "punkt kontrolny jest z innego dziennika niż klucz"),
        CheckpointError::NotAProof => sentence!("{error}", "to nie jest dowód przynależności (c2sp.org/tlog-proof@v1)"),
        CheckpointError::NotIncluded => sentence!("{error}", "dowód się nie zgadza: to nie jest wpis o tym numerze"),
    }
}

pub(super) fn of_log(error: &LogError) -> Sentence {
    match error {
        LogError::NotALine { line } => sentence!("{error}", "wiersz {line} nie jest wierszem pliku dziennika"),
        LogError::Twice { line } => {
            sentence!("{error}", "wiersz {line} nazywa coś dwa razy: dwie osoby mogłyby go odczytać różnie")
        }
        LogError::Forked { index } => {
            sentence!("{error}", "są dwie historie: wpis {index} jest inny niż w przechowanym dzienniku, a klucz dziennika podpisał oba")
        }
        LogError::NotALog => sentence!("{error}", "to nie jest plik dziennika w znanej wersji"),
        LogError::Key(error) => of_note(*error),
        LogError::OtherKey => sentence!("{error}", "to plik innego dziennika niż ten, którego klucz podano"),
        LogError::Missing { expected, found } => sentence!("{error}", "brakuje wpisu {expected}: na jego miejscu stoi wpis {found}"),
        LogError::Altered { index } => sentence!("{error}", "wpis {index} został zmieniony: nie jest tym, o czym mówi jego zobowiązanie"),
        LogError::Checkpoint { after, why } => {
            let polish = of_checkpoint(*why);
            let polish = polish.text(Language::Polish);
            sentence!("{error}", "punkt kontrolny po wpisach w liczbie {after} jest nie do przyjęcia: {polish}")
        }
        LogError::HandOver(error) => {
            let polish = of_succession(*error);
            let polish = polish.text(Language::Polish);
            sentence!("{error}", "przekazanie jest nie do przyjęcia: {polish}")
        }
        LogError::NotHandedOver => sentence!("{error}", "w dzienniku nie ma podanego przekazania"),
        LogError::Truncated { from, to } => sentence!("{error}", "brakuje wpisów od {from} do {to}: tyle dziennik podpisał"),
        LogError::Unsigned { from } => sentence!("{error}", "wpisów od {from} nie podpisuje żaden punkt kontrolny"),
        LogError::Rewritten { from, to } => {
            sentence!("{error}", "między wpisem {from} a {to} dziennik napisano na nowo: jego korzeń nie jest tym, który podpisano")
        }
    }
}

pub(crate) fn of_succession(error: SuccessionError) -> Sentence {
    match error {
        SuccessionError::Note(error) => of_note(error),
        SuccessionError::NotAHandOver => sentence!("{error}", "to nie jest przekazanie dziennika następcy"),
        SuccessionError::OtherLog => sentence!("{error}", "to przekazanie innego dziennika"),
        SuccessionError::NotEndorsed => sentence!("{error}", "właściciel nie podpisał tego przekazania"),
        SuccessionError::Hides { named, seen } => sentence!(
            "{error}",
            "przekazanie mówi o wpisach starego dziennika w liczbie {named}, a widziano {seen}: ukryłoby wpisy od {named} do {seen}"
        ),
        SuccessionError::Forked { size } => {
            sentence!("{error}", "to inna historia: wpisy w liczbie {size}, o których mówi przekazanie, nie są tymi, które widziano")
        }
        SuccessionError::NotKept { kept } => sentence!(
            "{error}",
            "pierwsze wpisy w liczbie {kept}, które według przekazania zachowano, nie są tymi, które widziano: napisano je na nowo"
        ),
    }
}

pub(super) fn of_gathered(error: GatheredError) -> Sentence {
    match error {
        GatheredError::Checkpoint(why) => {
            let polish = of_checkpoint(why);
            let polish = polish.text(Language::Polish);
            sentence!("{error}", "punkt kontrolny organizacji jest nie do przyjęcia: {polish}")
        }
        GatheredError::Instance(why) => {
            let polish = of_checkpoint(why);
            let polish = polish.text(Language::Polish);
            sentence!("{error}", "nie dowiedziono, że zbiór jest w dzienniku instalacji: {polish}")
        }
        GatheredError::Altered => {
            sentence!("{error}", "wpis zbioru został zmieniony: nie jest tym, o czym mówi jego miejsce w dzienniku instalacji")
        }
        GatheredError::NotGathered => {
            sentence!("{error}", "punktu kontrolnego organizacji nie ma w tym zbiorze: w dzienniku instalacji jest inny albo żaden")
        }
    }
}
