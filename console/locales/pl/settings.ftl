# Ustawienia: organizacja, dołączanie urządzeń i tokeny.

settings-title = Ustawienia
settings-tabs = Części ustawień
settings-organisation = Organizacja
settings-enrolment = Dołączanie
settings-tokens = Tokeny
settings-access = Dostęp
settings-browser = Ta przeglądarka
settings-browser-note = Zapisane tutaj, tylko dla Ciebie.
settings-name = Nazwa organizacji
settings-stale = Urządzenie jest opóźnione po (godziny)
settings-stale-note = Bez raportu przez: { $time }.
settings-lost = Urządzenie jest utracone po (dni)
settings-lost-note = Bez raportu przez: { $time }.
settings-lost-after-stale = Urządzenie musi stać się opóźnione, zanim zostanie uznane za utracone.
settings-saved = Zapisano ustawienia.

enrolment-new = Dołącz urządzenia
enrolment-new-note = Token pozwala urządzeniom dołączyć. Nadaj mu nazwę, która mówi, do czego służy.
enrolment-tokens = Tokeny dołączania
enrolment-none = Nie ma tokenów dołączania
enrolment-make = Utwórz polecenie dołączenia
enrolment-command = Polecenia do uruchomienia na urządzeniu
enrolment-run = Uruchom oba w powłoce administratora (root) na każdym urządzeniu, które ma dołączyć; purser-agent musi być tam zainstalowany razem ze swoim użytkownikiem i usługą. Dołącza jako własny użytkownik, nie jako root: dzięki temu jego katalog należy do niego, a urządzenie zostanie później rozpoznane.
enrolment-once =
    { $hours ->
        [one] Działa jeden raz, przez { $hours } godzinę, i nie zostanie pokazane ponownie.
        [few] Działa jeden raz, przez { $hours } godziny, i nie zostanie pokazane ponownie.
        [many] Działa jeden raz, przez { $hours } godzin, i nie zostanie pokazane ponownie.
       *[other] Działa jeden raz, przez { $hours } godziny, i nie zostanie pokazane ponownie.
    }
enrolment-first-name = Pierwsze urządzenie
uses-max = Najwięcej urządzeń
uses-any = dowolna liczba
uses-of = użycia: { $uses } z { $most }
uses-count =
    { $count ->
        [one] użyty { $count } raz
        [few] użyty { $count } razy
        [many] użyty { $count } razy
       *[other] użyty { $count } raza
    }

token-new = Utwórz token
token-new-note = Dla programów. Sekret jest pokazywany jeden raz.
token-name = Nazwa
token-kind = Rodzaj
token-kind-api = API
token-kind-telemetry = Telemetria
token-kind-api-note = Odczytuje i zmienia to, na co pozwalają uprawnienia; nigdy nie może wysyłać raportów jako urządzenie.
token-kind-telemetry-note = Wysyła raporty i nie może niczego odczytać.
token-permissions = Uprawnienia
token-make = Utwórz token
token-secret-of = Sekret tokenu { $name }
token-revoke = Unieważnij
token-revoke-of = Unieważnij { $name }
token-revoke-ask = Unieważnić { $name }?
token-revoke-detail = Wszystko, co go używa, od razu przestanie działać. Tego nie można cofnąć.
token-revoked = Unieważniono { $name }.
token-devices = Urządzenia
token-devices-note = Selektory, po jednym w wierszu; puste oznacza wszystkie urządzenia.
token-networks = Sieci
token-networks-note = Skąd działa, po jednej sieci w wierszu; puste oznacza zewsząd.
token-never-used = nigdy nieużyty
token-owner = właściciel: { $owner }
token-owner-none = bez właściciela
token-owner-none-note = Utworzony na hoście serwera albo zanim tokeny miały właścicieli. Wymiana sekretu uczyni Cię właścicielem.
token-standing-reduced = ograniczony
token-standing-reduced-note = Jego właściciel może mniej niż w chwili utworzenia, więc i token może mniej.
token-standing-orphaned = osierocony
token-standing-orphaned-note = Jego właściciel nie może już nic z tego. Niczego nie otwiera, dopóki ktoś inny nie wymieni sekretu.
token-standing-expired = wygasł
token-standing-expired-note = Jego czas minął. Wymiana sekretu da mu inny koniec.
token-certificate = z certyfikatem
token-certificate-note = Działa tylko z certyfikatem klienta, który dla niego wystawiono.
token-shared = współdzielony?
token-shared-note = Użyty z ponad pięciu sieci w ciągu godziny. Wymień sekret albo podaj, skąd jest używany.
token-retiring = Poprzedni sekret też jeszcze działa; koniec: { $time }.
token-rotate = Wymień sekret
token-rotate-of = Wymień sekret tokenu { $name }
token-rotate-note = Token dostanie inny sekret, pokazany jeden raz, i inny koniec. Zostaniesz jego właścicielem.
token-overlap = Poprzedni sekret działa jeszcze
token-overlap-0 = wcale (po wycieku)
token-overlap-1 = godzinę
token-overlap-24 = dobę
token-overlap-168 = siedem dni
tokens-none = Nie ma tokenów
secret-once = Skopiuj teraz: nie zostanie pokazane ponownie
expires = wygasa { $date }
expires-after = Wygasa po
expires-never = nie wygasa
expired = wygasł
last-used = ostatnio użyty
days =
    { $count ->
        [one] { $count } dzień
        [few] { $count } dni
        [many] { $count } dni
       *[other] { $count } dnia
    }
permission-devices-read = odczyt urządzeń
permission-devices-write = zmiana urządzeń
permission-inventory-read = odczyt raportów
permission-people-read = podgląd osób i ich ról
permission-vulnerabilities-read = odczyt podatności
permission-feeds-read = podgląd źródeł
permission-feeds-manage = zarządzanie źródłami
permission-enrolment-manage = zarządzanie dołączaniem
permission-erasure-manage = usuwanie urządzeń, użytkowników i organizacji
permission-settings-manage = zmiana ustawień
permission-tokens-manage = zarządzanie tokenami

access-note = Skąd działają poświadczenia. Obowiązuje od razu, także dla istniejących sesji i tokenów.
access-your-address = Łączysz się z adresu { $address }.
access-everybody = każdy adres
access-people = Ludzie
access-people-note = Logowanie i sesje. Po jednej sieci w wierszu, np. 192.0.2.0/24 albo 2001:db8::/48; puste oznacza każdy adres.
access-api = Tokeny API
access-api-note = Obok sieci każdego tokenu z osobna.
access-agents = Urządzenia
access-agents-note = Agenty, tokeny telemetrii i dołączanie.
access-token-days = Najdłuższe życie tokenu API (dni)
access-token-days-note = Dla tokenów tworzonych i wymienianych od teraz.
access-change = Zmień dostęp
access-change-detail = Lista, która nie jest pusta, od razu odcina każdy inny adres, także dla istniejących sesji i tokenów. Drogą powrotną jest „purser tenant clear-networks” na hoście serwera.
access-lock-me-out = Odetnij także mnie: mojego adresu nie ma na liście
