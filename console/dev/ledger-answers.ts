// The ledger of the made-up API.
import { createHash } from 'node:crypto';
import { type Given, notFound, ok, paged } from './answers.ts';
import type { Question } from './world.ts';

const LEAVES = 430;
const KEY = 'purser.log/0011223344556677/ten_0000000000001+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const KINDS = ['report-receipts', 'signed-in', 'labels-changed', 'token-created', 'device-enrolled', 'sign-in-failed', 'read-on-host'];
const ACTORS = ['system-intake', 'user', 'user', 'user', 'system-sign-in', 'system-sign-in', 'system-host-administration'];

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

function leafOf(index: number) {
  const kind = KINDS[index % KINDS.length] ?? 'signed-in';
  const recorded_at = new Date(Date.now() - (LEAVES - index) * 3_600_000).toISOString();
  const leaf = `led_${String(index).padStart(13, '0')}`;
  const commitment = hash(leaf);
  if (index % 11 === 5) return { leaf, index, recorded_at, kind, commitment, is_altered: index % 22 === 16 };
  const actor = { kind: ACTORS[index % ACTORS.length], id: null };
  return { leaf, index, recorded_at, kind, commitment, is_altered: false, salt: hash(`salt of ${leaf}`), entry: { version: 1, kind, actor, subject: null, payload: {} } };
}

const leaves = () => Array.from({ length: LEAVES }, (_, place) => leafOf(LEAVES - 1 - place));
const note = `purser.log/0011223344556677/ten_0000000000001\n${LEAVES}\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— purser.log made-up=\n`;

export function ledgerAnswer(question: Question): Given {
  const { path } = question;
  if (path[1] === 'checkpoint') {
    return ok({ checkpoint: note, key: KEY, size: LEAVES, root: hash('root'), made_at: leafOf(LEAVES - 1).recorded_at });
  }
  if (path[1] === 'leaves' && path.length === 2) return ok(paged(question, leaves()));
  const leaf = leaves().find((one) => one.leaf === path[2]);
  return leaf ? ok({ leaf, proof: `c2sp.org/tlog-proof@v1\nindex ${leaf.index}\n\n${note}`, key: KEY }) : notFound;
}
