//! Registered SQL statements: one text for both engines, with declared parameter and column types.
//!
//! A domain writes its statements in its `store.rs` with [`statements!`](crate::statements); so every statement of the
//! program is in a registry, and a test can execute each on both engines and compare what they answer.

use kernel::data_map::StoreKind;

use crate::value::Type;

/// A registered statement.
#[derive(Debug)]
pub struct Statement {
    /// Its name, as in the program's text.
    pub name: &'static str,
    /// The store whose tables it names.
    pub store: StoreKind,
    /// Its text, with parameters `$1`, `$2`, …
    pub sql: &'static str,
    /// Types of the parameters.
    pub params: &'static [Type],
    /// Names and types of the columns that it gives; empty where it gives none.
    pub columns: &'static [(&'static str, Type)],
}

/// Declares statements and the registry that lists them.
///
/// ```
/// # mod store_rs {
/// store::statements! {
///     store = Tenant;
///     /// The state of a device.
///     STATE_OF_DEVICE = "SELECT state FROM device WHERE tenant_id = $1 AND device_id = $2" (BigInt, BigInt) -> (state: Text);
///     /// Forgets a device.
///     DELETE_DEVICE = "DELETE FROM device WHERE tenant_id = $1 AND device_id = $2" (BigInt, BigInt);
/// }
/// # pub(crate) fn count() -> usize { STATEMENTS.len() }
/// # }
/// # assert_eq!(store_rs::count(), 2);
/// ```
///
/// A second block in one file names its registry first: `registry = SYSTEM_STATEMENTS; store = System; …`.
#[macro_export]
macro_rules! statements {
    (registry = $registry:ident; store = $store:ident;
     $($(#[$doc:meta])* $name:ident = $sql:literal ($($param:ident),* $(,)?) $(-> ($($column:ident : $type:ident),* $(,)?))?;)*) => {
        $(
            $(#[$doc])*
            pub(crate) static $name: $crate::Statement = $crate::Statement {
                name: stringify!($name),
                store: $crate::StoreKind::$store,
                sql: $sql,
                params: &[$($crate::Type::$param),*],
                columns: &[$($((stringify!($column), $crate::Type::$type)),*)?],
            };
        )*
        /// Every statement of the block above.
        pub(crate) static $registry: &[&$crate::Statement] = &[$(&$name),*];
    };
    (store = $store:ident; $($rest:tt)*) => {
        $crate::statements! { registry = STATEMENTS; store = $store; $($rest)* }
    };
}

/// Values for a statement's parameters, in order.
#[macro_export]
macro_rules! params {
    () => { ([] as [$crate::Value; 0]) };
    ($($value:expr),+ $(,)?) => { [$($crate::Value::from($value)),+] };
}
