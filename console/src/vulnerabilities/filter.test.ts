import { expect, test } from 'vitest';
import { queryOf, readFindingFilter } from './filter.ts';

test('what is known to be exploited comes first where no order is asked for', () => {
  expect(queryOf(readFindingFilter({}))).toEqual({ q: undefined, kev: undefined, class: 'software', sort: 'kev' });
});

test('an order that does not exist is not asked for', () => {
  expect(readFindingFilter({ sort: 'luck', view: 'packages', kev: 'no' })).toEqual({ view: 'packages' });
});

test('kernel companions are listed where they are asked for', () => {
  expect(queryOf(readFindingFilter({ companions: 'yes' })).class).toBeUndefined();
});
