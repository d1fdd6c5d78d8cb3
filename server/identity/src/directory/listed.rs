//! Lists and searches (RFC 7644 section 3.4): which resources, which of them on this page, and which of their attributes.
//!
//! A filter that demands a name, a number or a member is answered by a look-up; every other one by opening all that the tenant's
//! directory keeps, whose number is limited.

use kernel::{KeyRing, PeopleGroupId, Scope, TenantId, UserId};
use serde_json::{Map, Value, json};
use store::{FromValue, Row, StoreError, Tx, params};

use super::attribute::ResourceKind;
use super::fault::Fault;
use super::filter::Filter;
use super::groups::{self, KeptGroup};
use super::users::{self, KeptUser};
use super::{external_index, name_index};
use crate::store::directory as sql;
use crate::{Identity, IdentityError};

/// Most resources of a page, and as many where a request does not say.
pub(crate) const PAGE_MAX: usize = 100;
/// Most attributes that a request names.
pub(crate) const ATTRIBUTES_MAX: usize = 32;
/// The schema of a list.
const LIST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Which attributes an answer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    #[default]
    All,
    /// These, and what every answer has.
    Only(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) filter: Option<String>,
    /// The number of the first one, from 1.
    pub(crate) start_index: Option<i64>,
    pub(crate) count: Option<i64>,
    pub(crate) shown: Shown,
}

impl Shown {
    /// Of two lists of names, of which a request gives one.
    pub(crate) fn of(only: Vec<String>, all_but: Vec<String>) -> Result<Self, Fault> {
        if only.len() > ATTRIBUTES_MAX || all_but.len() > ATTRIBUTES_MAX {
            return Err(Fault::TooMany { what: "attributes in a request", limit: ATTRIBUTES_MAX });
        }
        match (only.is_empty(), all_but.is_empty()) {
            (true, true) => Ok(Self::All),
            (false, true) => Ok(Self::Only(only)),
            (true, false) => Ok(Self::AllBut(all_but)),
            (false, false) => Err(Fault::Value("a request has attributes or excludedAttributes, and not both".to_owned())),
        }
    }

    /// Of lists with commas between the names, as an address has them.
    pub(crate) fn of_texts(only: Option<&str>, all_but: Option<&str>) -> Result<Self, Fault> {
        let names = |text: Option<&str>| {
            let names = text.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        Self::of(names(only), names(all_but))
    }

    /// Whether something is shown of an attribute.
    fn has(&self, kind: ResourceKind, attribute: &str) -> bool {
        let names = |name: &String, whole: bool| {
            let name = kind.without_schema(name);
            let first = name.split('.').next().unwrap_or_default();
            if whole { name.eq_ignore_ascii_case(attribute) } else { first.eq_ignore_ascii_case(attribute) }
        };
        match self {
            Self::All => true,
            Self::Only(only) => only.iter().any(|name| names(name, false)),
            Self::AllBut(all_but) => !all_but.iter().any(|name| names(name, true)),
        }
    }

    /// A resource with the attributes that are asked for: its schemas and its id always are there.
    pub(crate) fn of_resource(&self, kind: ResourceKind, mut resource: Map<String, Value>) -> Map<String, Value> {
        resource.retain(|name, _| matches!(name.as_str(), "schemas" | "id") || self.has(kind, name));
        let (Self::Only(names) | Self::AllBut(names)) = self else { return resource };
        let is_only = matches!(self, Self::Only(_));
        for (name, value) in &mut resource {
            let part_of = |asked: &String| {
                let (first, part) = kind.without_schema(asked).split_once('.')?;
                first.eq_ignore_ascii_case(name).then(|| part.to_owned())
            };
            let parts: Vec<String> = names.iter().filter_map(part_of).collect();
            let is_whole = names.iter().any(|asked| kind.without_schema(asked).eq_ignore_ascii_case(name));
            if !(parts.is_empty() || is_only && is_whole) {
                keep_parts(value, |part| parts.iter().any(|asked| asked.eq_ignore_ascii_case(part)) == is_only);
            }
        }
        resource
    }
}

fn keep_parts(value: &mut Value, is_kept: impl Fn(&str) -> bool + Copy) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| keep_parts(item, is_kept)),
        Value::Object(fields) => fields.retain(|name, _| is_kept(name)),
        _ => {}
    }
}

