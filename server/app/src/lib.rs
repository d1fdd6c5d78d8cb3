//! Configuration, wiring, workers, ports.
