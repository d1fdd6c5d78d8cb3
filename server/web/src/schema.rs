//! JSON schemas of the ids and times that `wire` defines: `wire` travels to devices and knows no schema library.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use kernel::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An id of `wire`, with what its schema needs.
pub trait WireId: Copy + Display + FromStr + Serialize + for<'de> Deserialize<'de> + Send + Sync + 'static {
    /// The type's name.
    const NAME: &'static str;
    /// The text form's prefix, without its underscore.
    const TEXT_PREFIX: &'static str;
}

macro_rules! wire_ids {
    ($($name:ident),* $(,)?) => {
        $(impl WireId for kernel::$name {
            const NAME: &'static str = stringify!($name);
            const TEXT_PREFIX: &'static str = kernel::$name::PREFIX;
        })*
        #[cfg(test)]
        const KNOWN_PREFIXES: &[&str] = &[$(kernel::$name::PREFIX),*];
    };
}

wire_ids!(
    CaseId,
    CertificateId,
    DeviceId,
    EnrolmentTokenId,
    ErasureId,
    ExportId,
    GrantId,
    GroupId,
    ImageId,
    JobId,
    LeafId,
    MailId,
    NodeId,
    OperatorId,
    PasskeyId,
    PeopleGroupId,
    ProvenanceId,
    ProviderId,
    ReceiptId,
    RequestId,
    RightsRequestId,
    SessionId,
    TenantId,
    TokenId,
    UserId,
);

/// An id in an API type: reads and writes the text form (`dev_…`), and tells its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<T>(pub T);

impl<T> From<T> for Id<T> {
    fn from(id: T) -> Self {
        Self(id)
    }
}

impl<T: WireId> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: WireId> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T: WireId> JsonSchema for Id<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{12}}$", T::TEXT_PREFIX),
        })
    }
}

/// A time in an API type: RFC 3339, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_wire_has_a_schema() {
        assert_eq!(KNOWN_PREFIXES, wire::ids::ID_PREFIXES);
    }
}
