# Grupy urządzeń: lista, formularz, zapytanie i wybór ręczny.

devices-views = Urządzenia i ich grupy
devices-all = Wszystkie urządzenia
groups-title = Grupy urządzeń
groups-short = Grupy
groups-intro = Grupa filtruje listy i może wystąpić w zapytaniach innych grup.
groups-none = Nie ma jeszcze żadnej grupy
groups-none-detail = Zapytanie, na przykład „os:debian and label:env=prod”, samo utrzymuje grupę aktualną; można też wybrać urządzenia ręcznie.
group-name = Nazwa
group-kind = Skąd ma urządzenia
group-kind-short = Rodzaj
group-kind-query = Z zapytania
group-kind-query-note = Każde pasujące urządzenie, także takie, które dołączy później.
group-kind-manual = Ręcznie
group-kind-manual-note = Urządzenia, które zaznaczysz, dopóki tego nie zmienisz.
group-selector = Zapytanie
group-selector-note = Warunki łączone przez „and”, „or”, „not” i nawiasy. Urządzenia wycofane są pomijane, chyba że pyta o nie „status:retired”.
selector-group = to grupa „{ $name }”.
group-new = Nowa grupa
group-make = Utwórz grupę
group-saved = Zapisano grupę { $name }.
group-delete = Usuń
group-delete-ask = Usunąć grupę { $name }?
group-delete-detail = Jej urządzenia pozostaną. Filtry według tej grupy niczego już nie znajdą. Tego nie można cofnąć.
group-deleted = Usunięto grupę { $name }.
group-devices-of =
    { $count ->
        [one] { $devices } urządzenie grupy { $name }
        [few] { $devices } urządzenia grupy { $name }
        [many] { $devices } urządzeń grupy { $name }
       *[other] { $devices } urządzenia grupy { $name }
    }
filter-to-group = Utwórz z nich grupę

condition-add = Dodaj warunek
condition-field = Warunek
condition-by-label = Etykieta
condition-by-os = System
condition-by-name = Nazwa zawiera
condition-by-status = Stan
condition-by-group = Grupa
condition-by-all = Każde urządzenie
condition-holds = Zachodzi
condition-is = jest
condition-is-not = nie jest
condition-value = Wartość
condition-add-first = Dodaj
condition-and = Oraz
condition-or = Lub

preview = Pasujące urządzenia
preview-nothing = Napisz zapytanie, aby zobaczyć, które urządzenia pasują
preview-wrong = Zapytania nie można jeszcze odczytać
preview-count =
    { $count ->
        [one] { $devices } urządzenie
        [few] { $devices } urządzenia
        [many] { $devices } urządzeń
       *[other] { $devices } urządzenia
    }
preview-more =
    { $count ->
        [one] ponad { $devices } urządzenie
        [few] ponad { $devices } urządzenia
        [many] ponad { $devices } urządzeń
       *[other] ponad { $devices } urządzenia
    }

members = Urządzenia grupy
members-filter = Filtr urządzeń do wyboru
members-count = wybrano { $devices }
members-none = Żadne wybrane urządzenie nie pasuje
members-only = Tylko wybrane
members-add-shown = Wybierz pokazane: { $devices }
