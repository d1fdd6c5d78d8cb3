# Podatności: odpowiedź o urządzeniu, listy, strona jednej podatności.

severity = Waga
severities-none = Ostrzeżenia nie podają ich wagi.
severity-worst = Największa waga
severity-unknown = Nieznana
severity-low = Niska
severity-medium = Średnia
severity-high = Wysoka
severity-critical = Krytyczna
cve = Podatność
cves = Podatności
kev = KEV
kev-title = Wiadomo, że jest wykorzystywana
kev-added = Wiadomo, że jest wykorzystywana, od: { $date }
kev-long = Wykorzystanie
kev-since = Wiadomo, że jest wykorzystywana; na liście CISA od: { $date }
kev-not = Nie ma jej na liście CISA podatności wykorzystywanych
epss = EPSS
epss-percentile = Percentyl EPSS
profile = Dystrybucja
exposed = Narażone
devices-exposed = Narażone urządzenia
fixed-version = Naprawiono w
fix-none = poprawka nieznana
fix-available = poprawka dostępna
fix-waits = zainstalowana, czeka na restart
fix-waits-short = wymaga restartu
finding-waits = Czeka na restart
class-companion = towarzyszy jądru

answer-affected =
    { $count ->
        [0] Dotyczą go tylko podatności pakietów towarzyszących jądru
        [one] Dotyczy go { $count } podatność
        [few] Dotyczą go { $count } podatności
        [many] Dotyczy go { $count } podatności
       *[other] Dotyczy go { $count } podatności
    }
answer-affected-kev =
    { $count ->
        [0] O żadnej nie wiadomo, by była wykorzystywana.
        [one] O { $count } z nich wiadomo, że jest wykorzystywana.
        [few] O { $count } z nich wiadomo, że są wykorzystywane.
        [many] O { $count } z nich wiadomo, że są wykorzystywane.
       *[other] O { $count } z nich wiadomo, że są wykorzystywane.
    }
answer-affected-fixable =
    { $count ->
        [0] Dla żadnej nie ma poprawki wśród oczekujących aktualizacji.
        [one] Dla { $count } poprawka jest wśród oczekujących aktualizacji.
        [few] Dla { $count } poprawka jest wśród oczekujących aktualizacji.
        [many] Dla { $count } poprawka jest wśród oczekujących aktualizacji.
       *[other] Dla { $count } poprawka jest wśród oczekujących aktualizacji.
    }
answer-waits =
    { $count ->
        [one] { $count } naprawi restart urządzenia.
        [few] { $count } naprawi restart urządzenia.
        [many] { $count } naprawi restart urządzenia.
       *[other] { $count } naprawi restart urządzenia.
    }
answer-companions =
    { $count ->
        [one] { $count } podatność dotyczy tylko nagłówków lub narzędzi jądra.
        [few] { $count } podatności dotyczą tylko nagłówków lub narzędzi jądra.
        [many] { $count } podatności dotyczy tylko nagłówków lub narzędzi jądra.
       *[other] { $count } podatności dotyczy tylko nagłówków lub narzędzi jądra.
    }
answer-see-list = Zobacz listę
answer-not-affected = Nie dotyczy
answer-not-affected-detail = Każdy zainstalowany pakiet porównano z ostrzeżeniami dla tego systemu; żaden nie pasował.
answer-not-affected-partly = Co porównano z ostrzeżeniami dla tego systemu, do żadnego nie pasuje. Nie wszystko dało się porównać.
answer-not-covered = Brak pokrycia
answer-not-covered-detail = Żadne ostrzeżenia nie mówią o tym urządzeniu, więc nic nie można powiedzieć o jego podatnościach.
answer-see-feeds = Zobacz źródła

reason-kernel-not-collected = uruchomione jądro nie jest zbierane
reason-kernel-of-no-package = uruchomione jądro nie pochodzi z żadnego zainstalowanego pakietu: zbudowano je samodzielnie albo należy do hosta, na którym działa kontener
reason-kernel-version-not-read = uruchomione jądro nie podaje, którą kompilacją z dystrybucji jest
reason-manager-not-supported = ostrzeżenia dla tego systemu nie mówią o pakietach tego narzędzia
reason-no-advisories = nie zaimportowano ostrzeżeń dla tego systemu
reason-not-reported = nie przyszedł jeszcze żaden raport
reason-os-not-collected = system operacyjny nie jest zbierany
reason-os-not-supported = nie jest znane źródło ostrzeżeń dla tego systemu
reason-other-origin = inne pochodzenie niż wydanie dystrybucji (backport, inny dostawca), a tamtych wersji ostrzeżenia nie znają
reason-packages-not-collected = pakiety nie są zbierane
reason-version-not-read = nie można uporządkować zainstalowanej wersji

packages-of-source =
    { $count ->
        [one] { $count } pakiet
        [few] { $count } pakiety
        [many] { $count } pakietów
       *[other] { $count } pakietu
    }
findings-urgent = Najpilniejsze
findings-urgent-note = Najpierw wykorzystywane, potem te, które zapewne będą, potem poważne.
findings-software = Oprogramowanie
findings-companions = Pakiety towarzyszące jądru
findings-companions-note = Nagłówki i narzędzia zbudowane ze źródeł jądra. Nie mówią o jądrze, które działa.
findings-count =
    { $count ->
        [one] { $count } pozycja
        [few] { $count } pozycje
        [many] { $count } pozycji
       *[other] { $count } pozycji
    }
