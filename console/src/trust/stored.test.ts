import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StoredTable } from '../api/shape.ts';
import { groupOf, sealsOf } from './stored.ts';

const table = (...columns: [string, string][]): StoredTable => ({
  store: 'tenant',
  table: 't',
  purpose: { en: 'A.', pl: 'B.' },
  retention: 'with-subject',
  retention_days: null,
  retention_since: null,
  retention_days_min: null,
  retention_days_max: null,
  erasure: 'tenant',
  columns: columns.map(([kind, storage], index) => ({ name: `c${index}`, class: kind, storage })),
});

test('a table is as near to somebody as its nearest column', () => {
  expect(groupOf(table(['configuration', 'clear'], ['personal', 'sealed-user'], ['identifying', 'digest']))).toBe('personal');
  expect(groupOf(table(['public', 'clear'], ['configuration', 'clear']))).toBe('configuration');
  expect(groupOf(table())).toBe('configuration');
});

test('each way of storing is told once, and clear is none', () => {
  expect(sealsOf(table(['secret', 'digest'], ['configuration', 'clear'], ['personal', 'digest']))).toEqual(['digest']);
});

const ROOT = join(import.meta.dirname, '..', '..');

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

test('no promise is written by hand in the console: its sources and catalogues hold not one of the sentences', () => {
  const folder = join(ROOT, '..', 'promises');
  const files = readdirSync(folder).filter((name) => name.endsWith('.toml'));
  const sentences = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/^sentence(?:_pl)? = "(.+)"$/gm)].map(([, sentence]) => plain(sentence ?? '')),
  );
  expect(sentences.length).toBeGreaterThan(30);
  const sources = ['src', 'locales', 'index.html'].flatMap((name) => (name.includes('.') ? [join(ROOT, name)] : filesOf(join(ROOT, name))));
  const found = sources.flatMap((path) => {
    const text = plain(readFileSync(path, 'utf8'));
    return sentences.filter((sentence) => text.includes(sentence)).map((sentence) => `${path}: ${sentence}`);
  });
  expect(found).toEqual([]);
});

/** Letters and digits only, so that quotes, line ends and cases hide nothing. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}
