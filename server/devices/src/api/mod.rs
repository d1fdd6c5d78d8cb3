//! The endpoints, one file each.

mod change_device;
mod change_group;
mod create_group;
mod delete_group;
mod enrol;
mod issue_access_token;
mod issue_challenge;
mod list_devices;
mod list_groups;
mod list_seers;
mod read_device;
mod read_group;
mod readmit_device;
mod restore_device;
mod retire_device;
mod summarise_devices;

use kernel::Permission::{DevicesRead, DevicesWrite, PeopleRead};
use web::{Access, Routes};

use crate::Devices;

impl Devices {
    /// Devices' routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        let (read, write) = (Access::Person(DevicesRead), Access::Person(DevicesWrite));
        Routes::new("devices", self.clone())
            .post("/agent/challenge", Access::Public, issue_challenge::DOC, issue_challenge::handle)
            .open_to_banned()
            .post("/agent/enrol", Access::Public, enrol::DOC, enrol::handle)
            .post("/agent/token", Access::Public, issue_access_token::DOC, issue_access_token::handle)
            .open_to_banned()
            .get("/devices", read, list_devices::DOC, list_devices::handle)
            .get("/devices/summary", read, summarise_devices::DOC, summarise_devices::handle)
            .post("/devices/readmit", write, readmit_device::DOC, readmit_device::handle)
            .get("/devices/{device}", read, read_device::DOC, read_device::handle)
            .patch("/devices/{device}", write, change_device::DOC, change_device::handle)
            .post("/devices/{device}/retire", write, retire_device::DOC, retire_device::handle)
            .post("/devices/{device}/restore", write, restore_device::DOC, restore_device::handle)
            .get("/devices/{device}/people", Access::Person(PeopleRead), list_seers::DOC, list_seers::handle)
            .get("/groups", read, list_groups::DOC, list_groups::handle)
            .post("/groups", write, create_group::DOC, create_group::handle)
            .get("/groups/{group}", read, read_group::DOC, read_group::handle)
            .patch("/groups/{group}", write, change_group::DOC, change_group::handle)
            .delete("/groups/{group}", write, delete_group::DOC, delete_group::handle)
    }
}
