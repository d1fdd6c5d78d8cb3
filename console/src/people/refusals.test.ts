import { expect, test } from 'vitest';
import { ProblemError } from '../api/problem.ts';
import { refusalOfRoles } from './refusals.ts';

const refused = (slug: string) => new ProblemError({ type: `https://purser.dev/problems/${slug}`, title: '', status: 403, detail: '' });
const slugOf = (failure: Error | null) => (failure as ProblemError).slug;

test('where roles are given, “forbidden” says that they reach further than the giver’s', () => {
  expect(slugOf(refusalOfRoles(refused('forbidden')))).toBe('roles-more-than-own');
});

test('another refusal stays what it is', () => {
  expect(slugOf(refusalOfRoles(refused('second-factor-refused')))).toBe('second-factor-refused');
  expect(slugOf(refusalOfRoles(refused('last-owner')))).toBe('last-owner');
  expect(refusalOfRoles(null)).toBeNull();
});
