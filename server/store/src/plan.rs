//! Which migrations each home needs, and what was applied to one.

use std::collections::BTreeMap;

use kernel::data_map::StoreKind;
use seal::hash::sha256;

use crate::StoreError;
use crate::home::HomeKind;
use crate::schema::Schema;

/// One migration of one domain.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) domain: &'static str,
    pub(crate) version: u32,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    /// SHA-256 of the text, so that a step that was altered after it was applied is noticed.
    pub(crate) digest: [u8; 32],
}

/// A step that a home has recorded as applied.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) domain: String,
    pub(crate) version: i64,
    pub(crate) digest: Vec<u8>,
}

/// The steps of one kind of home, domain by domain in the order of registration.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Changes when a step is added: an equal mark in a file means that there is nothing to do.
    pub(crate) fingerprint: i32,
}

/// The plans of all homes.
#[derive(Debug)]
pub(crate) struct Plans(BTreeMap<HomeKind, Plan>);

/// The domain whose tables are the intake's.
pub(crate) const INTAKE_DOMAIN: &str = "store-intake";

/// The home of a schema's tables.
pub(crate) fn home_of(schema: &Schema) -> HomeKind {
    match schema.store {
        StoreKind::System if schema.domain == INTAKE_DOMAIN => HomeKind::Intake,
        StoreKind::System => HomeKind::System,
        StoreKind::Identity => HomeKind::Identity,
        StoreKind::Keyring => HomeKind::Keyring,
        StoreKind::Master => HomeKind::Master,
        StoreKind::Tenant => HomeKind::Tenant,
    }
}

impl Plans {
    /// Plans of the registered schemas. Versions must be 1, 2, 3, …; domains distinct in each store.
    pub(crate) fn of(schemas: &[Schema]) -> Result<Self, StoreError> {
        let mut plans: BTreeMap<HomeKind, Plan> = HomeKind::ALL.into_iter().map(|kind| (kind, Plan::default())).collect();
        for schema in schemas {
            let plan = plans.entry(home_of(schema)).or_default();
            if plan.steps.iter().any(|step| step.domain == schema.domain) {
                return Err(StoreError::Misuse(format!("{} registers two schemas for one store", schema.domain)));
            }
            for (migration, expected) in schema.migrations.iter().zip(1_u32..) {
                if migration.version != expected {
                    let domain = schema.domain;
                    return Err(StoreError::Misuse(format!("migration {} of {domain} must have version {expected}", migration.name)));
                }
                let digest = sha256(migration.sql.as_bytes());
                plan.steps.push(Step {
                    domain: schema.domain,
                    version: migration.version,
                    name: migration.name,
                    sql: migration.sql,
                    digest,
                });
            }
        }
        for plan in plans.values_mut() {
            let mut all = Vec::new();
            for step in &plan.steps {
                all.extend_from_slice(step.domain.as_bytes());
                all.extend_from_slice(&step.version.to_be_bytes());
                all.extend_from_slice(&step.digest);
            }
            let [first, second, third, fourth, ..] = sha256(&all);
            // 0 is what a new file has.
            plan.fingerprint = i32::from_be_bytes([first, second, third, fourth]) | 1;
        }
        Ok(Self(plans))
    }

    pub(crate) fn for_kind(&self, kind: HomeKind) -> &Plan {
        // `of` makes a plan for every kind.
        &self.0[&kind]
    }
}

impl Plans {
    /// The steps of every home of a store: on PostgreSQL they share a schema.
    pub(crate) fn for_store(&self, store: StoreKind) -> Vec<&Step> {
        self.0.iter().filter(|(kind, _)| kind.store() == store).flat_map(|(_, plan)| &plan.steps).collect()
    }
}

/// The steps that are still to be applied.
pub(crate) fn pending<'a>(steps: &[&'a Step], applied: &[Applied]) -> Result<Vec<&'a Step>, StoreError> {
    for found in applied {
        let known = steps.iter().filter(|step| step.domain == found.domain).map(|step| i64::from(step.version)).max().unwrap_or(0);
        if found.version > known {
            return Err(StoreError::Newer { domain: found.domain.clone(), found: found.version, known });
        }
    }
    let mut pending = Vec::new();
    for step in steps {
        match applied.iter().find(|found| found.domain == step.domain && found.version == i64::from(step.version)) {
            None => pending.push(*step),
            Some(found) if found.digest == step.digest => {}
            Some(_) => {
                let Step { domain, version, name, .. } = step;
                return Err(StoreError::Setup(format!(
                    "migration {version} ({name}) of {domain} was altered after it was applied to these data: add a new migration instead"
                )));
            }
        }
    }
    Ok(pending)
}
