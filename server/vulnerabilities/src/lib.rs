//! The advisory master, feeds, the matcher, exposure of the fleet.
