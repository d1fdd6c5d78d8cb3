// From where credentials work, whose tokens are, and another secret for one, made up.
import { json, notFound, ok, problem, type Given } from './answers.ts';
import type { Question, World } from './world.ts';

export function accessAnswer(world: World, question: Question): Given {
  if (question.method === 'GET') return ok(world.accessPolicy);
  const asked = json(question) as unknown as { token_days_max: number; networks: World['accessPolicy']['networks']; lock_me_out?: boolean };
  const { people } = asked.networks;
  const wrong = people.findIndex((one) => !/^[0-9a-fA-F.:/]+$/.test(one));
  if (wrong >= 0) return problem(422, 'invalid', 'Part of the request is not acceptable', 'give an address (192.0.2.7) or a network by its first address (192.0.2.0/24)', `networks.people[${wrong}]`);
  if (people.length > 0 && !people.some((one) => one.startsWith('192.0.2.')) && !asked.lock_me_out) {
    return problem(409, 'would-lock-out', 'This would shut you out yourself', 'The address that you come from is not in the list.');
  }
  world.accessPolicy = { ...world.accessPolicy, token_days_max: asked.token_days_max, networks: asked.networks };
  return ok(world.accessPolicy);
}

export function rotated(world: World, question: Question): Given {
  const token = world.tokens.find((one) => one.token === question.path[1]);
  if (!token) return notFound;
  const { expires_at, overlap_seconds } = json(question) as { expires_at?: string; overlap_seconds: number };
  const retiring_until = overlap_seconds > 0 ? new Date(Date.now() + overlap_seconds * 1_000).toISOString() : null;
  Object.assign(token, { expires_at: expires_at ?? null, retiring_until, shared_at: null, owner: 'usr_0000000000001', standing: 'working' });
  return ok({ ...token, secret: 'prs_api_8Rk2LmQv5TzX9cWb3NsY7pHdJf4GaUe6' });
}
