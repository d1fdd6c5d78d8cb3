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
permission-directory-write = prowadzenie kont i grup jako katalog
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

# Logowanie jednokrotne.

settings-sign-on = Logowanie jednokrotne
sign-on-note = Ludzie logują się przez dostawcę Twojej organizacji (OpenID Connect).
providers-none = Nie ustawiono żadnego dostawcy. Najpierw zarejestruj u niego Pursera jako aplikację internetową; dostawca poda identyfikator klienta i sekret, o które tu prosimy.
provider-add = Dodaj dostawcę
provider-saved = Zapisano: { $name }. Sprawdź teraz dostawcę.
provider-required = wymagane od wszystkich prócz właścicieli
provider-takes-newcomers = przyjmuje nowe osoby
provider-sign-in-url = Odnośnik logowania dla Twoich ludzi
provider-redirect-uri = Adres powrotu, do zezwolenia u dostawcy
provider-check = Sprawdź
provider-check-of = Sprawdź: { $name }
provider-good = Dostawca nadaje się do użycia
provider-good-detail = Mówi, czym jest, i ma klucze. Czy przyjmuje identyfikator klienta i sekret, pokaże pierwsze logowanie.
provider-bad = Dostawca nie nadaje się do użycia
provider-change = Zmień
provider-change-of = Zmień: { $name }
provider-change-title = Zmień dostawcę
provider-remove = Usuń
provider-remove-of = Usuń: { $name }
provider-remove-ask = Usunąć: { $name }?
provider-remove-detail = Jego ludzie zostaną wylogowani i nie wejdą już przez niego, a role z ich grup znikną. Żeby wejść znowu, potrzebują zaproszenia.
provider-removed = Usunięto: { $name }.
provider-name = Nazwa
provider-name-note = Taka, jaką znają Twoi ludzie.
provider-issuer = Wystawca (issuer)
provider-issuer-note = Dokładnie tak, jak pisze go dostawca. Później nie można go zmienić.
provider-client-id = Identyfikator klienta
provider-client-secret = Sekret klienta
provider-client-secret-note = Puste dla klienta publicznego. Nie zostanie pokazany ponownie.
provider-client-secret-keep = Puste, by zachować obecny.
provider-scopes = Zakresy (scopes)
provider-scopes-note = O co prosić prócz openid; niektórzy dostawcy podają grupy w osobnym zakresie.
provider-newcomers = Przyjmuj nowe osoby
provider-newcomers-note = Każdy, kogo wpuści dostawca, dostaje konto, które nic nie widzi, dopóki grupa albo ktoś nie nada mu roli. W przeciwnym razie ludzi się zaprasza.
provider-require = Wymagaj logowania jednokrotnego
provider-require-note = Hasła wpuszczają tylko właścicieli. Cofa to „purser tenant release-sign-on” na maszynie serwera.
provider-groups-claim = Pole z grupami (claim)
provider-groups-claim-note = Nazwa, pod którą dostawca podaje grupy osoby.
provider-groups = Role grup
provider-groups-note = Nadawane i odbierane przy każdym logowaniu. Grupa nikogo nie czyni właścicielem.
provider-group = Grupa
provider-group-add = Dodaj grupę
provider-group-remove = Usuń grupę { $group }
provider-group-devices = Urządzenia (selektor)
fault-offline = Ten serwer jest ustawiony tak, że niczego nie pobiera z zewnątrz. Kto go prowadzi, może wskazać wystawcę jako wewnętrznego.
fault-not-public = Adres albo jedna ze stron dostawcy leży w sieci prywatnej. Kto prowadzi ten serwer, może wskazać wystawcę jako wewnętrznego.
fault-unreachable = Adres jest nieosiągalny. Sprawdź zapis wystawcy.
fault-certificate = Certyfikat pod tym adresem nie jest z tych, którym ten serwer ufa.
fault-too-slow = Odpowiedź dostawcy trwała dłużej niż dziesięć sekund.
fault-too-large = Odpowiedź dostawcy jest za duża.
fault-redirect = Adres odsyła gdzie indziej. Podaj wystawcę, do którego odsyła.
fault-status = Dostawca odpowiedział błędem. Zwykle w wystawcy brakuje części ścieżki.
fault-busy = W tej chwili pytanych jest zbyt wielu dostawców. Spróbuj za kilka sekund.
fault-no-authorities = Ten serwer nie ma listy urzędów, którym ufa. Musi ją podać ten, kto go prowadzi.
fault-discovery-malformed = Pod adresem coś jest, ale nie dostawca OpenID Connect. Sprawdź wystawcę.
fault-discovery-issuer = Dostawca nazywa się inaczej. Podaj wystawcę dokładnie tak, jak go pisze, z ukośnikiem na końcu lub bez.
fault-not-https = Jedna ze stron dostawcy nie używa TLS.
fault-no-code-flow = Dostawca nie wydaje kodów (response type „code”).
fault-no-pkce = Dostawca nie przyjmuje PKCE z S256.
fault-no-known-algorithm = Dostawca nie podpisuje żadnym algorytmem, który tu przyjmujemy: RS256, PS256, ES256, ES384, EdDSA albo dłuższym z nich.
fault-no-known-client-authentication = Dostawca nie przyjmuje sekretu klienta ani w nagłówku, ani w formularzu.
fault-keys = Kluczy dostawcy nie da się odczytać albo żaden nie służy do podpisów.

settings-directory = Katalog
directory-note = Konta i grupy powstają i znikają razem z katalogiem organizacji (SCIM 2.0). Właścicieli i osób zaproszonych katalog nie widzi ani nie zmienia.
directory-url = Adres dla katalogu
directory-provider = Jego osoby logują się przez
directory-provider-note = Kogo ten dostawca nazywa numerem z katalogu (externalId), ten wchodzi na konto, które katalog prowadzi.
directory-provider-none-yet = Najpierw dodaj dostawcę w zakładce logowania jednokrotnego: osoby z katalogu nie mają tu hasła.
directory-provider-none = jeszcze przez nikogo
directory-provider-save = Zapisz
directory-provider-ask = Zmienić dostawcę katalogu?
directory-provider-detail = Od następnego logowania ten dostawca otwiera konta, które katalog prowadzi, i żaden inny. Kto już się logował, loguje się dalej jak dotąd.
directory-provider-saved = Zapisano dostawcę katalogu.
directory-users = Osoby
directory-users-of = { $count }, w tym bez prawa logowania: { $inactive }
directory-groups = Grupy
directory-acts = Co zrobił
directory-acts-link = w dzienniku
directory-credentials = Poświadczenia
directory-credentials-note = Token, który prowadzi konta i grupy, a poza tym niczego nie otwiera. Przestaje działać, gdy jego twórca straci rolę: niech utworzy go właściciel.
directory-credentials-none = Nie ma żadnego. Utwórz poświadczenie i podaj je katalogowi jako token (bearer).
directory-credential-name = Katalog
directory-credential-make = Utwórz poświadczenie
