// An organisation's directory, made up, and the groups of people that it keeps.
import type { Directory, PeopleGroup, RoleOnDevices } from '../src/api/shape.ts';
import { type Given, json, notFound, ok, problem } from './answers.ts';
import type { Question, World } from './world.ts';

export interface MockDirectory {
  directory: Directory;
  groups: PeopleGroup[];
}

export function mockDirectory(isFleet: boolean): MockDirectory {
  const url = 'https://purser.example.org/scim/v2';
  if (!isFleet) return { directory: { url, users: 0, inactive: 0, groups: 0 }, groups: [] };
  const groups: PeopleGroup[] = [
    { group: 'pgr_0000000000001', name: 'IT Security', members: ['usr_0000000000002', 'usr_0000000000005'], roles: [{ role: 'auditor' }] },
    { group: 'pgr_0000000000002', name: 'Windows desk of the Warsaw office, second line', members: ['usr_0000000000005'], roles: [{ role: 'technician', devices: 'label:site=waw' }] },
    { group: 'pgr_0000000000003', name: 'Everybody', members: [], roles: [] },
  ];
  return { directory: { url, provider: 'idp_0000000000001', users: 2, inactive: 1, groups: groups.length }, groups };
}

/** `/directory`, for whoever manages settings. */
export function directoryAnswer(world: World, question: Question): Given {
  const { directory } = world.directory;
  if (question.method === 'GET') return ok(directory);
  const { provider, totp_code } = json(question) as { provider?: string; totp_code: string };
  if (totp_code === '000000') return problem(403, 'second-factor-refused', 'The code of the second factor is not accepted', 'The code is wrong or was used before.');
  world.directory.directory = { ...directory, provider };
  return ok(world.directory.directory);
}

/** `/people/groups`. */
export function peopleGroupsAnswer(world: World, question: Question): Given {
  if (question.method === 'GET') return ok({ items: world.directory.groups });
  const found = world.directory.groups.find((one) => one.group === question.path[2]);
  if (!found) return notFound;
  found.roles = (json(question) as { roles: RoleOnDevices[] }).roles;
  return ok(found);
}
