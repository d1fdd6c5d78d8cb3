//! What the commands about successors of ledgers say: `purser ledger succeed`, `purser owner`, and what goes with them elsewhere.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "End a ledger that lost entries, as after a restore from a backup, and open its successor. Prints the hand-over for its owner to sign",
        "Zakończ dziennik, który utracił wpisy, na przykład po przywróceniu z kopii zapasowej, i otwórz jego następcę. Wypisuje przekazanie, które ma podpisać właściciel",
    ),
    (
        "End a ledger that lost entries, as after a restore from a backup, and open its successor. Prints the hand-over for its owner to sign.\n\nThe old ledger's name is never signed again. The successor keeps the entries that are left, and the hand-over is in it: what was signed last of the old one, how many entries are kept, how many are lost. A witness goes on with it only when the owner has signed the hand-over (`purser owner sign`). There is no way back. Where nothing is lost, nothing is done.",
        "Zakończ dziennik, który utracił wpisy, na przykład po przywróceniu z kopii zapasowej, i otwórz jego następcę. Wypisuje przekazanie, które ma podpisać właściciel.\n\nPod starą nazwą nic już nie zostanie podpisane. Następca zachowuje wpisy, które pozostały, i ma w sobie przekazanie: co ostatnio podpisano w starym, ile wpisów zachowano, ile utracono. Świadek podpisuje go dopiero, gdy właściciel podpisał przekazanie (`purser owner sign`). Nie ma odwrotu. Gdzie nic nie utracono, nic się nie dzieje.",
    ),
    ("The instance's own ledger", "Własny dziennik instalacji"),
    (
        "A file with a checkpoint that somebody has, a witness for instance: the last one, where the keyring was restored too and remembers less; or an older one where entries were rewritten: what it vouches for is kept",
        "Plik z punktem kontrolnym, który ktoś ma, na przykład świadek: z ostatnim, gdy przywrócono też pęk kluczy i pamięta on mniej; albo z wcześniejszym, gdy wpisy napisano na nowo: zachowane jest to, za co ręczy",
    ),
    (
        "Speak for a ledger as its owner, with a key that no server has",
        "Mów w imieniu dziennika jako jego właściciel, kluczem, którego nie ma żaden serwer",
    ),
    (
        "Make an owner's key, in a file of its own. Prints the public half, for witnesses and for those who verify",
        "Utwórz klucz właściciela, w osobnym pliku. Wypisuje publiczną połowę, dla świadków i dla sprawdzających",
    ),
    (
        "The owner's file. Never on the server: whoever has it can speak for the owner",
        "Plik właściciela. Nigdy na serwerze: kto go ma, może mówić w imieniu właściciela",
    ),
    ("What the owner is called: a name without spaces, best a domain of yours", "Nazwa właściciela: bez spacji, najlepiej własna domena"),
    (
        "Sign the hand-over from a ledger that lost entries to its successor, and print it. Says what is lost",
        "Podpisz przekazanie dziennika, który utracił wpisy, jego następcy i wypisz je. Mówi, co utracono",
    ),
    (
        "What `purser ledger succeed` has printed, or the saved entry of the ledger that has it",
        "To, co wypisało `purser ledger succeed`, albo zapisany wpis dziennika, który je zawiera",
    ),
    (
        "The owner's own key (purser owner init): should the log ever lose entries, its successor is cosigned on this key's word only. May be given later, once",
        "Własny klucz właściciela (purser owner init): jeśli dziennik kiedyś utraci wpisy, następca będzie podpisywany tylko na słowo tego klucza. Można go podać później, raz",
    ),
    (
        "Go on with the successor of a log that lost entries, on its owner's word",
        "Podpisuj dalej następcę dziennika, który utracił wpisy, na słowo jego właściciela",
    ),
    ("The hand-over, signed by the owner (purser owner sign)", "Przekazanie podpisane przez właściciela (purser owner sign)"),
    (
        "A file with the hand-over from a log that lost entries, signed by its owner: what --against has of that log is then compared with what is kept of it. Of several the newest first",
        "Plik z przekazaniem dziennika, który utracił wpisy, podpisanym przez właściciela: to, co --against ma z tamtego dziennika, porównuje się z tym, co z niego zachowano. Z kilku najpierw najnowsze",
    ),
    ("The owner's key, as you got it before", "Klucz właściciela otrzymany wcześniej"),
];
