# Źródła ostrzeżeń i import ich plików.

feeds-title = Źródła
feeds-intro = Skąd pochodzą ostrzeżenia. Pobierane są tylko wymienione źródła, przez szyfrowane połączenia.
feeds-list = Lista źródeł
feeds-list-note = Pobierane przez HTTPS; zachowywany jest skrót każdego dokumentu.
feeds-none = Ten serwer nie zna żadnego źródła
feed-state = Stan
feed-state-never = niepobierane
feed-state-ok = aktualne
feed-state-failed = błąd
feed-state-fetching = pobieranie…
feed-state-imported = z pliku
feed-records = Rekordy
feed-received = Odebrano { $received }
feed-received-of = Odebrano { $received } z { $expected }
feed-progress = Postęp pobierania: { $feed }
feed-last-success = Ostatnio udane
feed-enabled = Włączone
feed-enabled-of = Pobieraj regularnie: { $feed }
feed-offline = Pobieranie jest na tym serwerze wyłączone. Importuj pliki.
feed-offline-detail = Operator uruchomił go z opcją --offline: nie otwiera on połączeń na zewnątrz. Zaimportuj powyżej pliki tych źródeł.
feed-fetch = Pobierz teraz
feed-fetch-of = Pobierz teraz: { $feed }
feed-fetch-begun = Rozpoczęto pobieranie: { $feed }.

import-title = Importuj plik
import-note = Dla serwera bez sieci albo dla pliku, który już masz.
import-choose = Wybierz plik
import-hint = Albo upuść go tutaj: OSV (JSON lub YAML), CISA KEV lub EPSS, jako .json, .jsonl, .csv, .yaml, .zip lub .tar, każdy także .gz lub .zst; najwyżej { $size }.
import-sending = Wysyłanie pliku { $file } ({ $size })…
import-reading = Serwer czyta plik { $file }…
import-progress = Postęp wysyłania
import-too-large = Plik jest większy niż { $size }.
import-report = Raport z importu
import-done = Zaimportowano { $file }
import-changed =
    { $count ->
        [one] Dodano lub zmieniono { $records } rekord.
        [few] Dodano lub zmieniono { $records } rekordy.
        [many] Dodano lub zmieniono { $records } rekordów.
       *[other] Dodano lub zmieniono { $records } rekordu.
    }
import-nothing-new = Wszystko w nim było już znane; nic się nie zmieniło.
import-read = Odczytane rekordy
import-added = Dodane
import-updated = Zmienione
import-unchanged = Bez zmian
import-refused = Odrzucone
import-refused-records = Odrzucone rekordy
import-refused-first = Pokazano pierwsze { $shown } z { $total } odrzuconych rekordów.
import-record = Rekord
import-reason = Dlaczego odrzucono
