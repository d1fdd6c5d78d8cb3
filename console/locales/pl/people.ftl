# Osoby: kto ma konto, role, zaproszenia i kto widzi urządzenie.

settings-people = Osoby
people-note = Kto ma tu konto i co może robić.
people-alone = Nikt inny nie ma jeszcze konta.
people-alone-invite = Tylko Ty masz konto. Zaproś kogoś i wybierz, które urządzenia ma widzieć.
people-more = Pokaż więcej
person-you = Ty
person-since = od
person-to-all = Wszystkie osoby
person-account = Konto
person-roles = Role
person-since-long = Konto od
person-language = Język
person-id = Numer
person-may = Co może ta osoba
person-may-note = Role sumują się, każda na swoich urządzeniach.
person-may-nothing = Nic poza podglądem i zmianą własnego konta: żadna rola nie daje więcej.
person-may-not = Nie obejmuje:
person-remove = Usuń tę osobę
person-remove-note = Konto, jego sesje i role zostaną usunięte.
person-remove-verb = Usuń to konto
reach-whole = w całej organizacji
reach-all = na wszystkich urządzeniach

role = Rola
role-owner = Właściciel
role-admin = Administrator
role-operator = Operator
role-technician = Technik
role-auditor = Audytor
role-requester = Zgłaszający
role-billing = Rozliczenia
role-note-owner = Może wszystko. Tylko właściciel eksportuje dane organizacji i usuwa.
role-note-admin = Prowadzi Pursera w tej organizacji: osoby, ustawienia, tokeny i urządzenia. Niczego nie eksportuje ani nie usuwa.
role-note-operator = Prowadzi flotę: widzi i zmienia urządzenia oraz dołącza nowe.
role-note-technician = Pracuje na urządzeniach, które mu przydzielono, i nie widzi innych.
role-note-auditor = Widzi urządzenia, osoby, źródła, dziennik i stronę Zaufanie, i niczego nie zmienia.
role-note-requester = Prosi o pomoc. Nie widzi żadnego urządzenia.
role-note-billing = Widzi, za co się płaci. Nie widzi żadnego urządzenia.
role-on = { $role } na urządzeniach { $devices }
role-on-all = { $role } na wszystkich urządzeniach
role-number = Rola { $number }
role-may = Może:
role-devices = Które urządzenia
role-devices-all = Wszystkie urządzenia
role-devices-some = Niektóre urządzenia
role-devices-some-note = Wtedy daje tylko to, co dotyczy tych urządzeń.
role-selector-note = Etykiety, grupy, systemy lub pojedyncze urządzenia, łączone przez „and”, „or”, „not” i nawiasy.
role-selector-passing = Rola nie może opierać się na nazwach ani na tym, czy urządzenie się odzywa: to przemija. Użyj label, group, os lub device.
role-add = Dodaj rolę
role-add-first = Wybierz rolę
role-remove = Usuń
role-remove-of = Usuń rolę { $number }
role-preview-nothing = Napisz zapytanie, aby zobaczyć, które urządzenia będą widoczne z tą rolą.
role-preview-none = Nie wiadomo jeszcze, co będzie widoczne z tą rolą.
role-preview-count =
    { $count ->
        [one] Z tą rolą widać { $devices } urządzenie.
        [few] Z tą rolą widać { $devices } urządzenia.
        [many] Z tą rolą widać { $devices } urządzeń.
       *[other] Z tą rolą widać { $devices } urządzenia.
    }
role-preview-standing = Aktualne: { $fresh }, opóźnione: { $stale }, utracone: { $lost }.
role-preview-empty = Teraz nie pasuje żadne urządzenie. To, które będzie pasować później, stanie się widoczne.
role-preview-rest =
    { $count ->
        [one] i jeszcze { $devices }
        [few] i jeszcze { $devices }
        [many] i jeszcze { $devices }
       *[other] i jeszcze { $devices }
    }
roles-none = Bez roli: widzi tylko własne konto
roles-none-note = Bez roli ta osoba widzi tylko własne konto.
roles-refused = Te role nie zostały przyjęte
roles-change = Zmień role
roles-change-of = Zmień role: { $name }
roles-change-title = Role: { $name }
roles-change-detail = To, co tu stoi, zastąpi wszystkie role tej osoby, od razu i w każdej sesji.
roles-change-own = To są Twoje własne role. Tego, co tu odbierzesz, nie przywrócisz sobie samodzielnie.
roles-changed = Zmieniono role: { $name }.

