//! What `purser verify backup` says.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Verify a copy of the data: that it can be put back, and that it undoes no erasure. On the server's host",
        "Sprawdź kopię danych: czy nadaje się do przywrócenia i czy nie cofa żadnego usunięcia. Na hoście serwera",
    ),
    (
        "Verify a copy of the data: that it can be put back, and that it undoes no erasure. On the server's host.\n\nThe copy is not changed; its files are copied once more into the data folder, one tenant's at a time, and opened there by the present keyring. Names what is missing or damaged, each value that was changed or put back within the copy, the place where a ledger is another than the present one, and any key that lies in the copy, and exits with 1. That the copy is older than the present data is no fault of it: how old it is, is told.",
        "Sprawdź kopię danych: czy nadaje się do przywrócenia i czy nie cofa żadnego usunięcia. Na hoście serwera.\n\nKopia się nie zmienia; jej pliki są kopiowane raz jeszcze do katalogu danych, po jednej organizacji naraz, i tam otwierane obecnym pękiem kluczy. Podaje, czego brakuje i co jest uszkodzone, każdą wartość zmienioną albo przywróconą w samej kopii, miejsce, od którego dziennik jest inny niż obecny, i każdy klucz leżący w kopii, i kończy z kodem 1. To, że kopia jest starsza niż obecne dane, nie jest jej wadą; podaje, z kiedy jest.",
    ),
    ("The folder of the copy: the one in which system.db lies", "Katalog kopii: ten, w którym leży system.db"),
];
