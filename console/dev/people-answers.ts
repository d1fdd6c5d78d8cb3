// People, roles and invitations of the made-up API; and what each of its people may do, so that a page that asks for more than
// its reader may is seen here.
//
// Sign in as owner@, auditor@, technician@, requester@ or newcomer@example.org, with any password.
import { rulesOf } from './account-answers.ts';
import type { Invitation, Person, RoleOffer, RoleOnDevices, Seer, Session } from '../src/api/shape.ts';
import { covers, reachesOf } from '../src/people/roles.ts';
import { type Given, json, none, notFound, ok, paged, problem } from './answers.ts';
import { isIn, wrongOf } from './group-answers.ts';
import { selectorTest } from './selector.ts';
import { ago, ahead, type Question, type World } from './world.ts';

const READS = ['devices:read', 'inventory:read', 'vulnerabilities:read'];
const ADMIN = [...READS, 'devices:write', 'directory:write', 'enrolment:manage', 'feeds:manage', 'feeds:read', 'ledger:read', 'people:manage', 'people:read', 'self:manage', 'settings:manage', 'tokens:manage', 'trust:read'];

const OFFERS: RoleOffer[] = [
  { role: 'owner', permissions: [...ADMIN, 'erasure:manage', 'exports:manage'] },
  { role: 'admin', permissions: ADMIN },
  { role: 'operator', permissions: [...READS, 'devices:write', 'enrolment:manage', 'feeds:read', 'self:manage', 'trust:read'] },
  { role: 'technician', permissions: [...READS, 'devices:write', 'self:manage'] },
  { role: 'auditor', permissions: [...READS, 'feeds:read', 'ledger:read', 'people:read', 'self:manage', 'trust:read'] },
  { role: 'requester', permissions: ['self:manage'] },
  { role: 'billing', permissions: ['self:manage'] },
];

const person = (number: number, name: string, days: number, roles: RoleOnDevices[], language = 'en'): Person => ({
  user: `usr_000000000000${number}`,
  email: `${name}@example.org`,
  language,
  created_at: ago(days),
  roles,
});

export interface MockPeople {
  people: Person[];
  invitations: Invitation[];
}

export function mockPeople(isFleet: boolean): MockPeople {
  const owner = person(1, 'owner', 210, [{ role: 'owner' }]);
  if (!isFleet) return { people: [owner], invitations: [] };
  return {
    people: [
      owner,
      person(2, 'auditor', 120, [{ role: 'auditor' }], 'pl'),
      person(3, 'technician', 64, [{ role: 'technician', devices: 'os:debian' }]),
      person(4, 'maria.magdalena.szczepanska-wojciechowska', 33, [{ role: 'auditor' }, { role: 'technician', devices: 'label:site=waw' }, { role: 'operator', devices: 'group:grp_0000000000003 or (os:debian and label:env=test)' }], 'pl'),
      {
        ...person(5, 'requester', 12, [{ role: 'requester' }]),
        roles_of_provider: [{ role: 'auditor' }],
        directory: 'active',
        groups: [{ group: 'pgr_0000000000001', name: 'IT Security' }],
        roles_of_groups: [{ role: 'auditor' }],
      },
      { ...person(9, 'gone', 300, []), directory: 'inactive' },
      person(6, 'newcomer', 1, []),
    ],
    invitations: [
      { user: 'usr_0000000000007', note: 'Jan from the night shift', roles: [{ role: 'technician', devices: 'label:site=fra' }], invited_by: owner.user, created_at: ago(0.2), expires_at: ahead(0.8) },
      { user: 'usr_0000000000008', note: 'Auditors of 2027', roles: [{ role: 'auditor' }], invited_by: owner.user, created_at: ago(0.95), expires_at: ahead(0.05) },
    ],
  };
}

/** Who is signed in: an account that was set up is the owner's. */
export function whoIs(world: World, email: string): Person | undefined {
  return world.people.find((one) => one.email === email) ?? (email === world.account?.email ? world.people[0] : undefined);
}

export function sessionAnswer(world: World, who: Person): Session {
  const reaches = reachesOf(who.roles, OFFERS);
  return {
    user: who.user,
    tenant: 'ten_0000000000001',
    tenant_name: world.settings.tenant_name,
    email: who.email,
    language: who.language,
    permissions: [...reaches.map((one) => one.permission), 'self:manage'],
    on_all_devices: onAllDevices(who),
    roles: who.roles,
    password_rules: rulesOf(world),
    idle_seconds: 43_200,
  };
}

function onAllDevices(who: Person): string[] {
  return [...reachesOf(who.roles, OFFERS).filter((one) => typeof one.reach === 'string').map((one) => one.permission), 'self:manage'];
}

