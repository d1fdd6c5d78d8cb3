# Strona zaufania. Obietnic tu nie ma: pochodzą z serwera, a ten ma je z plików obietnic.

trust-title = Zaufanie
trust-intro = Co ta instalacja obiecuje w sprawie danych i czy tego dotrzymuje: sprawdza to sam program, wciąż od nowa. Czego nie da się sprawdzić, o tym strona mówi.
trust-to-console = Do konsoli
trust-broken =
    { $count ->
        [one] Jedna obietnica nie jest teraz dotrzymywana
        [few] { $count } obietnice nie są teraz dotrzymywane
        [many] { $count } obietnic nie jest teraz dotrzymywanych
       *[other] { $count } obietnicy nie jest teraz dotrzymywane
    }
trust-broken-note = Operator tej instalacji dostał ostrzeżenie, a jej dziennik mówi, od kiedy tak jest.
trust-promises = Obietnice
trust-promises-note = Każda z dowodami. Zmiana na gorsze trafia do dziennika.
trust-kind = Rodzaj
trust-check = Sprawdzian na żywo
trust-check-none = brak: dowodzą jej testy przed każdym wydaniem
trust-checked = Ostatnio sprawdzono
trust-since = Tak jest od
trust-proved-by = Testy, które jej dowodzą
trust-enforced-by = Kod, który ją wymusza
trust-evidence = Dowód w Twoim dzienniku:
trust-save-proof = Zapisz dowód
trust-save-proof-of = Zapisz dowód: { $what }
trust-verify-with = Sprawdź go gdziekolwiek, bez serwera
trust-own = Twoja organizacja
trust-own-note = Sprawdzono przed chwilą.
trust-own-apart = Oddzielona od innych
trust-apart-by-file = we własnych plikach, w których nie ma wiersza innej organizacji
trust-apart-by-row-level-security = wymuszonymi zabezpieczeniami wierszy; wierszy innej organizacji nie widać
trust-own-ledger = Dziennik
trust-own-entries =
    { $count ->
        [one] jeden wpis, cały i podpisany
        [few] { $count } wpisy, całe i podpisane
        [many] { $count } wpisów, całych i podpisanych
       *[other] { $count } wpisu, całe i podpisane
    }
trust-own-keys = Klucze
trust-own-keyring = działających: { $keys }, zniszczonych: { $destroyed }, epoka { $epoch }
trust-own-epoch = Początek epoki
trust-own-newest = Najnowszy wpis
trust-host-reads = Odczyty z zewnątrz
trust-host-reads-note = Kiedy dane odczytał ktoś spoza Twojej organizacji, kto zarządza serwerem. Zapisywane przed odczytem.
trust-host-reads-none = Twój dziennik nie mówi o żadnym odczycie przez kogoś spoza Twojej organizacji.
trust-breaches = Naruszenia
trust-breaches-note = Naruszenia bezpieczeństwa, które dotyczyły danych Twojej organizacji, słowami tego, kto prowadzi serwer. Każde jest w Twoim dzienniku.
trust-breaches-none = Twój dziennik nie mówi o żadnym naruszeniu.
trust-breach-told = Powiadomiono
trust-breach-case = Sprawa
trust-breach-known = Wiadomo od
trust-breach-reason = Dlaczego
trust-breach-entries = Wpisy dziennika
affected-entries = mówi o tym Twój dziennik
affected-every-tenant = dotyczyło wszystkich organizacji na serwerze
affected-existed = zabrano wszystko, co było na serwerze
affected-lost = utracono wpisy dziennika, które mogły o tym mówić
affected-unclear = dziennik zmieniono, więc nikt tego nie wie
affected-unreadable = dziennika nie dało się odczytać, więc nikt tego nie wie
read-access-log = dziennik dostępu
read-erasures = usunięcia
read-ledger = dziennik
read-rights-requests = wnioski osób o ich dane
read-index = spis pakietów, porównany z wierszami
trust-stored = Co jest przechowywane
trust-stored-note = Wszystko, wygenerowane z tego, co program sam wie o swoich tabelach: po co, gdzie, jak długo i jak jest usuwane.
trust-version = Kontakt i wersja
trust-version-note = Zmiana czegokolwiek na tej stronie jest ogłaszana jako nowa wersja.
trust-privacy-contact = Pytania o prywatność
trust-security-contact = Znaleziona słabość
trust-contact-none = nikogo nie wskazano
trust-version-number = Wersja
trust-version-of = Wersja { $number }, { $date }
trust-signature = Podpis
trust-key = Klucz instalacji
trust-changes = Co się zmieniło

