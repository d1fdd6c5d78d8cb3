//! The host's name, as the kernel knows it.

use std::io;

use wire::Identifying;

use crate::root::Root;

/// Reads the host's name; an image that does not run has only the one in `/etc/hostname`.
///
/// # Errors
/// Where neither can be read; `NotFound` where the name is empty.
pub fn collect(root: &Root) -> io::Result<Identifying<String>> {
    let name = match root.text("/proc/sys/kernel/hostname") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => root.text("/etc/hostname")?,
        other => other?,
    };
    if name.is_empty() || name == "(none)" {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(Identifying::new(name))
}
