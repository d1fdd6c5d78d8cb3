// The catalogue is complete in both languages, nothing in it is unused, and Polish has all its plural forms.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleOf, firstLanguage, LANGUAGES, type Language } from './catalogue.ts';
import { textOf } from './Language.tsx';

const ROOT = join(import.meta.dirname, '../..');

function filesOf(language: Language): string[] {
  const folder = join(ROOT, 'locales', language);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ftl'))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

function messagesOf(language: Language): Map<string, string> {
  const messages = new Map<string, string>();
  for (const file of filesOf(language)) {
    for (const part of file.split(/^(?=[a-z][\w-]* =)/m)) {
      const name = /^([a-z][\w-]*) =/.exec(part)?.[1];
      if (name) messages.set(name, part);
    }
  }
  return messages;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(?<!\.test)\.tsx?$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

const variablesOf = (message: string) => [...new Set([...message.matchAll(/\$(\w+)/g)].map((match) => match[1]))].sort();
const code = sources(join(ROOT, 'src')).join('\n');
const en = messagesOf('en');
const pl = messagesOf('pl');

test('both languages have the same messages with the same values', () => {
  expect([...pl.keys()].sort()).toEqual([...en.keys()].sort());
  const different = [...en].filter(([name, message]) => String(variablesOf(message)) !== String(variablesOf(pl.get(name) ?? '')));
  expect(different.map(([name]) => name)).toEqual([]);
});

test('every message that the console asks for exists', () => {
  const asked = [...code.matchAll(/\btext\([^'`()]*'([a-z][\w-]*)'(?:[^'`()]*'([a-z][\w-]*)')?/g)].flatMap((match) => [match[1], match[2]]);
  const missing = asked.filter((name): name is string => name !== undefined && !en.has(name));
  expect([...new Set(missing)]).toEqual([]);
});

test('no message is without use', () => {
  const prefixes = [...code.matchAll(/(?:(?:text\(|messageOf\(text, )`([a-z-]+-)\$\{|word\('([a-z]+)')/g)].map((match) => match[1] ?? `${match[2]}-`);
  const unused = [...en.keys()].filter((name) => !code.includes(`'${name}'`) && !prefixes.some((prefix) => name.startsWith(prefix)));
  expect(unused).toEqual([]);
});

test('of every kind that a host can switch off it is said what is lost with it', () => {
  const kinds = [...en.keys()].filter((name) => name.startsWith('kind-'));
  expect(kinds).toHaveLength(7);
  const untold = kinds.filter((name) => !en.has(name.replace('kind-', 'lost-without-')));
  expect(untold).toEqual([]);
});

test('every Polish plural has the forms one, few, many and other', () => {
  const plurals = [...pl].filter(([, message]) => message.includes('->'));
  const short = plurals.filter(([, message]) => !['[one]', '[few]', '[many]', '*[other]'].every((form) => message.includes(form)));
  expect(short.map(([name]) => name)).toEqual([]);
});

test('Polish picks the form that the number wants', () => {
  const text = textOf(bundleOf('pl', filesOf('pl')));
  const said = [1, 2, 5, 12, 22, 112].map((count) => text('devices-count', { count }));
  expect(said).toEqual(['1 urządzenie', '2 urządzenia', '5 urządzeń', '12 urządzeń', '22 urządzenia', '112 urządzeń']);
});

test('the browser picks the first language that the console speaks', () => {
  globalThis.localStorage = { getItem: () => null } as unknown as Storage;
  expect(LANGUAGES).toEqual(['en', 'pl']);
  expect(firstLanguage(['de-DE', 'pl-PL', 'en'])).toBe('pl');
  expect(firstLanguage(['fr'])).toBe('en');
});
