// Exports of the made-up API.
import { type Given, json, notFound, ok, paged, problem } from './answers.ts';
import type { Question } from './world.ts';

const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const DIGEST = 'b1946ac92492d2347c6235b4d2611184c3fcb7b3b1946ac92492d2347c6235b4';
const KEY = 'purser.log/0011223344556677/ten_0000000000001+0a1b2c3d+AcTpS9nQ4z0000000000000000000000000000000000';
const me = 'usr_0000000000001';

const made = [
  { export: 'exp_0000000000001', subject: 'tenant', id: 'ten_0000000000001', requested_by: me, is_yours: true, state: 'ready', requested_at: at(-2), expires_at: at(22), tables: 21, rows: 48_213, bytes: 31_400_000, size_bytes: 32_100_352, digest: DIGEST, key: KEY, altered_values: 0 },
  { export: 'exp_0000000000002', subject: 'device', id: 'dev_0000000000009', requested_by: me, is_yours: true, state: 'running', requested_at: at(-0.01), tables: 4, rows: 1_220, bytes: 640_000 },
  { export: 'exp_0000000000003', subject: 'user', id: 'usr_0000000000004', requested_by: 'usr_0000000000004', is_yours: false, state: 'expired', requested_at: at(-60), expires_at: at(-36), ended_at: at(-36), tables: 6, rows: 18, bytes: 9_000, size_bytes: 22_016 },
];

export function exportAnswer(question: Question, isEmpty: boolean): Given {
  const { method, path } = question;
  if (method === 'GET' && path.length === 1) return ok(paged(question, isEmpty ? [] : made));
  if (method === 'POST' && path.length === 1) {
    const { subject, id, totp_code } = json(question) as Record<string, string>;
    if (totp_code === '000000') return problem(403, 'second-factor-refused', 'The code of the second factor is not accepted', 'The code is wrong or was used before.');
    const one = { export: `exp_000000000000${made.length + 1}`, subject: subject ?? '', id: id ?? '', requested_by: me, is_yours: true, state: 'waiting', requested_at: at(0), tables: 0, rows: 0, bytes: 0 };
    made.push(one);
    return { status: 201, body: one };
  }
  const found = made.find((one) => one.export === path[1]);
  if (!found) return notFound;
  if (method === 'DELETE') Object.assign(found, { state: 'cancelled', ended_at: at(0), digest: undefined, key: undefined });
  return ok(found);
}
