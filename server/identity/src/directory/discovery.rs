//! What this server tells of itself (RFC 7643 sections 5 to 7): which features, which types of resources, which attributes.
//!
//! Not offered, and said so: many changes in one request, sorting, setting passwords, entity tags.

use serde_json::{Value, json};

use super::attribute::{Attribute, COMMON, Holds, ResourceKind, Set};
use super::listed::PAGE_MAX;
use crate::Identity;

const CONFIG_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const TYPE_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

impl Identity {
    /// Which features there are.
    pub(crate) fn directory_features(&self) -> Value {
        let no = json!({ "supported": false });
        json!({
            "schemas": [CONFIG_SCHEMA],
            "patch": { "supported": true },
            "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
            "filter": { "supported": true, "maxResults": PAGE_MAX },
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "API token",
                "description": "An API token with the permission directory:write, and no other, in the Authorization header.",
                "primary": true,
            }],
            "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{}/ServiceProviderConfig", self.directory_url()) },
        })
    }

    /// Which types of resources there are.
    pub(crate) fn resource_type(&self, kind: ResourceKind) -> Value {
        json!({
            "schemas": [TYPE_SCHEMA],
            "id": kind.name(),
            "name": kind.name(),
            "description": kind.meaning(),
            "endpoint": kind.endpoint(),
            "schema": kind.schema(),
            "meta": { "resourceType": "ResourceType", "location": format!("{}/ResourceTypes/{}", self.directory_url(), kind.name()) },
        })
    }

    /// Which attributes resources of a kind have.
    pub(crate) fn schema(&self, kind: ResourceKind) -> Value {
        // `externalId` is every resource's: it stands in no schema (RFC 7643 section 3.1), as `id` and `meta` do not.
        debug_assert!(COMMON.iter().all(|common| kind.own().iter().all(|own| own.name != common.name)), "an attribute stands once");
        json!({
            "schemas": [SCHEMA_SCHEMA],
            "id": kind.schema(),
            "name": kind.name(),
            "description": kind.meaning(),
            "attributes": kind.own().iter().map(described).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": format!("{}/Schemas/{}", self.directory_url(), kind.schema()) },
        })
    }
}

fn described(attribute: &Attribute) -> Value {
    let (name_of_type, is_exact) = match attribute.holds {
        Holds::Text => ("string", false),
        Holds::ExactText => ("string", true),
        Holds::Boolean => ("boolean", false),
        Holds::Time => ("dateTime", true),
        Holds::Reference(_) => ("reference", true),
        Holds::Parts(_) => ("complex", false),
    };
    let mut described = json!({
        "name": attribute.name,
        "type": name_of_type,
        "multiValued": attribute.is_many,
        "description": attribute.meaning,
        "required": attribute.is_required,
        "caseExact": is_exact,
        "mutability": match attribute.set {
            Set::ByDirectory => "readWrite",
            Set::Once => "immutable",
            Set::ByServer => "readOnly",
        },
        "returned": "default",
        "uniqueness": if attribute.is_unique { "server" } else { "none" },
    });
    if let Holds::Reference(kind) = attribute.holds {
        described["referenceTypes"] = json!([kind]);
    }
    if !attribute.of.is_empty() {
        described["canonicalValues"] = json!(attribute.of);
    }
    if !attribute.parts().is_empty() {
        described["subAttributes"] = attribute.parts().iter().map(described_part).collect();
    }
    described
}

fn described_part(part: &Attribute) -> Value {
    described(part)
}
