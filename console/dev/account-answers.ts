// The own account of the made-up API.
import { type Given, json, none, notFound, ok, problem } from './answers.ts';
import type { Question, World } from './world.ts';

const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

let sessions = [
  { session: 'ses_0000000000001', begun_at: ago(190), last_used_at: ago(1), ends_at: ago(-700), browser: 'firefox/linux', this: true },
  { session: 'ses_0000000000002', begun_at: ago(2_900), last_used_at: ago(75), ends_at: ago(-600), browser: 'chrome/android', this: false },
  { session: 'ses_0000000000003', begun_at: ago(4_000), last_used_at: ago(300), ends_at: ago(-400), browser: 'other/other', this: false },
];
let codes = { left: 0, made_at: undefined as string | undefined };

let passkeys = [
  { passkey: 'pky_0000000000001', name: 'Key on my ring', added_at: ago(90_000), last_used_at: ago(190) as string | null, synced: false },
  { passkey: 'pky_0000000000002', name: 'Phone', added_at: ago(200_000), last_used_at: null, synced: true },
];

const HISTORY = [
  { at: ago(190), kind: 'signed-in' },
  { at: ago(191), kind: 'sign-in-failed' },
  { at: ago(2_900), kind: 'signed-in' },
  { at: ago(2_950), kind: 'recovery-code-used' },
  { at: ago(5_000), kind: 'password-changed' },
  { at: ago(90_000), kind: 'setup-finished' },
];

/** What the organisation holds a new password to. */
export function rulesOf(world: World) {
  const isStrict = world.settings.preset === 'pci';
  return { chars_min: isStrict ? 12 : 8, letters_and_digits: isStrict, remembered: isStrict ? 4 : 0 };
}

export function accountAnswer(world: World, question: Question): Given {
  const { method, path } = question;
  const route = `${method} /${path.slice(0, 2).join('/')}`;
  if (route === 'PATCH /account') return none;
  if (route === 'GET /account/history') return ok({ items: world.scenario === 'empty' ? [] : HISTORY });
  if (route === 'GET /account/recovery-codes') return ok(codes);
  if (route === 'POST /account/recovery-codes') {
    codes = { left: 10, made_at: new Date().toISOString() };
    return { status: 201, body: { codes: Array.from({ length: 10 }, (_, number) => `7KQ2-M0XV-9T4R-H${number}WA`) } };
  }
  if (route === 'GET /account/passkeys') return ok({ items: world.scenario === 'empty' ? [] : passkeys });
  if (route === 'PATCH /account/passkeys' || route === 'DELETE /account/passkeys') {
    const found = passkeys.find((one) => one.passkey === path[2]);
    if (!found) return notFound;
    if (method === 'DELETE') {
      passkeys = passkeys.filter((one) => one !== found);
      return none;
    }
    found.name = (json(question) as { name: string }).name;
    return ok(found);
  }
  if (route === 'GET /account/sessions') return ok({ items: sessions });
  if (route === 'DELETE /account/sessions') {
    const ended = path[2];
    if (ended && !sessions.some((one) => one.session === ended)) return notFound;
    sessions = sessions.filter((one) => (ended ? one.session !== ended : one.this));
    return none;
  }
  if (route === 'PUT /account/password') {
    const { password } = json(question) as Record<string, string>;
    const isWrong = password === 'wrong';
    return isWrong ? problem(422, 'invalid', 'Part of this is not acceptable', 'this is not your present password', 'password') : none;
  }
  return notFound;
}
