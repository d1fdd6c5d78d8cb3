// How long the made-up organisation's data are kept, and who else gets some.
import { type Given, json, ok } from './answers.ts';
import type { Question } from './world.ts';

const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const said = (en: string, pl: string) => ({ en, pl });

const going = { rows: 1240, oldest: at(-741), up_to: at(-729), shown_at: at(-0.4), due_at: at(0.6), is_begun: false };
const TABLES = [
  {
    table: 'tenant.package_history',
    purpose: said('What was installed, removed, upgraded on each device and when.', 'Co na każdym urządzeniu zainstalowano, usunięto i zaktualizowano, i kiedy.'),
    retention: 'days',
    timed: { since: 'changed_at', days: 730, days_default: 730, days_min: 30, days_max: 3650, rows: 48211, past: 1240, oldest: at(-741), next_at: at(1.2), going },
  },
  {
    table: 'tenant.receipt',
    purpose: said('Proof of each transmission.', 'Potwierdzenie każdego przekazu.'),
    retention: 'days',
    timed: { since: 'received_at', days: 400, days_default: 400, days_min: 30, days_max: 3650, rows: 91250, past: 0, oldest: at(-380), next_at: at(20) },
  },
  {
    table: 'identity.session',
    purpose: said('Signed-in browsers.', 'Zalogowane przeglądarki.'),
    retention: 'days',
    timed: { since: 'last_used_at', days: 1, days_default: 1, rows: 1, past: 0, oldest: at(-0.1), next_at: at(0.9) },
  },
  { table: 'tenant.ledger_leaf', purpose: said('The audit: one row for each act.', 'Dziennik: jeden wiersz na każdą czynność.'), retention: 'with-subject' },
  { table: 'tenant.dirty', purpose: said('What changed, and which part of the server must look at it.', 'Co się zmieniło.'), retention: 'transient' },
];

export function retentionAnswer(question: Question): Given {
  if (question.method !== 'PATCH') return ok({ tables: TABLES });
  const { table, days } = json(question);
  const tables = TABLES.map((one) => (one.table === table && one.timed ? { ...one, timed: { ...one.timed, days } } : one));
  return ok({ tables });
}

export function policyAnswer(): Given {
  const versions = [
    { version: 2, announced: 1, sha256: 'cd'.repeat(32), made_at: at(-2), told_at: at(-1.9), said: [said('system.access_log_segment is kept for 60 days instead of 30.', 'system.access_log_segment jest przechowywane 60 dni zamiast 30.')] },
    { version: 1, announced: 1, sha256: 'ab'.repeat(32), made_at: at(-90), told_at: at(-90), said: [said('The first version.', 'Pierwsza wersja.')] },
  ];
  return ok({ version: 2, made_at: at(-2), content: '{}', sha256: 'cd'.repeat(32), note: 'made-up', key: 'purser.policy/made-up+00000000+AAAA', versions });
}

export function sharedAnswer(isEmpty: boolean): Given {
  const entry = {
    sub_processor: 'example-hosting',
    version: 1,
    state: 'effective',
    name: 'Example Hosting GmbH',
    data_classes: ['identifying', 'personal', 'secret'],
    data: 'Everything that is stored, sealed',
    people: 'On-call engineers',
    locations: ['DE', 'PL'],
    operations: 'Runs the servers',
    compliance: 'Data processing agreement; ISO 27001',
    requires_second_factor: true,
    announced_at: at(-90),
    notice_days: 30,
    effective_at: at(-60),
  };
  const mail = { ...entry, sub_processor: 'example-mail', state: 'announced', name: 'Example Mail S.A.', data_classes: ['personal'], data: 'Addresses of owners', operations: 'Delivers mail', announced_at: at(-3), effective_at: undefined };
  return ok({ sub_processors: isEmpty ? [] : [entry, mail] });
}
