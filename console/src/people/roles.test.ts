import { expect, test } from 'vitest';
import type { RoleName, RoleOffer, RoleOnDevices } from '../api/shape.ts';
import { covers, givenBy, isDivisible, reachesOf, restsOnPassing, spokenSelector } from './roles.ts';

const ABOUT = ['devices:read', 'inventory:read', 'vulnerabilities:read'];
const offers: RoleOffer[] = [
  { role: 'owner', permissions: [...ABOUT, 'devices:write', 'erasure:manage', 'ledger:read', 'people:manage', 'self:manage'] },
  { role: 'admin', permissions: [...ABOUT, 'devices:write', 'ledger:read', 'people:manage', 'self:manage'] },
  { role: 'technician', permissions: [...ABOUT, 'devices:write', 'self:manage'] },
  { role: 'auditor', permissions: [...ABOUT, 'ledger:read', 'self:manage'] },
  { role: 'requester', permissions: ['self:manage'] },
];
const on = (role: RoleName, devices?: string): RoleOnDevices => ({ role, devices });
const offer = (role: RoleName) => offers.find((one) => one.role === role) as RoleOffer;
const reach = (roles: RoleOnDevices[], permission: string) => reachesOf(roles, offers).find((one) => one.permission === permission)?.reach;

test('a permission reaches the devices of the roles that have it and no others', () => {
  const held = [on('auditor'), on('technician', 'os:windows'), on('technician', 'label:site=a'), on('technician', 'os:windows')];
  expect(reach(held, 'devices:read')).toBe('all');
  expect(reach(held, 'devices:write')).toEqual(['os:windows', 'label:site=a']);
  expect(reach(held, 'ledger:read')).toBe('whole');
  expect(reach(held, 'erasure:manage')).toBeUndefined();
});

test('a role on some devices gives nothing that is the whole organisation’s', () => {
  const held = [on('admin', 'os:windows')];
  expect(reachesOf(held, offers).map((one) => one.permission)).toEqual([...ABOUT, 'devices:write'].sort());
  expect(givenBy(offer('admin'), true)).not.toContain('people:manage');
  expect(givenBy(offer('admin'), false)).toContain('people:manage');
});

test('with no role, and with one of a newer server, there is nothing', () => {
  expect(reachesOf([], offers)).toEqual([]);
  expect(reachesOf([on('captain' as RoleName)], offers)).toEqual([]);
});

test('nobody gives or takes more than the own, on all devices', () => {
  const admin = offer('admin').permissions;
  expect(covers(admin, [on('admin'), on('technician', 'os:windows')], offers)).toBe(true);
  expect(covers(admin, [on('owner')], offers)).toBe(false);
  expect(covers(['self:manage'], [on('technician', 'os:windows')], offers)).toBe(false);
  expect(covers(['self:manage'], [on('requester')], offers)).toBe(true);
});

test('only what is about devices can be held on some; an owner is one on all', () => {
  expect(offers.filter(isDivisible).map((one) => one.role)).toEqual(['admin', 'technician', 'auditor']);
});

test('a role rests on labels, groups, systems and devices, not on what passes', () => {
  for (const one of ['name:web', 'os:debian and not status:lost', '(STATUS:fresh)', 'stale:2h']) expect(restsOnPassing(one)).toBe(true);
  for (const one of ['os:debian', 'label:name=web', 'label:"note=a status:b"', 'group:grp_1 or device:dev_1']) expect(restsOnPassing(one)).toBe(false);
});

test('a selector names its groups as people do', () => {
  const groups = [{ group: 'grp_0000000000001', name: 'Web servers' }];
  expect(spokenSelector('os:debian and group:grp_0000000000001', groups)).toBe('os:debian and group:“Web servers”');
  expect(spokenSelector('group:grp_0000000000002', groups)).toBe('group:grp_0000000000002');
});
