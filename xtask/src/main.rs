//! tidy, code generation, distribution.

fn main() {}
