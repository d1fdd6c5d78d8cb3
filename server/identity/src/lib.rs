//! Tenants, users, sessions, second factors, API tokens.
