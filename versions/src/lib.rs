//! Version orders of packaging worlds, with memcmp-able sort keys.
