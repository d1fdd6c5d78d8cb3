//! A fleet that stays in its data folder from one run to the next: which devices there are, and how far each has counted.

use std::fmt::Write as _;
use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kernel::{DeviceId, TenantId};
use wire::state::State;

use crate::device::Device;

/// Of what size a fleet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Tenants.
    pub(crate) tenants: usize,
    /// Devices of each.
    pub(crate) devices: usize,
    /// Packages of each.
    pub(crate) packages: u32,
}

fn file(data: &Path) -> PathBuf {
    data.join("ingest-benchmark-fleet")
}

fn first_line(shape: &Shape) -> String {
    format!("{} tenants, {} devices, {} packages", shape.tenants, shape.devices, shape.packages)
}

/// Notes a fleet.
///
/// # Errors
/// Where the file cannot be written.
pub(crate) fn write(data: &Path, shape: &Shape, devices: &[Mutex<Device>]) -> Result<(), Error> {
    let mut text = first_line(shape);
    for device in devices {
        let device = device.lock().unwrap_or_else(PoisonError::into_inner);
        let (tenant, id) = device.ids();
        write!(text, "\n{} {} {}", tenant.number(), id.number(), device.sequence()).map_err(Error::other)?;
    }
    std::fs::write(file(data), text)
}

/// The fleet that was noted; nothing where none was.
///
/// # Errors
/// Where it is of another shape, or not readable.
pub(crate) fn read(data: &Path, shape: &Shape, states: &[State]) -> Result<Option<Vec<Device>>, Error> {
    let path = file(data);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path)?;
    let mut lines = text.lines();
    if lines.next() != Some(&first_line(shape)) {
        return Err(Error::other(format!("{} is a fleet of another shape", path.display())));
    }
    lines
        .enumerate()
        .map(|(number, line)| device(number, line, states).ok_or_else(|| Error::other(line.to_owned()))?)
        .collect::<Result<Vec<_>, _>>()
        .map(Some)
}

fn device(number: usize, line: &str, states: &[State]) -> Option<Result<Device, Error>> {
    let mut numbers = line.split(' ').map(|number| number.parse::<i64>().ok());
    let (tenant, id, sequence) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let mut device = Device::kept(number, TenantId::from_number(tenant)?, DeviceId::from_number(id)?);
    let went_on = device.go_on(sequence.unsigned_abs(), states.get(number % states.len())?);
    Some(went_on.map(|()| device))
}