/// Which page.
#[derive(Clone, Copy, Debug)]
struct Page {
    /// How many come before it.
    before: usize,
    count: usize,
}

impl Page {
    /// How many rows of ids there are, and those of the page.
    fn of<T: FromValue>(self, rows: &[Row]) -> Result<(usize, Vec<T>), StoreError> {
        let ids = rows.iter().skip(self.before).take(self.count).map(|row| row.get(0)).collect::<Result<_, _>>()?;
        Ok((rows.len(), ids))
    }
}

impl Asked {
    fn page(&self) -> Page {
        // What is less than one is one, and what is less than nothing nothing (RFC 7644 section 3.4.2.4).
        let before = usize::try_from(self.start_index.unwrap_or(1).saturating_sub(1)).unwrap_or(0).min(OFFSET_MAX);
        let count = self.count.map_or(PAGE_MAX, |count| usize::try_from(count).unwrap_or(0).min(PAGE_MAX));
        Page { before, count }
    }
}

/// More than there are of anything.
const OFFSET_MAX: usize = 1_000_000;

/// Resources on a page, and how many there are on all.
struct Found {
    total: usize,
    resources: Vec<Value>,
}

impl Identity {
    /// A page of the resources of a kind.
    pub(crate) async fn list_resources(&self, scope: &Scope, kind: ResourceKind, asked: Asked) -> Result<Value, IdentityError> {
        let page = asked.page();
        let found = self.find(scope, kind, &asked, page).await?;
        Ok(list(found, page))
    }

    /// A page of users and groups together: users come first. What is an attribute of one kind only chooses none of the other.
    pub(crate) async fn search_resources(&self, scope: &Scope, asked: Asked) -> Result<Value, IdentityError> {
        let page = asked.page();
        let mut all = Found { total: 0, resources: Vec::new() };
        let mut unread = Vec::new();
        for kind in ResourceKind::ALL {
            let rest = Page { before: page.before.saturating_sub(all.total), count: page.count - all.resources.len() };
            match self.find(scope, kind, &asked, rest).await {
                Ok(found) => {
                    all.total += found.total;
                    all.resources.extend(found.resources);
                }
                Err(IdentityError::Directory(fault @ Fault::Filter(_))) => unread.push(fault),
                Err(error) => return Err(error),
            }
        }
        match unread.pop() {
            Some(fault) if unread.len() + 1 == ResourceKind::ALL.len() => Err(fault.into()),
            _ => Ok(list(all, page)),
        }
    }

    async fn find(&self, scope: &Scope, kind: ResourceKind, asked: &Asked, page: Page) -> Result<Found, IdentityError> {
        let filter = asked.filter.as_deref().map(|text| Filter::parse(kind, text)).transpose()?;
        match kind {
            ResourceKind::User => self.find_users(scope, filter, asked.shown.clone(), page).await,
            ResourceKind::Group => self.find_groups(scope, filter, asked.shown.clone(), page).await,
        }
    }

