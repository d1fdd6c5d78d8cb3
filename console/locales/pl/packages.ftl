# Pakiety urządzenia i całej floty oraz ich aktualizacje.

packages-title = Pakiety
packages-intro = Co jest zainstalowane w całej flocie i jak długo czekają aktualizacje.
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
security = bezpieczeństwo

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
ages-title = Wiek aktualizacji
ages-note = Urządzenia według tego, jak długo czeka ich najstarsza aktualizacja
age = Wiek
age-day = poniżej doby
age-week = 1–7 dni
age-month = 8–30 dni
age-quarter = 31–90 dni
age-older = ponad 90 dni
age-unknown = nieznany
age-none = brak
