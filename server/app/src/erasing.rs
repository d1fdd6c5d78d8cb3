//! What each domain does about an erasure besides its rows, and who looks at the second factor of those who ask for one: put together
//! for `trust`, which knows no domain.

use std::fmt::Display;
use std::pin::Pin;

use devices::Devices;
use identity::Identity;
use inventory::Inventory;
use kernel::{Problem, Scope, ScopeMint, SecretText, Subject, SystemWork, TenantId, UserId};
use trust::erasure::{Doing, Domains, Telling};
use trust::{Archives, SecondFactor};
use vulnerabilities::Vulnerabilities;

/// The domains.
pub(crate) struct EveryDomain {
    pub(crate) archives: Archives,
    pub(crate) identity: Identity,
    pub(crate) devices: Devices,
    pub(crate) inventory: Inventory,
    pub(crate) vulnerabilities: Vulnerabilities,
    pub(crate) mint: ScopeMint,
}

impl Domains for EveryDomain {
    fn is_last_owner(&self, tenant: TenantId, user: UserId) -> Telling<'_> {
        Box::pin(async move { self.identity.is_last_owner(tenant, user).await.map_err(said) })
    }

    fn bar(&self, subject: Subject) -> Doing<'_> {
        Box::pin(async move {
            match subject {
                Subject::Device(tenant, device) => self.devices.bar_erased(tenant, device).await.map_err(said)?,
                Subject::Tenant(tenant) => self.forget_tenant(tenant).await,
                // A person is let in by rows that are read each time.
                Subject::User(..) => {}
            }
            // What is erased may be in each of them.
            self.archives.end_for_erasure(subject).await.map_err(said)
        })
    }

    fn settle(&self, subject: Subject) -> Doing<'_> {
        Box::pin(async move {
            // Not with the bar, so that a folder that cannot be removed keeps no server from starting.
            self.archives.remove_for_erasure(subject.tenant()).await.map_err(said)?;
            match subject {
                Subject::Device(tenant, _) => self.inventory.settle(tenant).await.map_err(said),
                Subject::Tenant(_) | Subject::User(..) => Ok(()),
            }
        })
    }

    fn forget(&self, subject: Subject) -> Doing<'_> {
        Box::pin(async move {
            // One may have been made of the rows before they were deleted.
            self.archives.end_for_erasure(subject).await.map_err(said)?;
            self.archives.remove_for_erasure(subject.tenant()).await.map_err(said)?;
            match subject {
                Subject::Device(tenant, device) => {
                    let scope = self.mint.system(tenant, SystemWork::Reconciler);
                    // The roster may have been read anew since the bar.
                    self.devices.bar_erased(tenant, device).await.map_err(said)?;
                    self.inventory.forget_device(&scope, device).await.map_err(said)?;
                    self.devices.forget_names(&scope).await.map_err(said)
                }
                Subject::Tenant(tenant) => {
                    self.forget_tenant(tenant).await;
                    Ok(())
                }
                Subject::User(..) => Ok(()),
            }
        })
    }
}

impl EveryDomain {
    async fn forget_tenant(&self, tenant: kernel::TenantId) {
        self.devices.forget_tenant(tenant);
        self.inventory.forget_tenant(tenant).await;
        self.vulnerabilities.forget_tenant(tenant);
        self.identity.forget_tenant(tenant);
    }
}

/// Accounts, where `trust` asks for a code.
pub(crate) struct Accounts(pub(crate) Identity);

impl SecondFactor for Accounts {
    fn confirm<'a>(&'a self, scope: &'a Scope, code: SecretText) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'a>> {
        Box::pin(async move { Ok(self.0.confirm(scope, &code).await?) })
    }
}

fn said(error: impl Display) -> String {
    error.to_string()
}
