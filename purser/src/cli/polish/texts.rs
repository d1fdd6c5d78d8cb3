//! Every text of the command line, in English as clap has it and in Polish.

/// English and Polish, in the order in which the commands stand in `cli.rs`.
#[rustfmt::skip]
pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Knows every device of an organisation, what runs on it, and what of that is vulnerable",
        "Zna każde urządzenie organizacji, wie, co na nim działa i co z tego jest podatne na ataki",
    ),
    (
        "Exit codes: 0 done; 1 failed, or a check did not hold; 2 wrong command line; 3 the network is away.",
        "Kody wyjścia: 0 zrobione; 1 niepowodzenie albo niespełniony warunek; 2 błędny wiersz poleceń; 3 brak sieci.",
    ),
    (
        "The language to speak [default: that of LC_ALL, LC_MESSAGES or LANG, else English]",
        "Język komunikatów [domyślnie: z LC_ALL, LC_MESSAGES lub LANG, a bez nich angielski]",
    ),
    ("English", "angielski"),
    ("Polski", "polski"),
    ("LANGUAGE", "JĘZYK"),
    (
        "Say whether the server on a data folder is ready; exits with 1 if it is not",
        "Sprawdź, czy serwer działający na katalogu danych jest gotowy; jeśli nie, kończy z kodem 1",
    ),
    ("Look at how versions are ordered", "Sprawdź porządek wersji"),
    ("Make and list tenants, on the server's host", "Twórz i wyświetlaj organizacje na hoście serwera"),
    ("Help users who cannot sign in, on the server's host", "Na hoście serwera pomóż użytkownikom, którzy nie mogą się zalogować"),
    ("Make tokens by which devices join, on the server's host", "Na hoście serwera twórz tokeny, którymi dołączają urządzenia"),
    ("Make API and telemetry tokens, on the server's host", "Twórz tokeny API i telemetrii na hoście serwera"),
    (
        "Import, fetch and list feeds of advisories, on the server's host",
        "Importuj, pobieraj i wyświetlaj źródła ostrzeżeń na hoście serwera",
    ),
    ("Check what is stored, on the server's host", "Sprawdź zapisane dane na hoście serwera"),
    ("Look after the keyring, on the server's host", "Na hoście serwera dbaj o pęk kluczy"),
    ("Show how each tenant's part of the keyring stands", "Pokaż, jak się ma pęk kluczy każdej organizacji"),
    (
        "Wrap a tenant's keys anew and destroy the epoch that wrapped them; happens by itself after a key was destroyed",
        "Opakuj klucze organizacji na nowo i zniszcz epokę, która je opakowywała; po zniszczeniu klucza dzieje się to samo z siebie",
    ),
    ("Read the ledger of what was done, on the server's host", "Na hoście serwera czytaj dziennik tego, co zrobiono"),
    (
        "Verify what this or another installation has given out; needs neither a server nor a network",
        "Sprawdź to, co wydała ta albo inna instalacja; nie potrzeba do tego serwera ani sieci",
    ),
    (
        "Print the SHA-256 fingerprint of the server's certificate, as a browser shows it",
        "Wypisz odcisk SHA-256 certyfikatu serwera, taki jak w przeglądarce",
    ),
    ("The data folder [default: ~/.local/share/purser]", "Katalog danych [domyślnie: ~/.local/share/purser]"),
    ("DIR", "KATALOG"),
    (
        "PostgreSQL instead of embedded storage: postgres://OWNER:PASSWORD@HOST:PORT/DATABASE. Decided at `init`",
        "PostgreSQL zamiast wbudowanej bazy: postgres://WŁAŚCICIEL:HASŁO@HOST:PORT/BAZA. Rozstrzyga to `init`",
    ),
    ("URL", "URL"),
    (
        "The address under which people and agents reach the server [default: https://localhost:8443]",
        "Adres, pod którym ludzie i agenci znajdują serwer [domyślnie: https://localhost:8443]",
    ),
    (
        "The network address to listen on; 0.0.0.0:8443 for other machines [default: 127.0.0.1:8443]",
        "Adres sieciowy, na którym nasłuchiwać; 0.0.0.0:8443 dla innych maszyn [domyślnie: 127.0.0.1:8443]",
    ),
    ("ADDRESS:PORT", "ADRES:PORT"),
    (
        "Your own certificate with its chain (PEM), instead of one by the installation's own authority",
        "Własny certyfikat z łańcuchem (PEM) zamiast wystawionego przez urząd tej instalacji",
    ),
    ("FILE", "PLIK"),
    ("The key of --tls-cert (PEM)", "Klucz do --tls-cert (PEM)"),
    (
        "The passphrase file, where it is to be elsewhere than in the data folder",
        "Plik z hasłem, jeśli ma być gdzie indziej niż w katalogu danych",
    ),
    (
        "The certificate of a load balancer or reverse proxy that ends TLS in front of this server: its PEM file, read again every hour, or its SHA-256; agents accept it then. May be given several times",
        "Certyfikat load balancera lub odwrotnego proxy, które kończy TLS przed tym serwerem: plik PEM, czytany na nowo co godzinę, albo skrót SHA-256; agenci go wtedy przyjmą. Można podać kilka razy",
    ),
    ("FILE|SHA256", "PLIK|SHA256"),
    (
        "Never fetch feeds of advisories, not even when asked: the server opens no connection to the outside",
        "Nigdy nie pobieraj źródeł ostrzeżeń, nawet na żądanie: serwer nie otwiera żadnych połączeń na zewnątrz",
    ),
    (
        "Make a new installation: data folder, passphrase file, keys, certificate authority",
        "Utwórz nową instalację: katalog danych, plik z hasłem, klucze, urząd certyfikacji",
    ),
    (
        "Make a new installation: data folder, passphrase file, keys, certificate authority.\n\nWhat is given here is remembered in the data folder, so that later commands need --data only. An existing installation is never overwritten.",
        "Utwórz nową instalację: katalog danych, plik z hasłem, klucze, urząd certyfikacji.\n\nTo, co tu podano, zostaje zapamiętane w katalogu danych, więc późniejszym poleceniom wystarczy --data. Istniejąca instalacja nigdy nie jest nadpisywana.",
    ),
    ("Run the server, until SIGINT or SIGTERM", "Uruchom serwer, aż do SIGINT lub SIGTERM"),
    (
        "Run the server, until SIGINT or SIGTERM.\n\nIt serves HTTPS on the network, and health and administration on a Unix socket in the data folder. Options count for this run; what `purser init` was told counts otherwise. PURSER_LOG=debug says more.",
        "Uruchom serwer, aż do SIGINT lub SIGTERM.\n\nW sieci udostępnia HTTPS, a stan i administrację na gnieździe uniksowym w katalogu danych. Opcje dotyczą tego uruchomienia; poza tym obowiązuje to, co podano w `purser init`. PURSER_LOG=debug mówi więcej.",
    ),
    ("The form of log lines, on the standard error", "Format wierszy dziennika na standardowym wyjściu błędów"),
    ("LOG", "FORMAT"),
    ("For people", "dla ludzi"),
    ("One JSON object a line", "jeden obiekt JSON w wierszu"),
    (
        "Make a tenant, and the one-time link by which its owner sets the account up",
        "Utwórz organizację i jednorazowy odnośnik, którym jej właściciel założy konto",
    ),
    ("The organisation's name; without one it goes by its number", "Nazwa organizacji; bez nazwy występuje pod swoim numerem"),
    ("NAME", "NAZWA"),
    ("List every tenant", "Wyświetl wszystkie organizacje"),
    (
        "Make a new set-up link for an owner who has not used the first one, which stops working",
        "Utwórz nowy odnośnik dla właściciela, który nie użył pierwszego; pierwszy przestaje działać",
    ),
    ("The tenant's number (ten_...)", "Numer organizacji (ten_...)"),
    ("TENANT", "ORGANIZACJA"),
    (
        "Make a one-time link for somebody who lost password or second factor",
        "Utwórz jednorazowy odnośnik dla kogoś, kto utracił hasło lub drugi składnik logowania",
    ),
    ("The account's e-mail address", "Adres e-mail konta"),
    ("EMAIL", "ADRES"),
    (
        "Make a token by which devices join, and print the command to run on them",
        "Utwórz token, którym dołączają urządzenia, i wypisz polecenie do uruchomienia na nich",
    ),
    ("What people call it", "Nazwa dla ludzi"),
    ("A label that its devices get; may be given several times", "Etykieta, którą dostaną jego urządzenia; można podać kilka razy"),
    ("KEY=VALUE", "KLUCZ=WARTOŚĆ"),
    ("How long it works, in hours", "Jak długo działa, w godzinach"),
    ("HOURS", "GODZINY"),
    ("How many devices may join by it [default: any number]", "Ile urządzeń może nim dołączyć [domyślnie: dowolnie wiele]"),
    ("NUMBER", "LICZBA"),
    (
        "Make an API token (for programs that read) or a telemetry token (for scripts that report)",
        "Utwórz token API (dla programów, które czytają) albo telemetrii (dla skryptów, które wysyłają raporty)",
    ),
    ("What it is for", "Do czego służy"),
    ("KIND", "RODZAJ"),
    (
        "What an API token may do (devices:read, ...); may be given several times",
        "Co wolno tokenowi API (devices:read, ...); można podać kilka razy",
    ),
    ("PERMISSION", "UPRAWNIENIE"),
    (
        "How long it works, in days [default: until it is revoked]",
        "Jak długo działa, w dniach [domyślnie: aż zostanie unieważniony]",
    ),
    ("DAYS", "DNI"),
    (
        "Compare each tenant's fleet index with one made from the rows alone; exits with 1 if one differs",
        "Porównaj indeks floty każdej organizacji z utworzonym z samych wierszy; jeśli któryś się różni, kończy z kodem 1",
    ),
    (
        "Import files of advisories (OSV as JSON, JSON lines or YAML), of known exploited vulnerabilities (CISA KEV) or of EPSS scores; each file wholly or not at all. Plain, .zst, .gz, .zip or .tar",
        "Importuj pliki ostrzeżeń (OSV jako JSON, wiersze JSON lub YAML), znanych wykorzystywanych podatności (CISA KEV) lub ocen EPSS; każdy plik w całości albo wcale. Zwykłe, .zst, .gz, .zip lub .tar",
    ),
    ("A file, or a directory of such files", "Plik albo katalog takich plików"),
    ("PATH", "ŚCIEŻKA"),
    (
        "Fetch feeds from their publishers now; exits with 3 if the network is away",
        "Pobierz teraz źródła od ich wydawców; bez sieci kończy z kodem 3",
    ),
    ("The feed's name; `purser feeds list` shows them", "Nazwa źródła; pokazuje je `purser feeds list`"),
    ("FEED", "ŹRÓDŁO"),
    ("Every feed that is switched on", "Każde włączone źródło"),
    ("List every feed and how it stands", "Wyświetl każde źródło i jego stan"),
    ("Opens the routes that its permissions name", "otwiera to, co wymieniają jego uprawnienia"),
    ("Sends reports, and nothing else", "wysyła raporty i nic poza tym"),
    (
        "Print the certificate of the installation's own authority, or install it for programs of this host",
        "Wypisz certyfikat urzędu tej instalacji albo zainstaluj go dla programów tego hosta",
    ),
    (
        "Print the certificate of the installation's own authority, or install it for programs of this host.\n\nThe authority may vouch for this server's names only: trusting it gives its key no power over other sites.",
        "Wypisz certyfikat urzędu tej instalacji albo zainstaluj go dla programów tego hosta.\n\nUrząd może ręczyć tylko za nazwy tego serwera: zaufanie nie daje jego kluczowi władzy nad innymi witrynami.",
    ),
    ("Write it to this file instead of the standard output", "Zapisz go do tego pliku zamiast na standardowe wyjście"),
    (
        "Add it to this host's own trust store (Debian's ca-certificates; needs root). Browsers may have stores of their own",
        "Dodaj go do zaufanych certyfikatów tego hosta (ca-certificates w Debianie; wymaga roota). Przeglądarki mogą mieć własne zbiory",
    ),
    (
        "Compare the packages of a host, an unpacked image or a dpkg status file with advisories. Needs no server",
        "Porównaj pakiety hosta, rozpakowanego obrazu lub pliku stanu dpkg z ostrzeżeniami. Nie wymaga serwera",
    ),
    (
        "Compare the packages of a host, an unpacked image or a dpkg status file with advisories. Needs no server.\n\nPackages about which the given advisories say nothing are reported as not covered, with the reason: that is not the same as not vulnerable.",
        "Porównaj pakiety hosta, rozpakowanego obrazu lub pliku stanu dpkg z ostrzeżeniami. Nie wymaga serwera.\n\nPakiety, o których podane ostrzeżenia nic nie mówią, są wymieniane osobno jako pakiety bez pokrycia, wraz z przyczyną: to nie to samo co brak podatności.",
    ),
    (
        "Examples:\n  purser scan --advisories debian.jsonl.zst\n  purser scan --root /srv/image --advisories osv/ --output json\n  purser scan --dpkg-status status.zst --os debian:12 --advisories debian.jsonl.zst",
        "Przykłady:\n  purser scan --advisories debian.jsonl.zst\n  purser scan --root /srv/image --advisories osv/ --output json\n  purser scan --dpkg-status status.zst --os debian:12 --advisories debian.jsonl.zst",
    ),
    ("Directory of the host or unpacked image", "Katalog hosta lub rozpakowanego obrazu"),
    (
        "A dpkg status file instead of a whole host; may be packed with zstd",
        "Plik stanu dpkg zamiast całego hosta; może być spakowany przez zstd",
    ),
    (
        "Operating system as ID:VERSION_ID of os-release (debian:12), where the host does not say it",
        "System operacyjny jako ID:VERSION_ID z os-release (debian:12), jeśli host go nie podaje",
    ),
    ("ID:VERSION", "ID:WERSJA"),
    (
        "File of advisories (OSV as JSON, JSON lines or YAML; plain, .zst, .gz, .zip, .tar), or a directory of such files; may be given several times",
        "Plik ostrzeżeń (OSV jako JSON, wiersze JSON lub YAML; zwykły, .zst, .gz, .zip, .tar) albo katalog takich plików; można podać kilka razy",
    ),
    (
        "Compare our order of versions with a native tool's answers",
        "Porównaj nasz porządek wersji z odpowiedziami rodzimego narzędzia",
    ),
    (
        "Compare our order of versions with a native tool's answers.\n\nEach line of the file is `a TAB b TAB sign`, the sign being -1, 0 or 1 as a comes before, equals or comes after b. Prints how many lines agree and every line that does not; exits with 1 if there is one.",
        "Porównaj nasz porządek wersji z odpowiedziami rodzimego narzędzia.\n\nKażdy wiersz pliku to `a TAB b TAB znak`, gdzie znak to -1, 0 lub 1, gdy a jest przed b, równe b lub po b. Wypisuje, ile wierszy się zgadza, oraz każdy niezgodny; jeśli taki jest, kończy z kodem 1.",
    ),
    (
        "Whose order: deb, rpm, pep440, npm, rubygems, maven, go, crates.io",
        "Czyj porządek: deb, rpm, pep440, npm, rubygems, maven, go, crates.io",
    ),
    ("ECOSYSTEM", "EKOSYSTEM"),
    ("The file; may be packed with zstd", "Plik; może być spakowany przez zstd"),
    ("How rows are printed", "Format wyników"),
    ("OUTPUT", "FORMAT"),
    ("Columns for people", "kolumny dla ludzi"),
    ("JSON for programs", "JSON dla programów"),
    (
        "Write a tenant's whole ledger to a file that `purser verify log` takes; the reading is recorded in it",
        "Zapisz cały dziennik organizacji do pliku dla `purser verify log`; sam odczyt też zostaje w nim zapisany",
    ),
    (
        "Print what a tenant's ledger is now, signed. Kept outside, it proves later that nothing before it was changed",
        "Wypisz podpisany obecny stan dziennika organizacji. Przechowany gdzie indziej, dowodzi później, że wcześniejszych wpisów nie zmieniono",
    ),
    ("Read the access log, on the server's host", "Czytaj dziennik dostępu, na hoście serwera"),
    (
        "List what was asked of the server on a day, the newest first. Addresses, users and programs are pseudonyms of that day. The reading is recorded, in the instance's ledger and in that of each tenant of whom something is shown",
        "Wypisz, o co danego dnia proszono serwer, od najnowszych. Adresy, użytkownicy i programy to pseudonimy z tego dnia. Odczyt zostaje zapisany w dzienniku instancji i w dzienniku każdej organizacji, której dotyczy coś z pokazanych",
    ),
    ("The day, in UTC [default: today]", "Dzień, w UTC [domyślnie: dzisiejszy]"),
    ("YYYY-MM-DD", "RRRR-MM-DD"),
    ("Only what came from this network address", "Tylko to, co przyszło z tego adresu sieciowego"),
    ("IP", "IP"),
    ("Only what this user did (usr_...)", "Tylko to, co zrobił ten użytkownik (usr_...)"),
    ("USER", "UŻYTKOWNIK"),
    (
        "Only what was asked with credentials of this tenant (ten_...)",
        "Tylko to, o co proszono z poświadczeniami tej organizacji (ten_...)",
    ),
    ("At most so many", "Najwyżej tyle"),
    (
        "List the days of which there is something, and when each is destroyed",
        "Wypisz dni, z których coś jest, i kiedy każdy zostanie zniszczony",
    ),
    ("The tenant's number", "Numer organizacji"),
    ("The file; never written over", "Plik; nigdy nie zostaje nadpisany"),
    (
        "Verify a whole ledger: that no entry was deleted, altered, moved or cut off, and that its log has signed it",
        "Sprawdź cały dziennik: czy żadnego wpisu nie usunięto, nie zmieniono, nie przestawiono ani nie obcięto i czy dziennik go podpisał",
    ),
    (
        "Verify a whole ledger: that no entry was deleted, altered, moved or cut off, and that its log has signed it.\n\nNames the first place where it is not whole, and exits with 1. What the file says of itself proves only that it is of one piece: give the log's key, and a checkpoint that you kept, to know that it is the log that you were shown before.",
        "Sprawdź cały dziennik: czy żadnego wpisu nie usunięto, nie zmieniono, nie przestawiono ani nie obcięto i czy dziennik go podpisał.\n\nPodaje pierwsze miejsce, w którym coś jest nie tak, i kończy z kodem 1. To, co plik mówi sam o sobie, dowodzi tylko, że jest spójny: podaj klucz dziennika i przechowany punkt kontrolny, aby wiedzieć, że to ten sam dziennik, który pokazano wcześniej.",
    ),
    ("The file that `purser ledger export` has written", "Plik zapisany przez `purser ledger export`"),
    ("The log's key, as you got it before: name+id+key", "Klucz dziennika otrzymany wcześniej: nazwa+identyfikator+klucz"),
    ("KEY", "KLUCZ"),
    (
        "A file with a checkpoint that you kept, or with a log: this log must still begin with it. May be given several times: the more, the closer the place is found where two histories part",
        "Plik z przechowanym punktem kontrolnym albo z dziennikiem: ten dziennik nadal musi się od niego zaczynać. Można podać kilka razy: im więcej, tym dokładniej wiadomo, gdzie dwie historie się rozchodzą",
    ),
    (
        "The key of a witness: it must have cosigned the checkpoints of --against, or else the log's last one",
        "Klucz świadka: musiał podpisać punkty kontrolne z --against, a bez nich ostatni w dzienniku",
    ),
    (
        "A file with a checkpoint that you kept: the proof must be of this one. Ask for it with ?size=ENTRIES",
        "Plik z przechowanym punktem kontrolnym: dowód musi dotyczyć właśnie jego. Można o taki poprosić przez ?size=WPISY",
    ),
    (
        "The key of a witness: it must have cosigned the checkpoint of --against, or else the proof's own",
        "Klucz świadka: musiał podpisać punkt kontrolny z --against, a bez niego ten w dowodzie",
    ),
    (
        "A file with a checkpoint of the instance's log that you kept: the proof must be of this one",
        "Plik z przechowanym punktem kontrolnym dziennika instalacji: dowód musi dotyczyć właśnie jego",
    ),
    (
        "The key of a witness of the instance's log: it must have cosigned the checkpoint of --against, or else the proof's own",
        "Klucz świadka dziennika instalacji: musiał podpisać punkt kontrolny z --against, a bez niego ten w dowodzie",
    ),
    (
        "Be a witness of logs: remember what they were, and cosign what grew out of it; on a machine that is not the server's",
        "Bądź świadkiem dzienników: pamiętaj, czym były, i podpisuj to, co z tego wyrosło; nie na maszynie serwera",
    ),
    (
        "Make a witness: its key and its memory, in a file of its own. Prints the key by which its cosignatures are verified",
        "Utwórz świadka: jego klucz i pamięć, w osobnym pliku. Wypisuje klucz, którym sprawdza się jego podpisy",
    ),
    (
        "The witness's file. Keep it apart from the server: whoever has it can cosign",
        "Plik świadka. Trzymaj go z dala od serwera: kto go ma, może podpisywać",
    ),
    (
        "What the witness is called: a name without spaces, best a domain of yours with a path",
        "Nazwa świadka: bez spacji, najlepiej własna domena ze ścieżką",
    ),
    ("Let the witness cosign a log from now on", "Niech świadek odtąd podpisuje dziennik"),
    (
        "The log's key, as you got it from its owner: name+id+key",
        "Klucz dziennika otrzymany od jego właściciela: nazwa+identyfikator+klucz",
    ),
    (
        "Show the witness's key and what it has cosigned last of each log",
        "Pokaż klucz świadka i to, co ostatnio podpisał z każdego dziennika",
    ),
    (
        "Look at what a log is now, and cosign it if it grew out of what was cosigned before; print the cosigned checkpoint",
        "Zobacz, czym dziennik jest teraz, i podpisz, jeśli wyrósł z tego, co podpisano wcześniej; wypisz podpisany punkt kontrolny",
    ),
    (
        "Look at what a log is now, and cosign it if it grew out of what was cosigned before; print the cosigned checkpoint.\n\nFewer entries than before, others, or more that did not grow out of them are refused with their places, and exit with 1. What was cosigned before stays then. Exits with 3 if the server cannot be reached.",
        "Zobacz, czym dziennik jest teraz, i podpisz, jeśli wyrósł z tego, co podpisano wcześniej; wypisz podpisany punkt kontrolny.\n\nGdy wpisów jest mniej niż przedtem, są inne albo jest ich więcej, lecz z tamtych nie wyrosły, odmawia z podaniem miejsca i kończy z kodem 1; wtedy zostaje to, co podpisano wcześniej. Jeśli serwer jest nieosiągalny, kończy z kodem 3.",
    ),
    (
        "A saved answer of the API's `ledger/consistency?from=ENTRIES`, with as many entries as were cosigned last",
        "Zapisana odpowiedź API `ledger/consistency?from=WPISY` z liczbą wpisów podpisaną ostatnio",
    ),
    ("The server to ask instead", "Serwer, który zapytać zamiast tego"),
    (
        "A file with an API token that may read the ledger (ledger:read)",
        "Plik z tokenem API, który może czytać dziennik (ledger:read)",
    ),
    (
        "The authority that the server's certificate is of (PEM) [default: those that this host trusts]",
        "Urząd, który wystawił certyfikat serwera (PEM) [domyślnie: te, którym ufa ten host]",
    ),
    (
        "Ask for the instance's own log, which holds the checkpoints of every tenant, and not for the token's tenant's",
        "Pytaj o dziennik instalacji, w którym są punkty kontrolne wszystkich organizacji, a nie o dziennik organizacji tokenu",
    ),
    (
        "Verify that an entry is in a ledger: the answer of the API's `ledger/leaves/LEAF/proof`, saved to a file",
        "Sprawdź, czy wpis jest w dzienniku: odpowiedź API `ledger/leaves/LEAF/proof` zapisana w pliku",
    ),
    ("The saved answer", "Zapisana odpowiedź"),
    ("Have a device, a user or a whole tenant erased, on the server's host", "Na hoście serwera usuń urządzenie, użytkownika albo całą organizację"),
    ("Erase a device, a user or a whole tenant: for ever, and provably", "Usuń urządzenie, użytkownika albo całą organizację: na zawsze i z dowodem"),
    (
        "Erase a device, a user or a whole tenant: for ever, and provably.\n\nIt begins after a delay in which it can be called off (ten minutes; for a tenant a day), or at once with --now. Then nothing is shown or taken in of it any more, its rows are deleted, its key is destroyed, and what wrapped the key too. The receipt is an entry of the ledger; `purser erasure receipt` writes it to a file.",
        "Usuń urządzenie, użytkownika albo całą organizację: na zawsze i z dowodem.\n\nUsuwanie zaczyna się po zwłoce, w której można je odwołać (dziesięć minut; dla organizacji doba), albo od razu z opcją --now. Odtąd nic o tym nie jest pokazywane ani przyjmowane, wiersze są usuwane, klucz zniszczony, a z nim to, co go opakowywało. Pokwitowanie jest wpisem dziennika; `purser erasure receipt` zapisuje je do pliku.",
    ),
    ("Show what was asked to be erased and how far it is", "Pokaż, co ma być usunięte i jak daleko to zaszło"),
    ("Call an erasure off that has not begun", "Odwołaj usunięcie, które się nie zaczęło"),
    (
        "Write the receipt of an erasure that is done to a file that `purser verify receipt` takes",
        "Zapisz pokwitowanie zakończonego usunięcia do pliku dla `purser verify receipt`",
    ),
    ("The erasure's id", "Identyfikator usunięcia"),
    ("ERASURE", "USUNIĘCIE"),
    ("How long it can be called off, in minutes, up to 1440", "Jak długo można je odwołać, w minutach, do 1440"),
    ("MINUTES", "MINUTY"),
    ("Erase at once; nothing calls it off", "Usuń od razu; niczym tego nie odwołasz"),
    ("Say that you know that --now cannot be undone", "Potwierdź, że wiesz, iż --now nie da się cofnąć"),
    ("A device's id", "Identyfikator urządzenia"),
    ("DEVICE", "URZĄDZENIE"),
    ("A user's id", "Identyfikator użytkownika"),
    ("USER", "UŻYTKOWNIK"),
    ("The tenant itself, with everything", "Sama organizacja, ze wszystkim"),
    (
        "Verify that a ledger's checkpoint is in the log of its instance, which every tenant shares: the answer of the API's `ledger/gathered`, saved to a file",
        "Sprawdź, czy punkt kontrolny dziennika jest we wspólnym dla wszystkich organizacji dzienniku instalacji: odpowiedź API `ledger/gathered` zapisana w pliku",
    ),
    ("The key of the instance's log, as you got it before", "Klucz dziennika instalacji, otrzymany wcześniej"),
    (
        "Verify the receipt of an erasure: that what it tells is in a ledger, and that it tells of a whole erasure",
        "Sprawdź pokwitowanie usunięcia: czy to, co mówi, jest w dzienniku i czy mówi o całym usunięciu",
    ),
    (
        "Verify the receipt of an erasure: that what it tells is in a ledger, and that it tells of a whole erasure.\n\nIt says what was deleted and destroyed, what stays, and what it does not prove. A policy is a JSON file of what you demand: log_keys, subject, hours_max, assurance.",
        "Sprawdź pokwitowanie usunięcia: czy to, co mówi, jest w dzienniku i czy mówi o całym usunięciu.\n\nMówi ono, co usunięto i zniszczono, co pozostaje i czego nie dowodzi. Polityka to plik JSON z wymaganiami: log_keys, subject, hours_max, assurance.",
    ),
    (
        "The receipt: what `purser erasure receipt` has written, or the saved answer of the API's `erasures/ERASURE/receipt`",
        "Pokwitowanie: plik zapisany przez `purser erasure receipt` albo odpowiedź API `erasures/ERASURE/receipt`",
    ),
    ("A file that says what you demand of a receipt", "Plik z wymaganiami wobec pokwitowania"),
];
