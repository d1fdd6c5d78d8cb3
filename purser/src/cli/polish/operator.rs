//! The Polish of `purser operator`.

/// English and Polish, side by side.
pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Say who may administer the installation from elsewhere, and what of it, on the server's host",
        "Określ, kto może administrować instalacją z innego miejsca i w jakim zakresie, na hoście serwera",
    ),
    (
        "The operators' address of a server elsewhere (https://HOST:PORT), instead of a data folder here",
        "Adres operatorów serwera w innym miejscu (https://HOST:PORT), zamiast katalogu danych tutaj",
    ),
    (
        "Your certificate for --operator (PEM), as `purser operator certificate` printed it",
        "Twój certyfikat do --operator (PEM), wypisany przez `purser operator certificate`",
    ),
    ("Its key (PEM), as `purser operator request` made it", "Jego klucz (PEM), utworzony przez `purser operator request`"),
    (
        "The authority of the server of --operator (PEM), as `purser trust-ca` prints it [default: those that this host trusts]",
        "Urząd serwera z --operator (PEM), jaki wypisuje `purser trust-ca` [domyślnie: te, którym ufa ten host]",
    ),
    (
        "A network address of the operators' own (127.0.0.1:9444, ...), for administration by named people with client certificates \
         (`purser operator`) [default: on the Unix socket only]",
        "Osobny adres sieciowy operatorów (127.0.0.1:9444, ...), do administrowania przez imiennie wskazane osoby z certyfikatami klienta \
         (`purser operator`) [domyślnie: tylko przez gniazdo uniksowe]",
    ),
    (
        "Make a key on your own machine, which never leaves it, and print the request for its certificate",
        "Utwórz na własnej maszynie klucz, który nigdy jej nie opuszcza, i wypisz wniosek o jego certyfikat",
    ),
    ("Where the key is to lie; an existing file stays as it is", "Gdzie ma leżeć klucz; istniejący plik zostaje, jaki jest"),
    (
        "Make a person an operator; one person has one record, and may do nothing yet",
        "Uczyń osobę operatorem; jedna osoba ma jeden wpis i na razie nic jej nie wolno",
    ),
    ("The person's name", "Imię i nazwisko osoby"),
    (
        "An action that they may take from the beginning (`purser operator allow` lists them); may be given several times",
        "Czynność dozwolona od początku (wymienia je `purser operator allow`); można podać kilka razy",
    ),
    ("ACTION", "CZYNNOŚĆ"),
    (
        "List operators, what they may do, and their certificates; those who left too",
        "Wypisz operatorów, co im wolno i ich certyfikaty; także tych, którzy odeszli",
    ),
    (
        "Say what an operator may do from now on, whatever it was before; with no action: nothing",
        "Określ, co operatorowi wolno od teraz, niezależnie od tego, co było wcześniej; bez czynności: nic",
    ),
    (
        "Say what an operator may do from now on, whatever it was before; with no action: nothing\n\nActions: bans:manage, breach:manage, \
         doctor:run, erasure:manage, feeds:manage, log:read, mail:manage, registers:manage, retention:manage, store:verify, tenants:create, \
         tenants:list, tenants:release.",
        "Określ, co operatorowi wolno od teraz, niezależnie od tego, co było wcześniej; bez czynności: nic\n\nCzynności: bans:manage, \
         breach:manage, doctor:run, erasure:manage, feeds:manage, log:read, mail:manage, registers:manage, retention:manage, store:verify, \
         tenants:create, tenants:list, tenants:release.",
    ),
    ("Name or number (opr_...)", "Nazwa albo numer (opr_...)"),
    ("What they may do", "Co mu wolno"),
    ("Issue a certificate to an operator, and print it", "Wystaw operatorowi certyfikat i wypisz go"),
    (
        "The request for the certificate, as `purser operator request` printed it on the operator's machine",
        "Wniosek o certyfikat, wypisany przez `purser operator request` na maszynie operatora",
    ),
    (
        "Revoke a certificate of an operator's: it opens nothing from the next request on",
        "Unieważnij certyfikat operatora: od następnego żądania niczego nie otwiera",
    ),
    (
        "End that a person is an operator: all certificates are none from the next request on",
        "Zakończ to, że osoba jest operatorem: od następnego żądania żaden jej certyfikat niczego nie otwiera",
    ),
    ("OPERATOR", "OPERATOR"),
];
