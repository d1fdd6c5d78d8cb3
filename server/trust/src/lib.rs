//! Keyring, ledger leaves, data maps; later erasure, export, retention, promises.
