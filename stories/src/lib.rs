//! End-to-end tests with the real binaries and real third-party clients.
