//! The router that demands a permission; problem+json; paging; OpenAPI; TLS listeners.