standing-ok = Dotrzymana
standing-warning = Wymaga uwagi
standing-failed = Złamana
standing-unknown = Nie wiadomo
standing-proven-by-tests = Dowiedziona testami

kept-enforced = wymuszana przez program, zawsze włączona
kept-policy = polityka organizacji albo operatora, wymuszana przez program
kept-deployment = szablon wdrożenia, dostarczany i testowany
kept-organisation = obowiązek organizacji operatora

stored-personal = O osobach
stored-identifying = Nazywa maszyny albo organizacje
stored-secret = Coś otwiera
stored-configuration = Losowe numery, czasy, liczby i stany
stored-public = Dane publiczne

store-tenant = we własnej bazie organizacji
store-identity = w bazie kont
store-keyring = w pęku kluczy
store-system = w bazie instalacji
store-master = w bazie publicznych ostrzeżeń

retention-with-subject = tak długo, jak istnieje to, czego dotyczy
retention-transient = dopóki jest potrzebne
retention-instance = tak długo, jak istnieje instalacja
retention-days =
    { $days ->
        [one] przez jeden dzień
        [few] przez { $days } dni
        [many] przez { $days } dni
       *[other] przez { $days } dnia
    }

erasure-device = usuwane z urządzeniem
erasure-user = usuwane z użytkownikiem
erasure-tenant = usuwane z organizacją
erasure-never = nie ma w nim nic o nikim

storage-clear = jawnie
storage-keyed-hash = skrót z kluczem
storage-digest = skrót
storage-sealed-tenant = zaszyfrowane kluczem organizacji
storage-sealed-device = zaszyfrowane kluczem urządzenia
storage-sealed-user = zaszyfrowane kluczem użytkownika
storage-sealed-subject = zaszyfrowane kluczem tego, czego dotyczy
storage-sealed-instance = zaszyfrowane kluczem instalacji

class-public = publiczne
class-configuration = konfiguracja
class-identifying = identyfikujące
class-personal = osobowe
class-secret = tajne

retained-title = Jak długo Twoje dane są przechowywane
retained-note = To, co zostanie usunięte, widać tu dobę wcześniej, i nic nie znika przed końcem swoich dni. Mówi o tym dziennik.
retained-rows =
    { $count ->
        [one] jeden wiersz
        [few] { $rows } wiersze
        [many] { $rows } wierszy
       *[other] { $rows } wiersza
    }
retained-oldest = najstarszy z
retained-going =
    { $count ->
        [one] Jeden wiersz zostanie usunięty:
        [few] { $rows } wiersze zostaną usunięte:
        [many] { $rows } wierszy zostanie usuniętych:
       *[other] { $rows } wiersza zostanie usunięte:
    }
retained-next = Pierwszy zniknie po
retained-nothing = Nic nie czeka na usunięcie.
retained-days = Dni
retained-bounds = od { $min } do { $max }
retained-choose = Wybierz
retained-chosen = Wybrano. To, co przez to zniknie, będzie widać dobę wcześniej.
retained-lasting = Tabele bez terminu: { $count }

shared = Kto jeszcze dostaje dane
shared-note = Kto przetwarza dane dla operatora. Nowy wpis jest ogłaszany każdej organizacji, zanim zacznie obowiązywać.
shared-nobody = Nikt: ta instalacja nie daje danych nikomu innemu, a bez wpisu tutaj program niczego nigdzie nie wysyła.
shared-classes = Rodzaje danych
shared-people = Kto ma do nich dostęp
shared-locations = Gdzie
shared-compliance = Zobowiązania
shared-effective = Obowiązuje od
shared-ended = Zakończony
shared-not-yet = jeszcze nie: nie każda organizacja została powiadomiona
register-announced = ogłoszony
register-effective = obowiązuje
register-superseded = zastąpiony
register-ended = zakończony

policy-title = Zmiany w postępowaniu z danymi
policy-note = Każda zmiana tego, co jest przechowywane, jak długo i co obiecano, czy przez nowe wydanie, czy przez prowadzącego tę instalację, tworzy wersję. Każda organizacja jest o niej powiadamiana.
policy-version = Wersja { $number },
policy-told = Wszystkie organizacje powiadomiono do
policy-telling = Organizacje są powiadamiane.
policy-verify = Sprawdź ją gdziekolwiek, bez serwera
