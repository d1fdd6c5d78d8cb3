// What roles give: the server's rules once more, so that it can be told before anything is changed. A permission reaches the
// devices of every role that has it; a role on some devices gives what is about devices and nothing that is the whole
// organisation's.
import type { DeviceGroup, Person, RoleOffer, RoleOnDevices } from '../api/shape.ts';

/** Most roles of a person, and longest selector of one; the server has the same limits. */
export const ROLES_MAX = 16;
/** Most roles of a group of people. */
export const GROUP_ROLES_MAX = 4;
export const ROLE_SELECTOR_CHARS_MAX = 512;

/** The conditions that a role can rest on: names, and whether a device was heard of, pass. */
export const ROLE_CONDITIONS = ['label', 'os', 'group'] as const;
const PASSING = /(^|[\s()])(name|status|stale):/i;

const ABOUT_DEVICES = ['devices:read', 'devices:write', 'inventory:read', 'vulnerabilities:read'];
/** What everybody may who has an account. */
const OWN = 'self:manage';

export function isAboutDevices(permission: string): boolean {
  return ABOUT_DEVICES.includes(permission);
}

/** What a role gives on all devices, or on some. What everybody may is not told. */
export function givenBy(offer: RoleOffer, isOnSome: boolean): string[] {
  return offer.permissions.filter((one) => one !== OWN && (!isOnSome || isAboutDevices(one)));
}

/** Whether it means something to have the role on some devices. An owner's role is for all of them. */
export function isDivisible(offer: RoleOffer): boolean {
  return offer.role !== 'owner' && offer.permissions.some(isAboutDevices);
}

/** How far a permission reaches: the whole organisation, every device, or the devices that any of the selectors chooses. */
export type Reach = 'whole' | 'all' | string[];

/** What is about devices first. */
function inOrder(one: string, other: string): number {
  return Number(isAboutDevices(other)) - Number(isAboutDevices(one)) || one.localeCompare(other);
}

/** What somebody may who holds the roles, with how far each permission reaches. */
export function reachesOf(roles: RoleOnDevices[], offers: RoleOffer[]): { permission: string; reach: Reach }[] {
  const known = roles.flatMap((held) => {
    const offer = offers.find((one) => one.role === held.role);
    return offer ? [{ selector: held.devices ?? undefined, gives: givenBy(offer, Boolean(held.devices)) }] : [];
  });
  const permissions = [...new Set(known.flatMap((one) => one.gives))].sort(inOrder);
  return permissions.map((permission) => {
    const giving = known.filter((one) => one.gives.includes(permission));
    if (!isAboutDevices(permission)) return { permission, reach: 'whole' };
    const selectors = giving.flatMap((one) => (one.selector === undefined ? [] : [one.selector]));
    return { permission, reach: selectors.length < giving.length ? 'all' : [...new Set(selectors)] };
  });
}

/** Whether somebody may give or take the roles: only who holds all of it on all devices. */
export function covers(onAllDevices: string[], roles: RoleOnDevices[], offers: RoleOffer[]): boolean {
  return reachesOf(roles, offers).every(({ permission }) => onAllDevices.includes(permission));
}

/** Whether a selector asks for what no role can rest on. What stands in quotation marks is a value. */
export function restsOnPassing(selector: string): boolean {
  return PASSING.test(selector.replaceAll(/"[^"]*"/g, '""'));
}

/** A selector with the groups that it names by their names. */
export function spokenSelector(selector: string, groups: Pick<DeviceGroup, 'group' | 'name'>[]): string {
  return selector.replace(/group:(grp_\w+)/g, (term, id: string) => {
    const group = groups.find((one) => one.group === id);
    return group ? `group:“${group.name}”` : term;
  });
}

/** All that a person holds: nothing, where their directory has shut them out. */
export function allRolesOf(person: Person): RoleOnDevices[] {
  if (person.directory === 'inactive' || person.directory === 'removed') return [];
  return [...person.roles, ...(person.roles_of_provider ?? []), ...(person.roles_of_groups ?? [])];
}
