//! What attributes users and groups have here (RFC 7643): the one table from which bodies, filters and paths are read and
//! `/Schemas` is told.
//!
//! Only what Purser needs is kept. What a directory sends besides ([`NOT_KEPT`], extensions, a password) is dropped before anything
//! looks at it, so that nothing is stored of it; a directory whose usual mapping has more works none the less.

use std::fmt;

/// The schema of users.
pub(crate) const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of groups.
pub(crate) const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// What an attribute holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holds {
    Text,
    /// A text whose case counts.
    ExactText,
    Boolean,
    Time,
    /// The address of a resource of this type.
    Reference(&'static str),
    Parts(&'static [Attribute]),
}

/// Who sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    ByDirectory,
    /// By the directory, when the value comes to be.
    Once,
    ByServer,
}

/// An attribute.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) is_many: bool,
    pub(crate) is_required: bool,
    pub(crate) is_unique: bool,
    pub(crate) set: Set,
    /// The values that it may have; none for any.
    pub(crate) of: &'static [&'static str],
    pub(crate) meaning: &'static str,
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Attribute {
    const fn new(name: &'static str, holds: Holds, meaning: &'static str) -> Self {
        let (is_many, is_required, is_unique) = (false, false, false);
        Self { name, holds, is_many, is_required, is_unique, set: Set::ByDirectory, of: &[], meaning }
    }

    const fn many(self) -> Self {
        Self { is_many: true, ..self }
    }

    const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    const fn unique(self) -> Self {
        Self { is_unique: true, ..self }
    }

    const fn set(self, set: Set) -> Self {
        Self { set, ..self }
    }

    const fn of(self, of: &'static [&'static str]) -> Self {
        Self { of, ..self }
    }

    /// Its parts, where it has some.
    pub(crate) const fn parts(&self) -> &'static [Self] {
        match self.holds {
            Holds::Parts(parts) => parts,
            _ => &[],
        }
    }
}

/// What every resource has.
pub(crate) static COMMON: &[Attribute] = &[
    Attribute::new("schemas", Holds::ExactText, "The schemas of the resource.").many().set(Set::ByServer),
    Attribute::new("id", Holds::ExactText, "The number that Purser gave.").set(Set::ByServer),
    Attribute::new("externalId", Holds::ExactText, "What the directory calls it."),
    Attribute::new("meta", Holds::Parts(META), "When it came to be and was changed.").set(Set::ByServer),
];

static META: &[Attribute] = &[
    Attribute::new("resourceType", Holds::ExactText, "User or Group.").set(Set::ByServer),
    Attribute::new("created", Holds::Time, "When it was made.").set(Set::ByServer),
    Attribute::new("lastModified", Holds::Time, "When it was last changed.").set(Set::ByServer),
    Attribute::new("location", Holds::ExactText, "Its address.").set(Set::ByServer),
];

/// What users have besides.
pub(crate) static USER: &[Attribute] = &[
    Attribute::new("userName", Holds::Text, "By what the directory knows the person, each once in an organisation.").required().unique(),
    Attribute::new("name", Holds::Parts(NAME), "The parts of the person's name."),
    Attribute::new("displayName", Holds::Text, "The person's name, as it is shown."),
    Attribute::new("emails", Holds::Parts(EMAIL), "Addresses. The primary one, or else the first, is the account's.").many().required(),
    Attribute::new(
        "active",
        Holds::Boolean,
        "Whether the person may sign in. Sessions and keys of one who may not end at once. At first they may.",
    )
    .required(),
    Attribute::new("groups", Holds::Parts(GROUP_OF_USER), "The groups that the person is in.").many().set(Set::ByServer),
];

static NAME: &[Attribute] = &[
    Attribute::new("formatted", Holds::Text, "The whole name."),
    Attribute::new("familyName", Holds::Text, "The family name."),
    Attribute::new("givenName", Holds::Text, "The given name."),
];

static EMAIL: &[Attribute] = &[
    Attribute::new("value", Holds::Text, "The address.").required(),
    Attribute::new("type", Holds::Text, "Which of the person's.").of(&["work", "home", "other"]),
    Attribute::new("primary", Holds::Boolean, "Whether it is the one to be used."),
];

