//! The Polish of `purser bans`.

/// English and Polish, side by side.
pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "See who is banned for a flood of refused requests, and let them in again, on the server's host",
        "Zobacz, kogo zablokowano za zalew odrzuconych żądań, i wpuść go z powrotem, na hoście serwera",
    ),
    (
        "List the bans that hold, and how much was refused since the server started",
        "Wypisz obowiązujące blokady i ile odrzucono od uruchomienia serwera",
    ),
    (
        "Lift a ban before its end; the next one of the same peer is then a first one",
        "Znieś blokadę przed jej końcem; następna blokada tego samego adresu będzie znów pierwszą",
    ),
    ("Its number or its address, or `all`", "Jej numer albo adres, albo `all`"),
    (
        "What becomes of requests that have the shape of an attack: `detect` counts and logs them, `block` refuses them too, `off` does not look [default: detect]",
        "Co się dzieje z żądaniami, które mają kształt ataku: `detect` liczy je i zapisuje w dzienniku, `block` także je odrzuca, `off` nie patrzy [domyślnie: detect]",
    ),
    ("MODE", "TRYB"),
    ("BAN", "BLOKADA"),
];
