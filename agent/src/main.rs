//! purser-agent: enrols, collects on a schedule, writes the inspection copy, sends.

fn main() {}