static GROUP_OF_USER: &[Attribute] = &[
    Attribute::new("value", Holds::ExactText, "The group's id.").set(Set::ByServer),
    Attribute::new("$ref", Holds::Reference("Group"), "The group's address.").set(Set::ByServer),
    Attribute::new("display", Holds::Text, "The group's name.").set(Set::ByServer),
];

/// What groups have besides.
pub(crate) static GROUP: &[Attribute] = &[
    Attribute::new("displayName", Holds::Text, "The group's name, each once in an organisation.").required().unique(),
    Attribute::new("members", Holds::Parts(MEMBER), "The people in it. Groups in groups are not offered.").many(),
];

static MEMBER: &[Attribute] = &[
    Attribute::new("value", Holds::ExactText, "The person's id.").required().set(Set::Once),
    Attribute::new("$ref", Holds::Reference("User"), "The person's address.").set(Set::Once),
    Attribute::new("type", Holds::Text, "What the member is.").of(&["User"]).set(Set::Once),
];

/// Attributes of RFC 7643 that are not kept: a change of one is no fault, and does nothing.
pub(crate) const NOT_KEPT: &[&str] = &[
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "password",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "entitlements",
    "roles",
    "x509Certificates",
];

/// A type of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceKind {
    User,
    Group,
}

impl ResourceKind {
    pub(crate) const ALL: [Self; 2] = [Self::User, Self::Group];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    pub(crate) const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    pub(crate) const fn schema(self) -> &'static str {
        match self {
            Self::User => USER_SCHEMA,
            Self::Group => GROUP_SCHEMA,
        }
    }

    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::User => "A person who has an account.",
            Self::Group => "A group of people.",
        }
    }

    /// Its own attributes.
    pub(crate) fn own(self) -> &'static [Attribute] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }

    /// The attribute of a name, which may have the schema in front: the case of names does not count.
    pub(crate) fn attribute(self, name: &str) -> Option<&'static Attribute> {
        let name = self.without_schema(name);
        COMMON.iter().chain(self.own()).find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// A name without the schema in front of it.
    pub(crate) fn without_schema(self, name: &str) -> &str {
        let schema = self.schema();
        let is_of = name.get(..schema.len()).is_some_and(|start| start.eq_ignore_ascii_case(schema));
        let rest = if is_of { name.get(schema.len()..) } else { None };
        rest.and_then(|rest| rest.strip_prefix(':')).unwrap_or(name)
    }

    /// Whether this is a name of something that is not kept, and no mistake: it, a part of it, or an extension's.
    pub(crate) fn is_not_kept(self, name: &str) -> bool {
        let name = self.without_schema(name);
        let first = name.split(['.', '[']).next().unwrap_or_default();
        name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
            || self == Self::User && NOT_KEPT.iter().any(|known| known.eq_ignore_ascii_case(first))
    }
}

/// A part of an attribute.
pub(crate) fn part(attribute: &Attribute, name: &str) -> Option<&'static Attribute> {
    attribute.parts().iter().find(|part| part.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_whatever_its_case_and_with_its_schema_in_front() {
        let found = |name| ResourceKind::User.attribute(name).map(|attribute| attribute.name);
        assert_eq!([found("USERNAME"), found("urn:ietf:params:scim:schemas:core:2.0:User:userName")], [Some("userName"); 2]);
        assert_eq!([found("members"), found("urn:ietf:params:scim:schemas:core:2.0:Group:displayName"), found("")], [None; 3]);
    }

    #[test]
    fn what_is_not_kept_is_known_by_name_and_everything_else_is_a_mistake() {
        let is_not_kept = |name| ResourceKind::User.is_not_kept(name);
        assert!(is_not_kept("title") && is_not_kept("addresses[type eq \"work\"].locality") && is_not_kept("Password"));
        assert!(is_not_kept("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"));
        assert!(!is_not_kept("userName") && !is_not_kept("titles") && !ResourceKind::Group.is_not_kept("title"));
    }
}
