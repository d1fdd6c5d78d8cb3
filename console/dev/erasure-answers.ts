// Erasures of the made-up API.
import { type Given, json, notFound, ok, paged, problem } from './answers.ts';
import type { Question } from './world.ts';

const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const made = [
  { erasure: 'ers_0000000000001', subject: 'device', id: 'dev_0000000000009', state: 'done', requested_at: at(-30), due_at: at(-29.8), deadline_at: at(42), begun_at: at(-29.8), finished_at: at(-29.7), is_late: false, has_failed: false },
  { erasure: 'ers_0000000000002', subject: 'device', id: 'dev_0000000000012', state: 'waiting', requested_at: at(-0.1), due_at: at(0.1), deadline_at: at(71.9), is_late: false, has_failed: false },
  { erasure: 'ers_0000000000003', subject: 'user', id: 'usr_0000000000004', state: 'cancelled', requested_at: at(-50), due_at: at(-49), deadline_at: at(22), finished_at: at(-49.5), is_late: false, has_failed: false },
];

export function erasureAnswer(question: Question): Given {
  const { method, path } = question;
  if (method === 'GET' && path.length === 1) return ok(paged(question, made));
  if (method === 'POST' && path.length === 1) {
    const { subject, id, totp_code } = json(question) as Record<string, string>;
    if (totp_code === '000000') return problem(403, 'second-factor-refused', 'The code of the second factor is not accepted', 'The code is wrong or was used before.');
    const erasure = { erasure: `ers_000000000000${made.length + 1}`, subject: subject ?? '', id: id ?? '', state: 'waiting', requested_at: at(0), due_at: at(0.2), deadline_at: at(72), is_late: false, has_failed: false };
    made.push(erasure);
    return { status: 201, body: erasure };
  }
  const found = made.find((one) => one.erasure === path[1]);
  if (!found) return notFound;
  if (path[2] === 'cancel') {
    found.state = 'cancelled';
    found.finished_at = at(0);
  }
  if (path[2] === 'receipt') return ok({ leaf: {}, proof: 'c2sp.org/tlog-proof@v1\n', key: '' });
  return ok(found);
}
