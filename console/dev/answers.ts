// The routes of the made-up API.
import { createHash } from 'node:crypto';
import { accessAnswer, rotated } from './access-answers.ts';
import { directoryAnswer, peopleGroupsAnswer } from './directory-answers.ts';
import { providersAnswer, signOnAnswer } from './sign-on-answers.ts';
import { accountAnswer, rulesOf } from './account-answers.ts';
import { deviceAnswer } from './device-answers.ts';
import { erasureAnswer } from './erasure-answers.ts';
import { exportAnswer } from './export-answers.ts';
import { fleetAnswer } from './fleet-answers.ts';
import { groupAnswer } from './group-answers.ts';
import { ledgerAnswer } from './ledger-answers.ts';
import { peopleAnswer, refusalOf, sessionAnswer, whoIs } from './people-answers.ts';
import { policyAnswer, retentionAnswer, sharedAnswer } from './retention-answers.ts';
import { trustAnswer } from './trust-answers.ts';
import { isCode, mockPicture } from './totp.ts';
import type { Question, World } from './world.ts';

export interface Given {
  status: number;
  body?: unknown;
  cookie?: string;
}

export const ok = (body: unknown): Given => ({ status: 200, body });
export const none: Given = { status: 204 };

export function problem(status: number, slug: string, title: string, detail: string, field?: string): Given {
  return { status, body: { type: `https://purser.dev/problems/${slug}`, title, status, detail, field } };
}

export const notFound = problem(404, 'not-found', 'There is no such thing', 'Nothing with this address exists, or this credential cannot see it.');

/** A page of a list, with an offset for a cursor. */
export function paged<T>(question: Question, all: T[]): { items: T[]; next?: string } {
  const from = Number(question.query.get('cursor') ?? 0);
  const limit = Number(question.query.get('limit') ?? 100);
  const next = from + limit < all.length ? String(from + limit) : undefined;
  return { items: all.slice(from, from + limit), next };
}

export function json(question: Question): Record<string, unknown> {
  return JSON.parse(question.body.toString('utf8') || '{}') as Record<string, unknown>;
}

export function answer(world: World, question: Question): Given {
  const { method, path } = question;
  const route = `${method} /${path.join('/')}`;
  if (route === 'POST /setup/begin') return begin(world, question);
  if (route === 'POST /setup/finish') return finish(world, question);
  if (route === 'POST /session') return signIn(world, question);
  // At `localhost` passkeys are offered, at `127.0.0.1` the page says why not; the made-up server has no key to check one with.
  if (route === 'GET /session/passkey') return ok({ origin: 'http://localhost:4173', off: null });
  if (path[0] === 'sign-on' && path[1] !== 'providers') return signOnAnswer(question);
  if (route === 'GET /trust') return trustAnswer(question, world.scenario === 'empty');
  if (route === 'GET /trust/policy') return policyAnswer();
  if (route === 'GET /trust/sub-processors') return sharedAnswer(world.scenario === 'empty');
  const who = question.signedIn === undefined ? undefined : whoIs(world, question.signedIn);
  if (!who) return problem(401, 'unauthenticated', 'Sign in, or send a valid token', 'No valid credential came with the request.');
  if (route === 'GET /session') return ok(sessionAnswer(world, who));
  if (path[0] === 'account') return accountAnswer(world, question);
  if (route === 'DELETE /session') return { status: 204, cookie: '' };
  const refusal = refusalOf(who, question);
  if (refusal) return refusal;
  if (path[0] === 'people' && path[1] === 'groups') return peopleGroupsAnswer(world, question);
  if (path[0] === 'directory') return directoryAnswer(world, question);
  if (path[0] === 'people' || path[0] === 'invitations' || path[0] === 'roles') return peopleAnswer(world, question, who);
  if (path[0] === 'devices' && path[1] && path[1] !== 'summary') return deviceAnswer(world, question);
  if (path[0] === 'groups') return groupAnswer(world, question);
  if (path[0] === 'feeds') return feeds(world, question);
  if (path[0] === 'erasures') return erasureAnswer(question);
  if (path[0] === 'exports') return exportAnswer(question, world.scenario === 'empty');
  if (path[0] === 'trust' && path[1] === 'retention') return retentionAnswer(question);
  if (path[0] === 'trust') return trustAnswer(question, world.scenario === 'empty');
  if (path[0] === 'ledger') return ledgerAnswer(question);
  if (path[0] === 'tokens' || path[0] === 'enrolment-tokens') return tokens(world, question);
  if (path[0] === 'sign-on') return providersAnswer(world, question);
  if (path[0] === 'access-policy') return accessAnswer(world, question);
  if (route === 'GET /settings') return ok(world.settings);
  if (route === 'PATCH /settings') {
    world.settings = { ...world.settings, ...json(question) };
    return ok(world.settings);
  }
  return fleetAnswer(world, question);
}

