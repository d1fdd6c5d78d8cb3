# Pakiety urządzenia i całej floty oraz ich aktualizacje.

packages-title = Pakiety
packages-intro = Co jest zainstalowane w całej flocie i ile wiadomo o jej aktualizacjach.
packages-filter = Filtr pakietów
packages-search = Szukaj według nazwy
packages-none = Nie zgłoszono jeszcze żadnych pakietów
packages-none-match = Żaden pakiet nie pasuje
package-name = Pakiet
package-version = Wersja
package-versions = Wersje
package-candidate = Aktualizacja
package-architecture = Arch.
package-source = Pakiet źródłowy
package-installed = Zainstalowano
package-manager = Menedżer
package-devices = Urządzenia, które go mają
package-held = zatrzymany
package-incomplete = niekompletny
package-no-candidate = nie wiadomo o aktualizacji
pending-any = Z aktualizacją
pending-security = Z aktualizacją bezpieczeństwa
security = bezp.
security-long = aktualizacja bezpieczeństwa

updates-standing = Aktualizacje w całej flocie
updates-pending = Oczekujące aktualizacje
updates-security = Aktualizacje bezpieczeństwa
updates-devices = Urządzenia z aktualizacjami
updates-devices-security = Z aktualizacjami bezpieczeństwa
updates-lists-stale = Ze starymi listami pakietów
updates-lists-stale-note =
    { $count ->
        [one] Listy pakietów { $count } urządzenia są stare: nie można powiedzieć, że nie ma ono aktualizacji.
        [few] Listy pakietów { $count } urządzeń są stare: nie można powiedzieć, że nie mają one aktualizacji.
        [many] Listy pakietów { $count } urządzeń są stare: nie można powiedzieć, że nie mają one aktualizacji.
       *[other] Listy pakietów { $count } urządzenia są stare: nie można powiedzieć, że nie mają one aktualizacji.
    }
ages-title = Wiek list pakietów
ages-note = Urządzenia według ostatniego pobrania list; „brak aktualizacji” ze starej listy nie jest odpowiedzią
age = Wiek
age-day = do doby
age-week = do tygodnia
age-month = do miesiąca
age-older = starsze
age-unknown = nieznany
