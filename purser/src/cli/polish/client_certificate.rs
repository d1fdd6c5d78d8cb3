//! The Polish of `purser client-certificate`.

/// English and Polish, side by side.
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("TOKEN", "TOKEN"),
    (
        "Bind tokens to keys of those who use them, on the server's host",
        "Zwiąż tokeny z kluczami tych, którzy ich używają, na hoście serwera",
    ),
    (
        "Issue a certificate for a token and a key, and print it. The key stays where it was made: openssl req -new -newkey ec -pkeyopt \
         ec_paramgen_curve:P-256 -nodes -subj / -keyout client.key -out client.csr",
        "Wystaw certyfikat dla tokenu i klucza i wypisz go. Klucz zostaje tam, gdzie powstał: openssl req -new -newkey ec -pkeyopt \
         ec_paramgen_curve:P-256 -nodes -subj / -keyout client.key -out client.csr",
    ),
    ("The token's number (tok_...)", "Numer tokenu (tok_...)"),
    (
        "The request for the certificate: a PKCS#10 file in PEM form, of an ECDSA P-256 or Ed25519 key",
        "Wniosek o certyfikat: plik PKCS#10 w postaci PEM, dla klucza ECDSA P-256 albo Ed25519",
    ),
    ("How long it works, in days, at most 365 [default: 90]", "Ile dni działa, najwyżej 365 [domyślnie: 90]"),
    ("List the certificates of a tenant's tokens", "Wypisz certyfikaty tokenów organizacji"),
    ("Revoke a certificate: it opens nothing from the next request on", "Unieważnij certyfikat: od następnego żądania niczego nie otwiera"),
    ("The certificate's number (crt_...)", "Numer certyfikatu (crt_...)"),
    ("CERTIFICATE", "CERTYFIKAT"),
    (
        "It works with a client certificate only that is issued for it (`purser client-certificate issue`)",
        "Działa tylko z certyfikatem klienta, który dla niego wystawiono (`purser client-certificate issue`)",
    ),
    (
        "A second network address, for programs that show a client certificate (0.0.0.0:9443, ...); nobody comes in there without one",
        "Drugi adres sieciowy, dla programów, które okazują certyfikat klienta (0.0.0.0:9443, ...); bez niego nikt tam nie wejdzie",
    ),
];