findings-shown = { $shown } z { $total } pozycji
findings-fixable-only = Tylko z dostępną poprawką

vulnerabilities-title = Podatności
vulnerabilities-intro = Co zaimportowane ostrzeżenia mówią o pakietach obecnych we flocie.
vulnerabilities-views = Widoki
view-cves = Według podatności
view-packages = Według pakietów
findings-filter = Filtr podatności
findings-search = Szukaj podatności lub pakietu
findings-kev-only = Tylko wykorzystywane
findings-with-companions = Także pakiety towarzyszące jądru
findings-none-software = Podatności nie dotyczą żadnego oprogramowania urządzeń z pokryciem
findings-none-match = Żadna podatność nie pasuje
findings-none =
    { $count ->
        [one] Jedynego urządzenia z pokryciem nie dotyczy żadna podatność
        [few] Żadnego z { $devices } urządzeń z pokryciem nie dotyczy podatność
        [many] Żadnego z { $devices } urządzeń z pokryciem nie dotyczy podatność
       *[other] Żadnego z { $devices } urządzenia z pokryciem nie dotyczy podatność
    }
findings-none-but = Nie mówi to nic o urządzeniach bez pokrycia.
findings-not-covered = Brak pokrycia
findings-not-covered-detail = Zaimportowane ostrzeżenia nie obejmują żadnego urządzenia, więc nic nie można powiedzieć o podatnościach. Pobierz źródło albo zaimportuj jego plik.
finding-what = Pakiety
finding-fix = Poprawka
finding-standing = Stan tej podatności
finding-fixable = Poprawka dostępna
finding-about = Opis
cvss = CVSS
finding-companions =
    { $count ->
        [one] Jeszcze { $count } urządzenie ma tylko nagłówki lub narzędzia tego jądra albo jądro, które nie działa.
        [few] Jeszcze { $count } urządzenia mają tylko nagłówki lub narzędzia tego jądra albo jądro, które nie działa.
        [many] Jeszcze { $count } urządzeń ma tylko nagłówki lub narzędzia tego jądra albo jądro, które nie działa.
       *[other] Jeszcze { $count } urządzenia ma tylko nagłówki lub narzędzia tego jądra albo jądro, które nie działa.
    }
finding-no-details = Ostrzeżenia nie podają opisu.
references = Odnośniki
advisories = Ostrzeżenia
vulnerable-packages-none = Podatności nie dotyczą żadnego pakietu urządzeń z pokryciem

coverage-all =
    { $count ->
        [one] Zaimportowane ostrzeżenia obejmują jedyne urządzenie.
        [few] Zaimportowane ostrzeżenia obejmują wszystkie { $covered } urządzenia.
        [many] Zaimportowane ostrzeżenia obejmują wszystkie { $covered } urządzeń.
       *[other] Zaimportowane ostrzeżenia obejmują wszystkie { $covered } urządzenia.
    }
coverage-some = Pokrycie: { $covered } z { $total } urządzeń
partly-packages =
    { $count ->
        [one] { $packages } pakiet bez pokrycia
        [few] { $packages } pakiety bez pokrycia
        [many] { $packages } pakietów bez pokrycia
       *[other] { $packages } pakietu bez pokrycia
    }
partly-kernel = Jądro bez pokrycia
partly-devices =
    { $count ->
        [one] { $devices } urządzenie
        [few] { $devices } urządzenia
        [many] { $devices } urządzeń
       *[other] { $devices } urządzenia
    }
basis =
    { $count ->
        [one] Podstawa: { $advisories } ostrzeżenie dla { $ecosystem } ({ $feed }).
        [few] Podstawa: { $advisories } ostrzeżenia dla { $ecosystem } ({ $feed }).
        [many] Podstawa: { $advisories } ostrzeżeń dla { $ecosystem } ({ $feed }).
       *[other] Podstawa: { $advisories } ostrzeżenia dla { $ecosystem } ({ $feed }).
    }
basis-newest = Najnowsze z { $date }.
coverage-missing =
    { $count ->
        [one] { $devices } urządzenie bez pokrycia
        [few] { $devices } urządzenia bez pokrycia
        [many] { $devices } urządzeń bez pokrycia
       *[other] { $devices } urządzenia bez pokrycia
    }

affected-title = Podatne wersje
affected-version = Wersja
affected-none = Flota nie ma żadnej podatnej wersji
exposed-title =
    { $count ->
        [one] { $count } narażone urządzenie
        [few] { $count } narażone urządzenia
        [many] { $count } narażonych urządzeń
       *[other] { $count } narażonego urządzenia
    }
exposed-none = Żadne urządzenie nie jest narażone
provenance = Skąd to pochodzi
provenance-note = Źródło, czas importu i dokument, który to mówi.

exposure-title = Narażenie w czasie
exposure-note =
    { $days ->
        [one] ostatni dzień
        [few] ostatnie { $days } dni
        [many] ostatnie { $days } dni
       *[other] ostatnie { $days } dnia
    }
exposure-cves = Podatności
exposure-kev = w tym wykorzystywane
exposure-devices = Narażone urządzenia (prawa skala)
day = Dzień
