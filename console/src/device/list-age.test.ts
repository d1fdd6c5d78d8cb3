import { expect, test } from 'vitest';
import { listAge } from './list-age.ts';

const now = new Date('2026-08-20T12:00:00Z');

test('a list of exactly a week is fresh, one a second older is stale', () => {
  expect(listAge('2026-08-13T12:00:00Z', now)).toBe('fresh');
  expect(listAge('2026-08-13T11:59:59Z', now)).toBe('stale');
});

test('a list of unknown age is never fresh', () => {
  expect(listAge(undefined, now)).toBe('unknown');
  expect(listAge(null, now)).toBe('unknown');
});
