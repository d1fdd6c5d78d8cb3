# Ustawienia: organizacja, dołączanie urządzeń i tokeny.

settings-title = Ustawienia
settings-tabs = Części ustawień
settings-organisation = Organizacja
settings-enrolment = Dołączanie
settings-tokens = Tokeny
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
