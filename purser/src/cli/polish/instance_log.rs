//! What `purser ledger instance` says.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "The instance's own ledger: what was done to the installation as a whole",
        "Własny dziennik instalacji: co zrobiono z instalacją jako całością",
    ),
    ("List its entries, the newest first", "Wypisz jego wpisy, od najnowszych"),
    ("Only entries of this kind", "Tylko wpisy tego rodzaju"),
    ("Only what was recorded at this time or later", "Tylko to, co zapisano o tej porze lub później"),
    ("Only what was recorded before this time", "Tylko to, co zapisano przed tą porą"),
    (
        "Print an entry with the proof that it is in it. Saved to a file, it is what `purser verify proof` takes",
        "Wypisz wpis z dowodem, że w nim jest. Zapisany do pliku nadaje się dla `purser verify proof`",
    ),
    ("The entry's id, as `purser ledger instance list` shows it", "Identyfikator wpisu, jak pokazuje go `purser ledger instance list`"),
    (
        "In the log as it was with so many entries: as many as a checkpoint that you keep",
        "W dzienniku, gdy miał tyle wpisów: tyle, ile zachowany punkt kontrolny",
    ),
    ("Print what it is now, signed", "Wypisz jego podpisany obecny stan"),
];
