//! What `purser rights` and `purser registers record` say.

#[rustfmt::skip]
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("Print the record of processing activities (GDPR, Art. 30), made of what is stored, registered and promised now", "Wypisz rejestr czynności przetwarzania (RODO, art. 30) sporządzony z tego, co jest teraz przechowywane, zarejestrowane i obiecane"),
    ("Answer requests of people about their data (GDPR, Art. 15 to 21), on the server's host", "Odpowiadaj na wnioski osób o ich dane (RODO, art. 15–21) na hoście serwera"),
    ("Take a request in: it is to be answered within a month of its receipt", "Przyjmij wniosek: trzeba na niego odpowiedzieć w ciągu miesiąca od otrzymania"),
    ("Which right: access, erasure, objection, portability, rectification or restriction", "Jakie prawo: access (dostęp), erasure (usunięcie), objection (sprzeciw), portability (przeniesienie), rectification (sprostowanie) albo restriction (ograniczenie)"),
    ("RIGHT", "PRAWO"),
    ("About whom: the id of a user or a device, else a name", "O kim: identyfikator użytkownika lub urządzenia, inaczej nazwisko"),
    ("What was asked", "O co poproszono"),
    ("When it was received, as in 2026-11-22T05:54:00Z [default: now]", "Kiedy go otrzymano, na przykład 2026-11-22T05:54:00Z [domyślnie: teraz]"),
    ("List every request, the open ones first and by when they are due", "Wypisz wszystkie wnioski, najpierw otwarte, według terminów"),
    ("Show a request and what was done about it", "Pokaż wniosek i co z nim zrobiono"),
    ("The request's id (rrq_...)", "Identyfikator wniosku (rrq_...)"),
    ("REQUEST", "WNIOSEK"),
    ("Note what was done about a request", "Odnotuj, co zrobiono z wnioskiem"),
    ("What was done", "Co zrobiono"),
    ("Put an answer off by two months: once, before the first month is over", "Odłóż odpowiedź o dwa miesiące: raz, zanim upłynie pierwszy miesiąc"),
    ("Why", "Dlaczego"),
    ("Close a request as done, with what shows it", "Zamknij wniosek jako spełniony, z dowodem"),
    ("Of access and portability: the digest of an export's manifest, as `purser export` prints it", "Przy dostępie i przeniesieniu: skrót manifestu eksportu, taki jak wypisuje `purser export`"),
    ("DIGEST", "SKRÓT"),
    ("Of erasure: the id of an erasure that is done (ers_...)", "Przy usunięciu: identyfikator zakończonego usunięcia (ers_...)"),
    ("Of the others, and of who is neither a user nor a device: what was done", "Przy pozostałych oraz gdy nie chodzi o użytkownika ani urządzenie: co zrobiono"),
    ("Close a request as refused", "Zamknij wniosek odmową"),
];
