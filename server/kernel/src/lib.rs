//! Clock, Rng, Scope, Problem, Page, limits and injected handles: no I/O.