invite = Zaproś
invite-title = Zaproś kogoś
invite-verb = Utwórz zaproszenie
invite-detail = Otrzymasz link do przekazania. Kto go otworzy, założy konto z tymi rolami.
invite-note = Dla kogo
invite-note-hint = Własnymi słowami, aby inni wiedzieli, dla kogo jest to zaproszenie.
invitations = Otwarte zaproszenia
invitations-note = Każdy link działa raz, w ciągu doby.
invitations-none = Nie ma otwartych zaproszeń.
invitation-until = do
invitation-link-of = Zaproszenie: { $name }
invitation-hand-over = Przekaż ten link osobiście: Purser nie wysyła poczty. Działa raz, w ciągu doby; konto dostaje ten, kto otworzy go pierwszy.
invitation-take-back = Wycofaj
invitation-take-back-of = Wycofaj zaproszenie: { $name }
invitation-take-back-ask = Wycofać zaproszenie: { $name }?
invitation-take-back-detail = Od tej chwili jego link niczego nie otwiera.
invitation-taken-back = Wycofano zaproszenie: { $name }.
set-up-intro-invitation = Masz zaproszenie do organizacji { $tenant }. Załóż konto. Ten link działa raz.

tab-people = Kto je widzi
seers = Kto widzi to urządzenie
seers-note = I dzięki której roli.
seers-none = Nikt nie widzi tego urządzenia
seer-because = dzięki roli
seer-may = Może:

problem-help-last-owner = Najpierw nadaj rolę właściciela komuś innemu, potem odbierz tę.
problem-kind-roles-more-than-own = Te role sięgają dalej niż Twoje
problem-help-roles-more-than-own = Role nadaje i odbiera ktoś, kto ma tyle samo na wszystkich urządzeniach. Poproś właściciela.

permission-exports-manage = eksport danych organizacji
permission-ledger-read = odczyt dziennika
permission-people-manage = zapraszanie osób i zmiana ich ról
permission-trust-read = podgląd, jak mają się dane organizacji

own-only-title = Witaj
own-only-none = Nie masz jeszcze żadnej roli
own-only-role = Twoja rola nie otwiera jeszcze żadnej strony
own-only-detail = Twoje konto jest gotowe, ale nic tu na nie jeszcze nie czeka. Poproś właściciela lub administratora organizacji { $tenant } o nadanie roli.
own-only-account = Moje konto
own-roles = Masz:
not-yours-title = Poza Twoimi rolami
not-yours = Twoje role nie obejmują tej strony
not-yours-detail = Jeśli jest potrzebna, poproś właściciela lub administratora organizacji { $tenant }.
group-fixed = Grupy zmienia ten, kto może zmieniać każde urządzenie, bo mogą się na nich opierać role.
devices-none-of-yours = Nie widzisz jeszcze żadnego urządzenia
devices-none-yours = Gdy dołączy takie, które obejmują Twoje role, pojawi się tutaj.
exposure-whole-only = Przebieg w czasie liczy każde urządzenie, dlatego widzi go ten, kto widzi je wszystkie.

roles-of-provider = z grup logowania jednokrotnego:
person-of-provider = loguje się jednokrotnie

people-groups = Grupy osób
people-groups-note = Katalog mówi, kto jest w grupie. Co tym osobom wolno, ustala się tutaj; działa od następnego żądania.
people-groups-none = Katalog nie przysłał jeszcze żadnej grupy.
people-group-gives-none = Nie daje żadnej roli
people-group-empty = Nikogo w niej nie ma.
people-group-members = { $count ->
    [one] 1 osoba
    [few] { $count } osoby
    [many] { $count } osób
   *[other] { $count } osoby
}
people-group-roles-title = Role grupy { $name }
people-group-roles-detail = Każdy, kogo katalog umieści w grupie, od razu ma te role. Grupa nikogo nie czyni właścicielem.
roles-of-groups = z grup, w których jest ta osoba:
person-groups = Grupy
person-directory-active = z katalogu
person-directory-active-note = To konto prowadzi katalog organizacji.
person-directory-inactive = odcięte przez katalog
person-directory-inactive-note = Katalog nazywa tę osobę nieaktywną: nie może się zalogować, a jej klucze niczego nie otwierają.
person-directory-removed = usunięte przez katalog
person-directory-removed-note = Katalog usunął tę osobę. Konta nic nie otwiera; właściciel może je wymazać.
