# Urządzenia: lista i strona jednego urządzenia.

devices-title = Urządzenia
devices-intro = Wszystkie komputery, które zgłaszają się do tej organizacji.
devices-summary = Urządzenia według stanu
devices-total = W użyciu
devices-filter = Filtr urządzeń
devices-search = Szukaj według nazwy
devices-none = Żadne urządzenie jeszcze nie dołączyło
devices-none-detail = Zainstaluj purser-agent na komputerze i uruchom na nim jedno polecenie. Jego pakiety pojawią się w ciągu minuty.
devices-none-match = Żadne urządzenie nie pasuje
devices-count =
    { $count ->
        [one] { $count } urządzenie
        [few] { $count } urządzenia
        [many] { $count } urządzeń
       *[other] { $count } urządzenia
    }

status-fresh = Aktualne
status-stale = Opóźnione
status-lost = Utracone
status-retired = Wycofane

device-name = Nazwa
device-status = Stan
device-os = System
device-group = Grupa
device-label = Etykieta
device-labels = Etykiety
device-packages = Pakiety
device-updates = Aktualizacje
device-last-seen = Ostatnio widziane
device-id = Identyfikator
device-enrolled = Dołączyło
device-identity = Tożsamość
device-standing = Stan tego urządzenia
device-cves = Podatności
device-tabs = Części tego urządzenia
device-system = System
device-hardware = Sprzęt
device-network = Sieć
see-answer = zobacz odpowiedź poniżej
security-count-short = { $count } bezp.
updates-security-count =
    { $count ->
        [one] Czeka { $count } aktualizacja bezpieczeństwa
        [few] Czekają { $count } aktualizacje bezpieczeństwa
        [many] Czeka { $count } aktualizacji bezpieczeństwa
       *[other] Czeka { $count } aktualizacji bezpieczeństwa
    }

device-is-retired = To urządzenie jest wycofane
device-is-retired-detail = Jego raporty są odrzucane i nie liczy się do żadnej sumy. To, co przysłało, pozostaje do końca okresu przechowywania.
device-is-clone = To urządzenie jest kopią innego
device-is-clone-detail = Powstało z obrazu urządzenia, które już dołączyło. Od tej pory są prowadzone osobno; tamto to
device-retire = Wycofaj
device-retire-ask = Wycofać { $name }?
device-retire-detail = Raporty tego urządzenia będą odrzucane, a ono samo zniknie z sum i list. Można je później przywrócić.
device-retire-done = Wycofano urządzenie { $name }.
device-restore = Przywróć
device-restore-ask = Przywrócić { $name }?
device-restore-detail = Raporty tego urządzenia będą znów przyjmowane, a ono samo wróci do sum i list.
device-restore-done = Przywrócono urządzenie { $name }.

tab-overview = Przegląd
tab-packages = Pakiety
tab-vulnerabilities = Podatności
tab-updates = Oczekujące aktualizacje
tab-history = Historia
tab-sent = Co zostało wysłane

labels = Etykiety
labels-none = Brak etykiet
labels-more =
    { $count ->
        [one] i jeszcze { $count } etykieta
        [few] i jeszcze { $count } etykiety
        [many] i jeszcze { $count } etykiet
       *[other] i jeszcze { $count } etykiety
    }
labels-edit = Edytuj etykiety
labels-saved = Zapisano etykiety.
label-add = Dodaj etykietę
label-name = Nazwa etykiety { $number }
label-name-short = nazwa
label-value = Wartość etykiety { $number }
label-value-short = wartość
label-remove = Usuń etykietę { $number }

kernel-booted = Działające jądro
kernel-package = Pakiet jądra
machine = Architektura
model = Model
processor = Procesor
processor-count = Procesory logiczne
memory = Pamięć
disks = Dyski
serial-number = Numer seryjny
link-up = połączony
link-down = rozłączony
network-none = Nie ma interfejsów sieciowych poza pętlą zwrotną.
not-seen = niewidoczne
os-not-collected = system nie jest zbierany
inspect-title = Twoja własna kopia
inspect-detail = Komputer przechowuje kopię dokładnie tego, co wysyła. Porównaj ją z tym, co ma serwer:

not-collected = nie jest zbierane
not-collected-kind = Nie jest zbierane: { $kind }
not-collected-switched-off = Wyłącza to plik samego komputera. To, co serwer już o tym miał, zostało usunięte. Nie oznacza to, że niczego takiego nie ma.
not-collected-not-seen = Agent nie mógł tego zobaczyć; powód jest w „Co zostało wysłane”. Nie oznacza to, że niczego takiego nie ma.
not-collected-no-report-yet = Urządzenie nie przysłało jeszcze raportu.
kind-host-name = nazwa komputera
kind-os = system operacyjny
kind-kernel = działające jądro
kind-hardware = sprzęt
kind-network = sieć
kind-packages = pakiety
kind-updates = oczekujące aktualizacje
lost-without-host-name = Bez niej urządzenie występuje w listach i wyszukiwaniu pod swoim numerem.
lost-without-os = Bez niego nie da się dopasować żadnej podatności, więc urządzenie liczy się jako nieobjęte oceną, a nigdy jako wolne od podatności.
lost-without-kernel = Bez niego podatności działającego jądra nie są oceniane; odpowiedź to mówi.
lost-without-hardware = Bez niego konsola nie pokazuje modelu, pamięci ani dysków; nic innego z niego nie powstaje.
lost-without-network = Bez niej konsola nie pokazuje interfejsów ani adresów; nic innego z niej nie powstaje.
lost-without-packages = Bez nich nie da się dopasować żadnej podatności ani poznać aktualizacji, więc urządzenie liczy się jako nieobjęte oceną, a nigdy jako wolne od podatności.
lost-without-updates = Bez nich nie widać, co można by teraz zainstalować ani czy jest gotowa poprawka.

