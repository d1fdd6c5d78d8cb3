//! The neutral values that both engines store alike, and what domain types become in them.

use wire::Timestamp;
use wire::report::Digest;

use crate::StoreError;

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// BIGINT.
    Int(i64),
    /// DOUBLE.
    Double(f64),
    /// TEXT.
    Text(String),
    /// BLOB, BYTEA.
    Blob(Vec<u8>),
    /// BOOLEAN.
    Bool(bool),
}

/// The type of a parameter or column. Every one may also be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// BIGINT.
    BigInt,
    /// DOUBLE.
    Double,
    /// TEXT, compared byte by byte.
    Text,
    /// BLOB, BYTEA.
    Blob,
    /// BOOLEAN.
    Boolean,
}

impl Value {
    /// The value's type; none for NULL.
    #[must_use]
    pub const fn kind(&self) -> Option<Type> {
        match self {
            Self::Null => None,
            Self::Int(_) => Some(Type::BigInt),
            Self::Double(_) => Some(Type::Double),
            Self::Text(_) => Some(Type::Text),
            Self::Blob(_) => Some(Type::Blob),
            Self::Bool(_) => Some(Type::Boolean),
        }
    }

    /// Whether the value may stand where this type is declared.
    #[must_use]
    pub fn fits(&self, declared: Type) -> bool {
        self.kind().is_none_or(|kind| kind == declared)
    }

    pub(crate) const fn kind_text(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Int(_) => "BIGINT",
            Self::Double(_) => "DOUBLE",
            Self::Text(_) => "TEXT",
            Self::Blob(_) => "BLOB",
            Self::Bool(_) => "BOOLEAN",
        }
    }
}

macro_rules! into_value {
    ($($type:ty, $value:ident => $made:expr;)*) => {
        $(impl From<$type> for Value { fn from($value: $type) -> Self { $made } })*
    };
}

into_value! {
    i64, value => Self::Int(value);
    i32, value => Self::Int(i64::from(value));
    i16, value => Self::Int(i64::from(value));
    u32, value => Self::Int(i64::from(value));
    u16, value => Self::Int(i64::from(value));
    u8, value => Self::Int(i64::from(value));
    f64, value => Self::Double(value);
    bool, value => Self::Bool(value);
    String, value => Self::Text(value);
    &String, value => Self::Text(value.clone());
    &str, value => Self::Text(value.to_owned());
    Vec<u8>, value => Self::Blob(value);
    &Vec<u8>, value => Self::Blob(value.clone());
    &[u8], value => Self::Blob(value.to_vec());
    Timestamp, value => Self::Int(value.micros());
    Digest, value => Self::Blob(value.0.to_vec());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(value: &[u8; N]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A type that is read from a stored value.
pub trait FromValue: Sized {
    /// What the type expects, for the error's text.
    const EXPECTED: &'static str;

    /// Reads the value; `None` where it is not one of this type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($type:ty, $expected:literal, $pattern:pat => $made:expr;)*) => {
        $(impl FromValue for $type {
            const EXPECTED: &'static str = $expected;
            fn from_value(value: Value) -> Option<Self> {
                match value { $pattern => $made, _ => None }
            }
        })*
    };
}

from_value! {
    i64, "BIGINT", Value::Int(value) => Some(value);
    u64, "BIGINT that is not negative", Value::Int(value) => u64::try_from(value).ok();
    i32, "BIGINT of 32 bits", Value::Int(value) => i32::try_from(value).ok();
    u32, "BIGINT of 32 bits", Value::Int(value) => u32::try_from(value).ok();
    u16, "BIGINT of 16 bits", Value::Int(value) => u16::try_from(value).ok();
    u8, "BIGINT of 8 bits", Value::Int(value) => u8::try_from(value).ok();
    f64, "DOUBLE", Value::Double(value) => Some(value);
    bool, "BOOLEAN", Value::Bool(value) => Some(value);
    String, "TEXT", Value::Text(value) => Some(value);
    Vec<u8>, "BLOB", Value::Blob(value) => Some(value);
    Timestamp, "BIGINT", Value::Int(value) => Some(Self::from_micros(value));
    Digest, "BLOB of 32 bytes", Value::Blob(value) => value.try_into().ok().map(Self);
}

impl<const N: usize> FromValue for [u8; N] {
    const EXPECTED: &'static str = "BLOB of a fixed length";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl FromValue for Value {
    const EXPECTED: &'static str = "any";

    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

macro_rules! ids {
    ($($id:ident),* $(,)?) => {
        $(
            impl From<kernel::$id> for Value {
                fn from(id: kernel::$id) -> Self {
                    Self::Int(id.number())
                }
            }

            impl FromValue for kernel::$id {
                const EXPECTED: &'static str = "BIGINT that is positive";

                fn from_value(value: Value) -> Option<Self> {
                    match value {
                        Value::Int(number) => Self::from_number(number),
                        _ => None,
                    }
                }
            }
        )*
    };
}

ids! {
    CaseId, CertificateId, DeviceId, EnrolmentTokenId, ErasureId, ExportId, GrantId, GroupId, ImageId, JobId, LeafId, MailId, NodeId, OperatorId,
    PasskeyId, PeopleGroupId, ProvenanceId, ProviderId, ReceiptId, RequestId, RightsRequestId, SessionId, TenantId, TokenId,
    UserId,
}

/// A row that a query gave: its columns in the order that the statement declares.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl From<Vec<Value>> for Row {
    /// Values that were a row's, in the order of its columns.
    fn from(values: Vec<Value>) -> Self {
        Self(values)
    }
}

impl Row {
    /// The column at this index, from 0.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where there is no such column or it holds something else.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, StoreError> {
        let value =
            self.0.get(index).ok_or_else(|| StoreError::Misuse(format!("a row of {} columns has no column {index}", self.0.len())))?;
        let kind = value.kind_text();
        T::from_value(value.clone()).ok_or_else(|| StoreError::Corrupt(format!("column {index}: expected {}, got {kind}", T::EXPECTED)))
    }

    /// Takes the column at this index out of the row, without copying it; NULL stays behind.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T, StoreError> {
        let columns = self.0.len();
        let slot = self.0.get_mut(index).ok_or_else(|| StoreError::Misuse(format!("a row of {columns} columns has no column {index}")))?;
        let value = std::mem::replace(slot, Value::Null);
        let kind = value.kind_text();
        T::from_value(value).ok_or_else(|| StoreError::Corrupt(format!("column {index}: expected {}, got {kind}", T::EXPECTED)))
    }

    /// The values.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}