function begin(world: World, question: Question): Given {
  if (json(question).link !== world.link) {
    return problem(410, 'link-not-valid', 'This link does not work any more', 'The link is unknown, was used, or is older than a day.');
  }
  const uri = `otpauth://totp/Purser:${encodeURIComponent(world.settings.tenant_name)}?secret=${world.secret}`;
  return ok({ purpose: 'setup', tenant_name: world.settings.tenant_name, totp_secret: world.secret, totp_uri: uri, totp_svg: mockPicture(), password_rules: rulesOf(world), sign_on: [], sign_on_required: false });
}

function finish(world: World, question: Question): Given {
  const { email, password, totp_code } = json(question) as Record<string, string>;
  if (!isCode(world.secret, totp_code)) return problem(422, 'invalid', 'Part of the request is not acceptable', 'The code does not match the secret. Check the clock of your phone.', 'totp_code');
  world.account = { email: email ?? '', password: password ?? '' };
  return { status: 204, cookie: world.sessionOf(world.account.email) };
}

function signIn(world: World, question: Question): Given {
  const { email, password, totp_code } = json(question) as Record<string, string>;
  const isOwner = email === world.account?.email && (world.account?.password === '' || password === world.account?.password);
  const isKnown = isOwner || (world.scenario === 'fleet' && whoIs(world, email ?? '') !== undefined);
  const isCodeRight = world.scenario !== 'fresh' || isCode(world.secret, totp_code);
  if (!isKnown || !isCodeRight || password === 'wrong') {
    return problem(401, 'sign-in-refused', 'The sign-in was refused', 'E-mail address, password or code is wrong, or the code was used before.');
  }
  return { status: 204, cookie: world.sessionOf(email ?? '') };
}

function feeds(world: World, question: Question): Given {
  const { method, path } = question;
  if (method === 'GET') return ok({ items: world.feeds });
  if (method === 'POST' && path[1] === 'import') return importFile(world, question);
  const feed = world.feeds.find((one) => one.feed === path[1]);
  if (!feed) return notFound;
  if (method === 'PUT') {
    feed.enabled = Boolean(json(question).enabled);
    return none;
  }
  if (method === 'POST') {
    Object.assign(feed, { state: 'fetching', received_bytes: 3_400_000, expected_bytes: 12_700_000 });
    setTimeout(() => Object.assign(feed, { state: 'failed', error: 'No route to the host. This server has no network; import the file instead.' }), 2_500);
    return { status: 202 };
  }
  return ok(feed);
}

function importFile(world: World, question: Question): Given {
  const name = question.query.get('name') ?? '';
  if (/oval|\.xml/.test(name)) {
    return problem(422, 'document-refused', 'The document is not taken', `“${name}” is not a file that Purser reads: OSV, CISA KEV or EPSS are.`);
  }
  const isNew = !world.hasAdvisories;
  world.hasAdvisories = true;
  for (const feed of world.feeds) if (feed.feed === 'debian-osv') Object.assign(feed, { state: 'imported', records: 1_204, last_success_at: new Date().toISOString() });
  return ok({
    document_sha256: createHash('sha256').update(question.body).digest('hex'),
    format: 'osv-jsonl',
    feed: 'debian-osv',
    records_read: 1_207,
    added: isNew ? 1_204 : 0,
    updated: 0,
    unchanged: isNew ? 0 : 1_204,
    refused: [
      { record: 'line 311', reason: 'the range has no fixed or last affected version' },
      { record: 'DSA-5123-1', reason: 'the ecosystem “Debian:99” is not one that Purser knows' },
      { record: 'line 1190', reason: 'expected a comma or a closing brace at column 881' },
    ],
    refused_total: 3,
  });
}

function tokens(world: World, question: Question): Given {
  const { method, path } = question;
  const isEnrolment = path[0] === 'enrolment-tokens';
  const list: object[] = isEnrolment ? world.enrolments : world.tokens;
  if (method === 'GET') return ok({ items: list });
  if (method === 'POST' && path[2] === 'rotate') return rotated(world, question);
  if (method === 'DELETE') {
    const index = list.findIndex((one) => Object.values(one).includes(path[1]));
    if (index < 0) return notFound;
    list.splice(index, 1);
    return none;
  }
  const body = json(question);
  const token = `${isEnrolment ? 'enr' : 'tok'}_${String(Date.now()).padStart(13, '0')}`;
  const created_at = new Date().toISOString();
  const made = isEnrolment
    ? { labels: {}, uses_max: null, ...body, enrolment_token: token, created_at, uses: 0 }
    : { permissions: [], expires_at: null, last_used_at: null, owner: 'usr_0000000000001', devices: null, networks: [], retiring_until: null, shared_at: null, standing: 'working', ...body, token, created_at };
  list.push(made);
  const secret = isEnrolment ? 'prs_enr_3Xc9QpVb7LkT2mWz8RsY4nHdJf6GaUe1' : 'prs_api_8Rk2LmQv5TzX9cWb3NsY7pHdJf4GaUe6';
  const command = `purser-agent enrol --server https://localhost:8443 --server-key 5f1c…e2 --token ${secret}`;
  return { status: 201, body: { ...made, secret, ...(isEnrolment && { command }) } };
}