history-at = Kiedy
history-change = Zmiana
history-versions = Wersja
history-to = na
history-note = Wynika z porównania raportów; nic nigdy nie jest nadpisywane.
gaps = Brakujące zgłoszenia
gaps-note = Zgłoszenia, które urządzenie przygotowało, a które nie dotarły. Takie, które samo odrzuciło, bo serwer go nie przyjął albo zbyt wiele czekało, nie dotrze nigdy. Czego dotyczyły, nie ma w żadnym zgłoszeniu; stan pochodzi z najnowszego.
gaps-since = Ostatnie zgłoszenie przed nimi
gaps-noticed = Zauważono
gaps-numbers = Numery
gaps-closed = Dotarły później
gaps-open = brak
gaps-dropped = odrzucone przez urządzenie
history-none = Nic się jeszcze nie zmieniło
history-none-detail = Od drugiego raportu znajdą się tu pakiety zainstalowane, zaktualizowane i usunięte.
change-added = Dodano
change-removed = Usunięto
change-upgraded = Zaktualizowano
change-downgraded = Cofnięto wersję
change-changed = Zmieniono

updates-title =
    { $count ->
        [one] { $count } oczekująca aktualizacja
        [few] { $count } oczekujące aktualizacje
        [many] { $count } oczekujących aktualizacji
       *[other] { $count } oczekującej aktualizacji
    }
updates-none = Żadna aktualizacja nie czeka
update-installed = Zainstalowana
update-archive = Archiwum
lists-fetched = Komputer pobrał listy pakietów
lists-stale = Listy pakietów tego komputera są stare
lists-stale-none = Nie można powiedzieć „brak aktualizacji”: listy pakietów tego komputera są stare
lists-stale-detail = Aktualizacje wydane od tamtej pory nie są znane. Odśwież listy na komputerze, na przykład poleceniem „apt-get update”.
lists-unknown = Wiek list pakietów tego komputera nie jest znany
lists-unknown-none = Nie można powiedzieć „brak aktualizacji”: komputer nie ma list pakietów
lists-unknown-detail = Odśwież listy na komputerze, na przykład poleceniem „apt-get update”; następny raport powie więcej.

sent-copy = Kopia, którą ma serwer
sent-nothing = To urządzenie nie przysłało jeszcze raportu
sent-collected = Zebrano
sent-received = Odebrano
sent-size = Rozmiar
sent-gaps = Transmisje utracone na komputerze
sent-digest = SHA-256 stanu
sent-digest-note = Równe SHA-256 kopii do wglądu na komputerze, chyba że od tej pory wysłał on coś nowego: sha256sum inspection-copy.json
sent-digest-confirmed = Ta przeglądarka obliczyła je ponownie z poniższego stanu: jest takie samo.
sent-digest-differs = Ta przeglądarka obliczyła z poniższego stanu inne: { $found }
sent-save = Zapisz jako plik
sent-left-out = Co pominięto
sent-all = Nic: zbierany jest każdy rodzaj danych i wszystko było widoczne.
sent-switched-off = wyłączone w pliku samego komputera
sent-state = Stan
sent-state-note = Każde pole, które serwer zna o tym komputerze.
tree-entries =
    { $count ->
        [one] { $count } wpis
        [few] { $count } wpisy
        [many] { $count } wpisów
       *[other] { $count } wpisu
    }
tree-more =
    { $count ->
        [one] Pokaż jeszcze { $count }
        [few] Pokaż jeszcze { $count }
        [many] Pokaż jeszcze { $count }
       *[other] Pokaż jeszcze { $count }
    }
blind-permission-denied = użytkownik agenta nie ma prawa tego odczytać
blind-not-present = ten komputer nie ma takiej rzeczy
blind-not-understood = w postaci, której agent nie rozumie
blind-too-large = przekracza limit
blind-tool-failed = narzędzie, które to wypisuje, zawiodło
blind-own-system-id = pominięte, ponieważ komputer używa własnego identyfikatora

receipts = Potwierdzenia
receipts-note = Jedno na każdą transmisję.
receipts-none = Nie ma jeszcze potwierdzeń.
receipt-received = Odebrano
receipt-number = Potwierdzenie
receipt-carried = Treść
carried-full = cały stan
carried-delta = zmiany
carried-check-in = bez zmian
carried-late = spóźnione
receipt-sequence = Numer
receipt-schema = Schemat
