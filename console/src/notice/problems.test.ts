import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProblemError, problemOf } from '../api/problem.ts';
import { bundleOf, LANGUAGES, type Language } from '../language/catalogue.ts';
import { textOf } from '../language/Language.tsx';
import { fieldProblem, tellProblem } from './problems.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TYPE_BASE = 'https://purser.dev/problems/';

const folderOf = (language: Language) => join(ROOT, 'console/locales', language);
const filesOf = (language: Language) => readdirSync(folderOf(language)).map((name) => readFileSync(join(folderOf(language), name), 'utf8'));
const texts = LANGUAGES.map((language) => [language, textOf(bundleOf(language, filesOf(language)))] as const);

const failure = (slug: string, part: { detail?: string; field?: string } = {}) =>
  new ProblemError(problemOf(422, { type: `${TYPE_BASE}${slug}`, title: 'The title in English', detail: 'The detail.', ...part }, 'req_1'));

/** Every type that the API's description and the catalogue of its problems name. */
function slugsOfTheApi(): string[] {
  const description = readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8');
  const answers = [...description.matchAll(/"description": "(`[a-z-]+`: [^"]+)"/g)].flatMap(([, text]) => [...(text ?? '').matchAll(/`([a-z-]+)`: /g)]);
  const catalogue = join(ROOT, 'docs/problems.md');
  const listed = existsSync(catalogue) ? [...readFileSync(catalogue, 'utf8').matchAll(/\/problems\/([a-z-]+)`/g)] : [];
  return [...new Set([...answers, ...listed].map(([, slug]) => slug ?? ''))].sort();
}

test('every type of problem that the API has is told in English and in Polish', () => {
  const slugs = slugsOfTheApi();
  expect(slugs.length).toBeGreaterThan(20);
  expect(slugs).toContain('not-found');
  for (const [language, text] of texts) {
    const untold = slugs.filter((slug) => text(`problem-kind-${slug}`) === `problem-kind-${slug}`);
    expect([language, untold]).toEqual([language, []]);
  }
});

test('the two languages tell a type differently', () => {
  const [[, en], [, pl]] = texts as [(typeof texts)[number], (typeof texts)[number]];
  const same = slugsOfTheApi().filter((slug) => tellProblem(en, failure(slug)).title === tellProblem(pl, failure(slug)).title);
  expect(same).toEqual([]);
});

test.each(texts)('in %s a detail that is the same for all is the console’s own; another stays as the server said it', (_, text) => {
  expect(tellProblem(text, failure('not-found'))).toMatchObject({ detail: text('problem-help-not-found'), request: 'req_1' });
  expect(tellProblem(text, failure('not-found')).detailLanguage).toBeUndefined();
  expect(tellProblem(text, failure('invalid'))).toMatchObject({ detail: 'The detail.', detailLanguage: 'en' });
  expect(tellProblem(text, failure('forbidden', { field: 'permissions' })).detail).toBe('The detail.');
});

test.each(texts)('in %s a type of a newer server keeps the server’s title, and a proxy’s page is told by its status', (_, text) => {
  expect(tellProblem(text, failure('of-next-year')).title).toBe('The title in English');
  expect(tellProblem(text, new ProblemError(problemOf(502, '<html>', null))).title).toBe(text('problem-kind-other', { status: '502' }));
});

test('what is wrong with a field is found by the field', () => {
  expect(fieldProblem(failure('invalid', { field: 'selector' }), 'selector')).toBe('The detail.');
  expect(fieldProblem(failure('invalid', { field: 'selector' }), 'name')).toBeUndefined();
  expect(fieldProblem(new Error('no problem'), 'name')).toBeUndefined();
});
