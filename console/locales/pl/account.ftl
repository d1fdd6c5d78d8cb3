# Moje konto: profil, hasło, kody zapasowe, sesje i to, co działo się z kontem.

account-title = Moje konto
account-open = Moje konto
account-profile = Profil
account-saved = Profil zapisano.
account-language-note = Język konsoli na każdym urządzeniu i wiadomości do Ciebie.
account-password = Hasło
account-password-note = Zmiana wylogowuje wszędzie indziej.
account-password-change = Zmień hasło
account-password-changed = Hasło zmieniono. Wszystkie inne przeglądarki wylogowano.
password-present = Obecne hasło
password-new = Nowe hasło
password-hint-mixed =
    { $count ->
        [one] Co najmniej jeden znak, z literą i cyfrą.
        [few] Co najmniej { $count } znaki, z literą i cyfrą. Żadne z czterech ostatnich.
        [many] Co najmniej { $count } znaków, z literą i cyfrą. Żadne z czterech ostatnich.
       *[other] Co najmniej { $count } znaku, z literą i cyfrą. Żadne z czterech ostatnich.
    }
code-hint = Sześć cyfr z aplikacji uwierzytelniającej albo kod zapasowy.
code-format = sześć cyfr albo szesnaście liter i cyfr kodu zapasowego

account-recovery-codes = Kody zapasowe
account-recovery-codes-note = Na wypadek utraty aplikacji uwierzytelniającej.
recovery-codes-none = Nie masz kodów zapasowych. Po utracie aplikacji uwierzytelniającej pomoże wtedy tylko osoba, która prowadzi serwer.
recovery-codes-left =
    { $count ->
        [one] Został jeden kod z utworzonych { $date }.
        [few] Zostały { $count } kody z utworzonych { $date }.
        [many] Zostało { $count } kodów z utworzonych { $date }.
       *[other] Zostało { $count } kodu z utworzonych { $date }.
    }
recovery-codes-make = Utwórz kody zapasowe
recovery-codes-ask = Otrzymasz dziesięć kodów. Każdy zastępuje raz kod z aplikacji uwierzytelniającej. Wcześniejsze kody przestaną działać.
recovery-codes-keep = Trzymaj je gdzie indziej niż aplikację uwierzytelniającą: na papierze albo w menedżerze haseł.
recovery-codes-save = Zapisz jako plik

account-sessions = Zalogowane przeglądarki
account-sessions-note = O przeglądarce Purser zapisuje jej rodzaj, a adresu nie.
session-this = ta przeglądarka
session-browser = { $program }, { $system }
session-begun = od { $time }
session-last-used = ostatnio używana
session-end = Wyloguj
session-end-of = Wyloguj: { $browser }, od { $time }
session-ended = Tę przeglądarkę wylogowano.
sessions-end-others = Wyloguj wszystkie inne
sessions-ended = Wszystkie inne przeglądarki wylogowano.
browser-chrome = Chrome
browser-edge = Edge
browser-firefox = Firefox
browser-opera = Opera
browser-safari = Safari
browser-samsung = Samsung Internet
browser-other = Program
system-android = Android
system-ios = iOS
system-linux = Linux
system-macos = macOS
system-windows = Windows
system-other = system nieznany

account-history = Co działo się z Twoim kontem
account-history-note = 50 najnowszych wpisów z dziennika.
account-history-none = Jeszcze nic
account-history-refused = czy to Ty?
own-signed-in = Zalogowano
own-sign-in-failed = Odmówiono logowania albo kodu
own-signed-out = Wylogowano
own-passkey-added = Dodano klucz dostępu
own-passkey-removed = Usunięto klucz dostępu
own-password-changed = Zmieniono hasło
own-recovery-codes-made = Utworzono kody zapasowe
own-recovery-code-used = Użyto kodu zapasowego
own-sessions-ended = Zakończono sesje
own-setup-finished = Założono lub odzyskano konto przez link jednorazowy

account-data = Twoje dane
account-data-note = To, co Purser przechowuje o Tobie jako osobie.
account-export = Eksportuj moje dane

idle-signed-out = Wylogowano Cię, bo przez dłuższy czas nic się nie działo.

settings-preset = Hasła i sesje
settings-preset-note = Dla wszystkich w organizacji.
settings-preset-choice = Które zasady obowiązują
preset-nist = NIST SP 800-63B
preset-nist-note = Co najmniej 8 znaków obok drugiego składnika. Hasła pospolite są odrzucane. Bez wymogu cyfr i bez terminu ważności. Dziesięć błędnych prób spowalnia następne. Sesja kończy się po 12 godzinach bez użycia.
preset-pci = PCI DSS
preset-pci-note = Co najmniej 12 znaków, z literami i cyframi, żadne z czterech ostatnich haseł. Dziesięć błędnych prób blokuje na 30 minut. Sesja kończy się po 15 minutach bez użycia. Kogo hasło tego nie spełnia, ten wybiera nowe przy następnym logowaniu.
