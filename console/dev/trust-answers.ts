// The Trust page of the made-up API: every standing once, and the real promises' files, so that nothing is written twice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Given, ok } from './answers.ts';
import type { Question } from './world.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'promises');
const STANDINGS = ['ok', 'proven-by-tests', 'ok', 'warning', 'failed', 'unknown'];
const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const said = (en: string, pl: string) => ({ en, pl });

function promises() {
  const files = readdirSync(FOLDER).filter((name) => /^[A-Z]+-\d+\.toml$/.test(name)).sort();
  return files.map((name, index) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const field = (key: string) => new RegExp(`^${key} = "(.*)"$`, 'm').exec(text)?.[1] ?? '';
    const list = (key: string) => [...(new RegExp(`^${key} = \\[(.*)\\]$`, 'm').exec(text)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, one]) => one);
    const standing = STANDINGS[index % STANDINGS.length] ?? 'ok';
    const times = standing === 'proven-by-tests' ? {} : { check: 'tenants-apart', since: at(400), checked_at: at(0.2) };
    return {
      code: field('code'),
      sentence: said(field('sentence'), field('sentence_pl')),
      kind: 'enforced',
      standing,
      proved_by: list('proved_by'),
      enforced_by: list('enforced_by'),
      ...times,
    };
  });
}

const column = (name: string, kind: string, storage: string) => ({ name, class: kind, storage });
const TABLES = [
  {
    store: 'identity',
    table: 'user_account',
    purpose: said('The people who sign in.', 'Osoby, które się logują.'),
    retention: 'with-subject',
    erasure: 'user',
    columns: [column('user_id', 'configuration', 'clear'), column('email', 'personal', 'sealed-user'), column('email_index', 'personal', 'keyed-hash')],
  },
  {
    store: 'tenant',
    table: 'device',
    purpose: said('The devices.', 'Urządzenia.'),
    retention: 'with-subject',
    erasure: 'device',
    columns: [column('device_id', 'configuration', 'clear'), column('card', 'identifying', 'sealed-device')],
  },
  {
    store: 'tenant',
    table: 'exposure_day',
    purpose: said('How exposed the fleet was on each day: counts only.', 'Jak narażona była flota każdego dnia: same liczby.'),
    retention: 'days',
    retention_days: 400,
    erasure: 'tenant',
    columns: [column('day', 'configuration', 'clear')],
  },
];

export function trustAnswer(question: Question, isEmpty: boolean): Given {
  if (question.path[1] === 'tenant') {
    const entry = (leaf: string, kind: string, what?: string) => ({ leaf, kind, what, recorded_at: at(30), is_altered: false });
    return ok({
      apart: 'ok',
      apart_by: 'file',
      ledger: 'ok',
      keys: 'ok',
      checkpoint: { size: 430, made_at: at(1), key: 'purser.log/made-up+00000000+AAAA' },
      keyring: { epoch: 3, began_at: at(900), keys: 241, destroyed: 7, rolls: false },
      host_reads: isEmpty ? [] : [entry('led_0000000000006', 'read-on-host', 'ledger')],
      breaches: isEmpty
        ? []
        : [
            {
              entry: entry('led_0000000000007', 'breach-told'),
              told: {
                case: 'cas_0000000000001',
                known_since: at(50),
                reason: 'entries',
                entries: 2,
                said: said(
                  'A copy of your ledger was made by somebody who had the password of the server’s host.',
                  'Ktoś, kto miał hasło do hosta serwera, wykonał kopię Twojego dziennika.',
                ),
              },
            },
          ],
      evidence: isEmpty ? [] : [{ code: 'OP-16', entry: entry('led_0000000000000', 'report-receipts') }],
    });
  }
  return ok({
    version: { number: 1, date: '2026-11-28', digest: 'ab'.repeat(32), is_announced: true, signature: 'made-up', key: 'cd'.repeat(32) },
    changes: [{ version: 1, date: '2026-11-28', said: said('The first version.', 'Pierwsza wersja.') }],
    privacy_contact: isEmpty ? null : 'mailto:privacy@example.org',
    security_contact: isEmpty ? null : 'https://example.org/security',
    checked_at: at(0.2),
    promises: promises(),
    tables: TABLES,
  });
}
