// The routes of groups, and the test whether a device is in one.
import type { Device, DeviceGroup } from '../src/api/shape.ts';
import { type Given, json, none, notFound, ok, problem } from './answers.ts';
import { SelectorError, selectorTest } from './selector.ts';
import type { Question, World } from './world.ts';

export interface MockGroup {
  group: string;
  name: string;
  kind: DeviceGroup['kind'];
  selector?: string;
  members: string[];
  created_at: string;
}

export function groupAnswer(world: World, question: Question): Given {
  const { method, path } = question;
  if (!path[1]) return method === 'GET' ? ok({ items: world.groups.map((one) => shown(world, one)) }) : make(world, question);
  const group = world.groups.find((one) => one.group === path[1]);
  if (!group) return notFound;
  if (method === 'GET') return ok(shown(world, group));
  if (method === 'DELETE') return remove(world, group);
  const change = json(question) as Partial<MockGroup>;
  const wrong = wrongOf(world, change.selector);
  if (wrong) return wrong;
  Object.assign(group, change);
  return ok(shown(world, group));
}

function make(world: World, question: Question): Given {
  const body = json(question) as unknown as MockGroup;
  const wrong = wrongOf(world, body.selector);
  if (wrong) return wrong;
  const group = { ...body, members: body.members ?? [], group: `grp_${String(Date.now()).padStart(13, '0')}`, created_at: new Date().toISOString() };
  world.groups.push(group);
  return { status: 201, body: shown(world, group) };
}

function remove(world: World, group: MockGroup): Given {
  if (world.groups.some((one) => one.selector?.includes(group.group))) {
    return problem(409, 'conflict', 'The present state does not allow this', "Another group's selector names this group. Change that one first.");
  }
  world.groups.splice(world.groups.indexOf(group), 1);
  return none;
}

/** The problem of a selector that cannot be read. */
export function wrongOf(world: World, selector: string | null | undefined): Given | undefined {
  if (selector === undefined || selector === null) return undefined;
  try {
    selectorTest(selector, (group, device) => isIn(world, group, device));
    return undefined;
  } catch (failure) {
    if (!(failure instanceof SelectorError)) throw failure;
    return problem(422, 'invalid', 'Part of the request is not acceptable', failure.message, 'selector');
  }
}

export function isIn(world: World, id: string, device: Device): boolean {
  const group = world.groups.find((one) => one.group === id);
  if (!group) return false;
  if (group.kind === 'manual') return group.members.includes(device.device);
  return selectorTest(group.selector ?? 'all', (inner, one) => isIn(world, inner, one))(device);
}

function shown(world: World, group: MockGroup): DeviceGroup {
  const { members: _, selector, ...rest } = group;
  const devices = [...world.devices()].filter((one) => one.status !== 'retired' && isIn(world, group.group, one)).length;
  return { ...rest, selector: selector ?? null, devices };
}