    async fn find_users(&self, scope: &Scope, filter: Option<Filter>, shown: Shown, page: Page) -> Result<Found, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let asked = filter.clone();
        let read = self.db().read(move |tx| {
            let keys = keys.as_ref();
            let Some(filter) = &asked else {
                let (total, users) = page.of(&tx.query(&sql::USER_IDS, &params![tenant])?)?;
                return Ok((Some(total), users::kept_of_ids(tx, keys, tenant, &users)?));
            };
            let kept = match pinned_users(tx, keys, tenant, filter)? {
                Some(users) => users::kept_of_ids(tx, keys, tenant, &users)?,
                None => {
                    let rows = tx.query(&sql::USERS, &params![tenant])?;
                    kept_users(tx, keys, tenant, &rows)?
                }
            };
            Ok::<_, StoreError>((None, kept))
        });
        let (total, kept) = read.await?;
        let resources = kept.iter().map(|kept| self.user_resource(kept));
        Ok(chosen(ResourceKind::User, resources, (filter, total), (&shown, page)))
    }

    async fn find_groups(&self, scope: &Scope, filter: Option<Filter>, shown: Shown, page: Page) -> Result<Found, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let asked = filter.clone();
        let with_members = asked.is_some() || shown.has(ResourceKind::Group, "members");
        let read = self.db().read(move |tx| {
            let keys = keys.as_ref();
            let Some(filter) = &asked else {
                let (total, groups) = page.of(&tx.query(&sql::GROUP_IDS, &params![tenant])?)?;
                return Ok((Some(total), groups::kept_of_ids(tx, keys, (tenant, with_members), &groups)?));
            };
            let kept = match pinned_groups(tx, keys, tenant, filter)? {
                Some(groups) => groups::kept_of_ids(tx, keys, (tenant, true), &groups)?,
                None => {
                    let rows = tx.query(&sql::GROUPS, &params![tenant])?;
                    kept_groups(tx, keys, (tenant, true), &rows)?
                }
            };
            Ok::<_, StoreError>((None, kept))
        });
        let (total, kept) = read.await?;
        let resources = kept.iter().map(|kept| self.group_resource(kept));
        Ok(chosen(ResourceKind::Group, resources, (filter, total), (&shown, page)))
    }
}