/** What a route asks for. */
function neededBy({ method, path }: Question): { permission: string; onAll?: boolean } {
  const [first = '', second, third] = path;
  const isRead = method === 'GET';
  if (first === 'session' || first === 'exports' || first === 'account') return { permission: 'self:manage' };
  if (first === 'devices' && third === 'people') return { permission: 'people:read' };
  if (first === 'devices' && ['packages', 'history', 'gaps', 'updates', 'state', 'receipts'].includes(third ?? '')) return { permission: 'inventory:read' };
  if (first === 'vulnerabilities' || third === 'vulnerabilities') return { permission: 'vulnerabilities:read', onAll: second === 'exposure' };
  if (first === 'devices') return { permission: isRead ? 'devices:read' : 'devices:write' };
  if (first === 'groups') return { permission: isRead ? 'devices:read' : 'devices:write', onAll: !isRead };
  if (first === 'packages' || first === 'updates') return { permission: 'inventory:read' };
  if (first === 'feeds') return { permission: isRead ? 'feeds:read' : 'feeds:manage' };
  if (first === 'people' || first === 'invitations') return { permission: isRead ? 'people:read' : 'people:manage' };
  if (first === 'roles') return { permission: 'people:read' };
  if (first === 'erasures') return { permission: 'erasure:manage' };
  if (first === 'tokens') return { permission: 'tokens:manage' };
  if (first === 'enrolment-tokens') return { permission: 'enrolment:manage' };
  if (first === 'ledger') return { permission: 'ledger:read' };
  if (first === 'trust') return { permission: isRead ? 'trust:read' : 'settings:manage' };
  return { permission: 'settings:manage' };
}

/** The refusal of a route that somebody may not use. */
export function refusalOf(who: Person, question: Question): Given | undefined {
  const { permission, onAll } = neededBy(question);
  if (permission === 'self:manage') return undefined;
  const reach = reachesOf(who.roles, OFFERS).find((one) => one.permission === permission)?.reach;
  if (reach !== undefined && !(onAll && Array.isArray(reach))) return undefined;
  return problem(403, 'forbidden', 'This credential may not do that', `It takes the permission ${permission}.`);
}

export function peopleAnswer(world: World, question: Question, who: Person): Given {
  const { method, path } = question;
  if (path[0] === 'roles') return ok({ items: OFFERS });
  if (path[0] === 'invitations') return invitationAnswer(world, question, who);
  if (!path[1]) return ok(paged(question, world.people));
  const found = world.people.find((one) => one.user === path[1]);
  if (!found) return notFound;
  if (method === 'GET') return ok(found);
  const { roles, totp_code } = json(question) as { roles: RoleOnDevices[]; totp_code: string };
  const wrong = wrongRoles(world, who, [...found.roles, ...roles], roles, totp_code);
  if (wrong) return wrong;
  const isOwner = (one: Person) => one.roles.some(({ role }) => role === 'owner');
  if (!roles.some(({ role }) => role === 'owner') && world.people.filter(isOwner).every((one) => one === found)) {
    return problem(409, 'last-owner', 'An organisation keeps an owner', 'Make somebody else an owner first.');
  }
  found.roles = roles;
  return ok(found);
}

function wrongRoles(world: World, who: Person, touched: RoleOnDevices[], roles: RoleOnDevices[], code: string): Given | undefined {
  if (code === '000000') return problem(403, 'second-factor-refused', 'The code of the second factor is not accepted', 'The code is wrong or was used before.');
  for (const { devices } of roles) {
    const wrong = wrongOf(world, devices);
    if (wrong) return { ...wrong, body: { ...(wrong.body as object), field: 'roles' } };
  }
  if (covers(onAllDevices(who), touched, OFFERS)) return undefined;
  return problem(403, 'forbidden', 'This credential may not do that', 'Roles are given and taken by somebody who holds as much on all devices. Ask an owner.');
}

function invitationAnswer(world: World, question: Question, who: Person): Given {
  const { method, path } = question;
  if (method === 'GET') return ok(paged(question, world.invitations));
  if (method === 'DELETE') {
    const index = world.invitations.findIndex((one) => one.user === path[1]);
    if (index < 0) return notFound;
    world.invitations.splice(index, 1);
    return none;
  }
  const { note, roles, totp_code } = json(question) as { note: string; roles: RoleOnDevices[]; totp_code: string };
  const wrong = wrongRoles(world, who, roles, roles, totp_code);
  if (wrong) return wrong;
  const invitation: Invitation = { user: `usr_${String(Date.now()).padStart(13, '0')}`, note, roles, invited_by: who.user, created_at: ago(0), expires_at: ahead(1) };
  world.invitations.push(invitation);
  return { status: 201, body: { ...invitation, url: 'https://purser.example.org/setup#2mWz8RsY4nHdJf6GaUe13Xc9QpVb7LkT' } };
}

/** Who may see a device; pages are short, as the server's can be. */
export function seersAnswer(world: World, question: Question, number: number): Given {
  const device = world.device(number);
  const reaches = ({ devices }: RoleOnDevices) => !devices || selectorTest(devices, (group, one) => isIn(world, group, one))(device);
  const page = paged({ ...question, query: new URLSearchParams({ cursor: question.query.get('cursor') ?? '0', limit: '2' }) }, world.people);
  const items = page.items.flatMap((one): Seer[] => {
    const because_of = one.roles.filter((role) => reaches(role) && reachesOf([role], OFFERS).some(({ permission }) => permission === 'devices:read'));
    const permissions = reachesOf(because_of, OFFERS).map(({ permission }) => permission);
    const about = permissions.filter((permission) => READS.includes(permission) || permission === 'devices:write');
    return because_of.length > 0 ? [{ user: one.user, email: one.email, because_of, permissions: about }] : [];
  });
  return ok({ ...page, items });
}
