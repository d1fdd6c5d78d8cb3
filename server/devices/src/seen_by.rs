//! Who may see a device, and why: the people whose roles reach it.
//!
//! It is answered from what every read is bounded by (`evaluate::View::visible`), so that this page and the lists
//! cannot tell different things.

use std::sync::Arc;

use identity::email::Email;
use identity::grant::Grant;
use kernel::{DeviceId, DeviceScope, Page, PageRequest, Permission, Scope, UserId};

use crate::evaluate::View;
use crate::{DeviceError, Devices};

/// Somebody who may see a device.
#[derive(Clone, Debug)]
pub struct Seer {
    /// The person.
    pub user: UserId,
    /// E-mail address.
    pub email: Email,
    /// The roles that reach the device.
    pub because_of: Vec<Grant>,
    /// What they may do with it.
    pub permissions: Vec<Permission>,
}

impl Devices {
    /// The people of a page who may do something with a device. Those who may not are left out, so that a page can be short
    /// while there are more.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`]; [`DeviceError::Invalid`] for the cursor; keys and store.
    pub async fn seen_by(&self, scope: &Scope, device: DeviceId, page: PageRequest) -> Result<Page<Seer>, DeviceError> {
        let people = self.0.identity.list_people(scope, page).await?;
        let seers = self.view(scope, |view| {
            let ordinal = view.roster.ordinals().of(device).filter(|ordinal| view.visible(scope.devices()).contains(*ordinal));
            let ordinal = ordinal.ok_or(DeviceError::NotFound)?;
            let reaches = |devices: &DeviceScope| view.visible(devices).contains(ordinal);
            let seers = people.items.into_iter().map(|person| {
                let held = person.held();
                let about_devices = held.permissions().into_iter().filter(|permission| permission.is_about_devices());
                Seer {
                    user: person.user,
                    email: person.email,
                    permissions: about_devices.filter(|permission| reaches(&held.devices(*permission))).collect(),
                    because_of: held.0.into_iter().filter(|grant| gives_device(&view, grant, ordinal)).collect(),
                }
            });
            Ok::<_, DeviceError>(seers.filter(|seer| !seer.permissions.is_empty()).collect())
        });
        Ok(Page { items: seers.await??, next: people.next })
    }
}

fn gives_device(view: &View<'_>, grant: &Grant, ordinal: u32) -> bool {
    let is_about_devices = grant.role.permissions().iter().any(|permission| permission.is_about_devices());
    let devices = match grant.devices.as_deref() {
        None => DeviceScope::All,
        Some(selector) => DeviceScope::AnyOf([Arc::from(selector)].into()),
    };
    is_about_devices && view.visible(&devices).contains(ordinal)
}
