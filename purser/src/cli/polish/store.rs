//! The Polish of `purser store`.

/// English and Polish, side by side.
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("STORE.TABLE", "BAZA.TABELA"),
    (
        "Accept stored data that were put back on purpose, on the server's host",
        "Przyjmij zapisane dane, które przywrócono celowo, na hoście serwera",
    ),
    (
        "Accept what lies in tables as what was written last, as where a part of a backup was put back on purpose",
        "Przyjmij zawartość tabel jako to, co zapisano ostatnio, na przykład gdy celowo przywrócono część kopii zapasowej",
    ),
    (
        "Accept what lies in tables as what was written last, as where a part of a backup was put back on purpose.\n\nFrom then on `purser verify store` compares with that, and the server settles it again. The tenant's ledger and the instance's tell which tables it was, and why. Without a reason nothing is accepted; entries of a ledger never are.",
        "Przyjmij zawartość tabel jako to, co zapisano ostatnio, na przykład gdy celowo przywrócono część kopii zapasowej.\n\nOdtąd `purser verify store` porównuje z tym stanem, a serwer znów go rozlicza. Dziennik organizacji i dziennik instalacji mówią, które to były tabele i dlaczego. Bez powodu nic nie zostanie przyjęte; wpisów dziennika nie przyjmuje się nigdy.",
    ),
    (
        "The tables, by the names that `purser verify store` gives; STORE.stamp_head is the whole store",
        "Tabele, pod nazwami, które podaje `purser verify store`; STORE.stamp_head to cała baza",
    ),
    (
        "Every tenant's: a row that somebody put back in any of them is no finding any more",
        "Każdej organizacji: wiersz, który ktoś w którejkolwiek z nich przywrócił, przestaje być ustaleniem",
    ),
    ("Why, for the ledger: no names of people", "Dlaczego, do dziennika: bez nazwisk"),
];
