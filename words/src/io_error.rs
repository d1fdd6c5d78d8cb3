//! What the operating system says when it refuses.

use std::io::{Error, ErrorKind};

use crate::Sentence;

/// The operating system's refusal. What people meet is said in both languages; of the rest, its own words.
#[must_use]
pub fn of_io_error(error: &Error) -> Sentence {
    let own = error.to_string();
    // Its number is what one searches for.
    let number = error.raw_os_error().map_or_else(String::new, |number| format!(" (os error {number})"));
    // Somebody's own words say more than the kind that they chose.
    if error.get_ref().is_some() {
        return Sentence::same(own);
    }
    let polish = match error.kind() {
        ErrorKind::NotFound => "nie ma takiego pliku ani katalogu",
        ErrorKind::PermissionDenied => "brak uprawnień",
        ErrorKind::AlreadyExists => "plik już istnieje",
        ErrorKind::IsADirectory => "to jest katalog",
        ErrorKind::NotADirectory => "to nie jest katalog",
        ErrorKind::ReadOnlyFilesystem => "system plików jest tylko do odczytu",
        ErrorKind::StorageFull => "brak miejsca na dysku",
        ErrorKind::QuotaExceeded => "przekroczony limit miejsca na dysku",
        ErrorKind::ConnectionRefused => "połączenie odrzucone",
        ErrorKind::ConnectionReset => "połączenie zerwane przez drugą stronę",
        ErrorKind::HostUnreachable => "host jest nieosiągalny",
        ErrorKind::NetworkUnreachable => "sieć jest nieosiągalna",
        ErrorKind::TimedOut => "upłynął czas oczekiwania",
        ErrorKind::AddrInUse => "adres jest już zajęty",
        ErrorKind::AddrNotAvailable => "tego adresu nie ma na tym hoście",
        ErrorKind::BrokenPipe => "odbiorca zamknął połączenie",
        ErrorKind::UnexpectedEof => "dane urywają się przed końcem",
        ErrorKind::InvalidData => "dane mają niewłaściwą postać",
        _ => return Sentence::same(own),
    };
    Sentence::new(own, format!("{polish}{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn a_missing_file_is_said_in_both_languages_with_the_systems_number() {
        let said = of_io_error(&Error::from_raw_os_error(2));
        assert_eq!(said.text(Language::English), "No such file or directory (os error 2)");
        assert_eq!(said.text(Language::Polish), "nie ma takiego pliku ani katalogu (os error 2)");
    }

    #[test]
    fn somebodys_own_words_stay() {
        let said = of_io_error(&Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
        assert_eq!(said.text(Language::Polish), "it is not a regular file");
    }
}
