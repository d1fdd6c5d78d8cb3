# Rama: nawigacja, konto, logowanie, pierwsze uruchomienie oraz to, co zastępuje treść.

nav-label = Miejsca
nav-open = Otwórz menu
nav-devices = Urządzenia
nav-packages = Pakiety
nav-vulnerabilities = Podatności
nav-feeds = Źródła
nav-ledger = Dziennik
nav-settings = Ustawienia
nav-trust = Zaufanie
skip-to-content = Przejdź do treści

account-menu = Konto, język i wygląd
account-language = Język
account-scheme = Wygląd
scheme-auto = Jak w systemie
scheme-light = Jasny
scheme-dark = Ciemny
sign-out = Wyloguj się

sign-in = Zaloguj się
sign-in-first = Zaloguj się, aby przejść do żądanej strony.
email = Adres e-mail
password = Hasło
password-show = Pokaż lub ukryj hasło
totp-code = Kod
totp-code-format = sześć cyfr

set-up = Załóż konto
set-up-intro-setup = Zostaniesz właścicielem organizacji { $tenant }. Ten odnośnik działa jeden raz.
set-up-intro-recovery = Wybierz nowe hasło i nowy drugi składnik logowania dla organizacji { $tenant }. Stare przestaną działać. Ten odnośnik działa jeden raz.
set-up-no-link = W tym adresie nie ma odnośnika
set-up-no-link-detail = Otwórz cały jednorazowy odnośnik wypisany przez serwer. Nowy utworzysz poleceniem „purser user recover” na komputerze serwera.
set-up-account = Twoje konto
set-up-second-factor = Drugi składnik logowania
set-up-scan = Zeskanuj ten obrazek aplikacją uwierzytelniającą albo przepisz do niej sekret. Następnie podaj kod, który pokaże aplikacja.
set-up-code-picture = Obrazek z sekretem dla aplikacji uwierzytelniającej
set-up-secret = Sekret
set-up-finish = Zakończ i zaloguj
set-up-done = Twoje konto jest gotowe.
password-hint =
    { $count ->
        [one] Co najmniej jeden znak.
        [few] Co najmniej { $count } znaki.
        [many] Co najmniej { $count } znaków.
       *[other] Co najmniej { $count } znaku.
    }
password-again = Hasło jeszcze raz
password-mismatch = Hasła się różnią.

loading = Wczytywanie…
loading-more = Wczytywanie kolejnych…
try-again = Spróbuj ponownie
close = Zamknij
cancel = Anuluj
save = Zapisz
copy = Kopiuj
copied = Skopiowano
never = nigdy
no = nie
unknown = nieznane
filter-any = Dowolne
filter-clear = Wyczyść filtr
document = Dokument


missing-title = Nie ma takiej strony
missing-detail = Adres może zawierać błąd albo ta rzecz już nie istnieje.
missing-home = Przejdź do urządzeń

sign-on = Zaloguj się przez swoją organizację
sign-on-intro = Przejdziesz do logowania swojej organizacji i wrócisz już po zalogowaniu.
sign-on-go = Przejdź do logowania
sign-on-by-password = Zaloguj się jednak hasłem
sign-on-link = Odnośnik logowania Twojej organizacji
sign-on-link-note = Jeśli organizacja ma własne logowanie. Zapytaj osobę, która zarządza w niej Purserem.
sign-on-link-wrong = To nie jest odnośnik logowania: taki kończy się na idp_ i 13 znaków.
sign-on-link-open = Otwórz
sign-on-not-done = Logowanie się nie odbyło
sign-on-not-done-detail = Logowanie organizacji przerwano albo odesłało Cię bez odpowiedzi.
sign-on-anew = Zacznij od nowa
set-up-by-provider = Zaloguj się tak jak w swojej organizacji albo ustaw poniżej hasło.
set-up-by-provider-only = Twoja organizacja wymaga własnego logowania.
set-up-with = Dalej przez: { $name }
