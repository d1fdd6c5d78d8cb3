//! Processor, memory, disks and model, from `/proc` and `/sys`.

use std::io;

use wire::Identifying;
use wire::state::{BlindSpotReason, Disk, Hardware, Kind};

use crate::blind_spots::BlindSpots;
use crate::root::Root;

/// A sector of `/sys/block/*/size`, in bytes, whatever the device's own sector is.
const SECTOR_BYTES: u64 = 512;

/// What manufacturers leave in DMI where they should have written something.
const PLACEHOLDERS: [&str; 11] = [
    "to be filled by o.e.m.",
    "default string",
    "not specified",
    "not applicable",
    "system manufacturer",
    "system product name",
    "system serial number",
    "none",
    "unknown",
    "0",
    "123456789",
];

/// Reads the hardware. With an own system id the serial number is not even opened.
pub fn collect(root: &Root, own_system_id: bool, blind_spots: &mut BlindSpots) -> Hardware {
    let mut see = |subject: &str, result: io::Result<String>| blind_spots.see(Kind::Hardware, subject, result);
    let cpu_info = see("cpu", root.text_start("/proc/cpuinfo"));
    let cpu_count = online_count(root).or_else(|| cpu_info.as_deref().and_then(count_processors));
    let memory_bytes = see("memory_bytes", root.text("/proc/meminfo")).as_deref().and_then(memory_bytes);
    let disks = blind_spots.see(Kind::Hardware, "disks", disks(root)).unwrap_or_default();
    let mut hardware =
        Hardware { cpu_model: cpu_info.as_deref().and_then(cpu_model), cpu_count, memory_bytes, disks, ..Hardware::default() };
    read_model(root, own_system_id, &mut hardware, blind_spots);
    hardware
}

fn cpu_model(cpu_info: &str) -> Option<String> {
    // x86 says "model name", MIPS "cpu model", PowerPC and s390 "cpu" and "machine"; ARM names only numbers.
    let value = |wanted: &str| {
        let mut fields = cpu_info.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    value("model name").or_else(|| value("cpu model")).or_else(|| value("cpu")).or_else(|| value("Model"))
}

fn count_processors(cpu_info: &str) -> Option<u32> {
    let count = cpu_info.lines().filter(|line| line.split_once(':').is_some_and(|(name, _)| name.trim() == "processor")).count();
    u32::try_from(count).ok().filter(|count| *count > 0)
}

/// Counts a kernel CPU list such as `0-3,6`.
fn online_count(root: &Root) -> Option<u32> {
    let list = root.text("/sys/devices/system/cpu/online").ok()?;
    list.split(',').try_fold(0_u32, |count, range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
        count.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

fn memory_bytes(memory_info: &str) -> Option<u64> {
    let line = memory_info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Disks with a device behind them. Loop, RAM, mapped and RAID devices are made of files, memory or other disks; what
/// can be pulled out belongs to a person rather than to the machine.
fn disks(root: &Root) -> io::Result<Vec<Disk>> {
    let is_set = |path: String| root.text(&path).is_ok_and(|text| text == "1");
    let mut disks = Vec::new();
    for name in root.names("/sys/block")? {
        let path = format!("/sys/block/{name}");
        if !root.exists(&format!("{path}/device")) || is_set(format!("{path}/removable")) {
            continue;
        }
        let sectors = root.text(&format!("{path}/size")).ok().and_then(|text| text.parse::<u64>().ok());
        let Some(size_bytes) = sectors.and_then(|sectors| sectors.checked_mul(SECTOR_BYTES)).filter(|size| *size > 0) else { continue };
        let model = root.text(&format!("{path}/device/model")).ok().filter(|model| !model.is_empty());
        disks.push(Disk { size_bytes, model, rotational: is_set(format!("{path}/queue/rotational")), name });
    }
    Ok(disks)
}

fn read_model(root: &Root, own_system_id: bool, hardware: &mut Hardware, blind_spots: &mut BlindSpots) {
    const DMI: &str = "/sys/class/dmi/id";
    if !root.exists(DMI) {
        // Boards without DMI may have a device tree.
        let tree = root.text("/sys/firmware/devicetree/base/model").ok();
        hardware.model = tree.filter(|model| !model.is_empty());
        blind_spots.add(Kind::Hardware, "dmi", BlindSpotReason::NotPresent);
        return;
    }
    let mut see = |subject: &str, attribute: &str| {
        let text = root.text(&format!("{DMI}/{attribute}")).and_then(said);
        blind_spots.see(Kind::Hardware, subject, text)
    };
    hardware.vendor = see("vendor", "sys_vendor");
    hardware.model = see("model", "product_name");
    hardware.firmware_version = see("firmware_version", "bios_version");
    if own_system_id {
        blind_spots.add(Kind::Hardware, "serial_number", BlindSpotReason::OwnSystemId);
    } else {
        hardware.serial_number = see("serial_number", "product_serial").map(Identifying::new);
    }
}

/// A text that says something, or `NotFound` for an empty one and for the known placeholders.
fn said(text: String) -> io::Result<String> {
    if text.is_empty() || PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str()) {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_named_on_each_architecture_that_names_it() {
        assert_eq!(cpu_model("processor\t: 0\nmodel name\t: AMD EPYC\n").as_deref(), Some("AMD EPYC"));
        assert_eq!(cpu_model("processor\t: 0\nCPU part\t: 0xd0c\n"), None);
        assert_eq!(count_processors("processor : 0\n\nprocessor : 1\n"), Some(2));
        assert_eq!(memory_bytes("MemTotal:       24684096 kB\nMemFree: 1 kB\n"), Some(24_684_096 * 1024));
    }

    #[test]
    fn a_placeholder_is_no_serial_number() {
        assert!(said("To Be Filled By O.E.M.".into()).is_err());
        assert_eq!(said("7XK2M13".into()).unwrap(), "7XK2M13");
    }
}