fn kept_users(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, rows: &[Row]) -> Result<Vec<KeptUser>, StoreError> {
    let kept = rows.iter().map(|row| users::kept_of(tx, keys, tenant, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(kept.into_iter().flatten().collect())
}

fn kept_groups(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, with_members): (TenantId, bool),
    rows: &[Row],
) -> Result<Vec<KeptGroup>, StoreError> {
    rows.iter().map(|row| groups::kept_of(tx, keys, (tenant, with_members), row)).collect()
}

/// The users among whom everybody is who fits, where a look-up finds them.
fn pinned_users(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, filter: &Filter) -> Result<Option<Vec<UserId>>, StoreError> {
    if let Some(id) = filter.demanded("id", None) {
        return Ok(Some(id.parse().into_iter().collect()));
    }
    let rows = if let Some(name) = filter.demanded("userName", None) {
        tx.query(&sql::USER_BY_NAME, &params![name_index(keys, tenant, ResourceKind::User, name)?])?
    } else if let Some(external) = filter.demanded("externalId", None) {
        tx.query(&sql::USERS_BY_EXTERNAL, &params![tenant, external_index(keys, tenant, external)?])?
    } else {
        return Ok(None);
    };
    rows.iter().map(|row| row.get(0)).collect::<Result<Vec<_>, _>>().map(Some)
}

/// The same of groups.
fn pinned_groups(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, filter: &Filter) -> Result<Option<Vec<PeopleGroupId>>, StoreError> {
    if let Some(id) = filter.demanded("id", None) {
        return Ok(Some(id.parse().into_iter().collect()));
    }
    let rows = if let Some(name) = filter.demanded("displayName", None) {
        tx.query(&sql::GROUP_BY_NAME, &params![name_index(keys, tenant, ResourceKind::Group, name)?])?
    } else if let Some(member) = filter.demanded("members", Some("value")) {
        let Ok(member) = member.parse::<UserId>() else { return Ok(Some(Vec::new())) };
        tx.query(&sql::GROUPS_OF_USER, &params![tenant, member])?
    } else {
        return Ok(None);
    };
    rows.iter().map(|row| row.get(0)).collect::<Result<Vec<_>, _>>().map(Some)
}

/// What fits, and of that the page. Without a filter the store has chosen the page already, and counted.
fn chosen(
    kind: ResourceKind,
    resources: impl Iterator<Item = Map<String, Value>>,
    (filter, total): (Option<Filter>, Option<usize>),
    (shown, page): (&Shown, Page),
) -> Found {
    let shown = |resource| Value::Object(shown.of_resource(kind, resource));
    let Some(filter) = filter else {
        return Found { total: total.unwrap_or_default(), resources: resources.map(shown).collect() };
    };
    // What is not of the page is counted and let go: a group may have thousands of members, and a tenant a thousand groups.
    let (mut total, mut on_page) = (0, Vec::new());
    for resource in resources.filter(|resource| filter.fits(resource)) {
        if total >= page.before && on_page.len() < page.count {
            on_page.push(shown(resource));
        }
        total += 1;
    }
    Found { total, resources: on_page }
}

fn list(found: Found, page: Page) -> Value {
    json!({
        "schemas": [LIST_SCHEMA],
        "totalResults": found.total,
        "startIndex": page.before + 1,
        "itemsPerPage": found.resources.len(),
        "Resources": found.resources,
    })
}

/// A list of what a discovery route has: there is one page of it.
pub(crate) fn whole_list(resources: Vec<Value>) -> Value {
    let total = resources.len();
    list(Found { total, resources }, Page { before: 0, count: total })
}

/// What the body of a search asks for.
pub(crate) fn asked_of(body: &Map<String, Value>) -> Result<Asked, Fault> {
    let find =
        |name: &str| body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).filter(|value| !value.is_null());
    let wrong = |name: &str, expected: &str| Fault::Syntax(format!("{name} is {expected}"));
    let number = |name: &str| find(name).map(|value| value.as_i64().ok_or_else(|| wrong(name, "a whole number"))).transpose();
    let names = |name: &str| {
        let Some(value) = find(name) else { return Ok(Vec::new()) };
        let texts =
            value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        texts.ok_or_else(|| wrong(name, "a list of names"))
    };
    let filter = find("filter").map(|value| value.as_str().map(str::to_owned).ok_or_else(|| wrong("filter", "a text"))).transpose()?;
    let shown = Shown::of(names("attributes")?, names("excludedAttributes")?)?;
    Ok(Asked { filter, start_index: number("startIndex")?, count: number("count")?, shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Map<String, Value> {
        let ada = json!({
            "schemas": ["urn:x"], "id": "usr_1", "userName": "ada", "name": { "givenName": "Ada", "familyName": "King" },
            "emails": [{ "value": "ada@example.org", "type": "work" }], "meta": { "resourceType": "User" },
        });
        ada.as_object().expect("an object").clone()
    }

    fn shown(only: &str, all_but: &str) -> Value {
        Value::Object(Shown::of_texts(Some(only), Some(all_but)).expect("a choice").of_resource(ResourceKind::User, ada()))
    }

    #[test]
    fn an_answer_has_the_attributes_that_are_asked_for_and_says_whose_they_are() {
        assert_eq!(shown("", ""), Value::Object(ada()));
        assert_eq!(shown("USERNAME", ""), json!({ "schemas": ["urn:x"], "id": "usr_1", "userName": "ada" }));
        assert_eq!(
            shown("name.givenName, emails.value", ""),
            json!({
                "schemas": ["urn:x"], "id": "usr_1", "name": { "givenName": "Ada" }, "emails": [{ "value": "ada@example.org" }],
            })
        );
        let without = shown("", "id,name.familyName,emails,meta");
        assert_eq!(without, json!({ "schemas": ["urn:x"], "id": "usr_1", "userName": "ada", "name": { "givenName": "Ada" } }));
        assert!(Shown::of_texts(Some("id"), Some("name")).is_err());
        let names = |count: usize| Shown::of(vec!["id".to_owned(); count], Vec::new());
        assert!(names(ATTRIBUTES_MAX).is_ok() && names(ATTRIBUTES_MAX + 1).is_err());
    }

    #[test]
    fn a_page_is_no_longer_than_its_limit_and_none_begins_before_the_first() {
        let page = |start_index, count| Asked { start_index, count, ..Asked::default() }.page();
        let of = |page: Page| (page.before, page.count);
        assert_eq!(of(page(None, None)), (0, PAGE_MAX));
        assert_eq!(of(page(Some(-7), Some(-1))), (0, 0));
        assert_eq!(of(page(Some(11), Some(PAGE_MAX as i64 + 1))), (10, PAGE_MAX));
        assert_eq!(of(page(Some(i64::MAX), Some(PAGE_MAX as i64 - 1))), (OFFSET_MAX, PAGE_MAX - 1));
    }
}
