import { expect, test } from 'vitest';
import { queryOf, readFindingFilter } from './filter.ts';

test('what is known to be exploited comes first where no order is asked for', () => {
  expect(queryOf(readFindingFilter({}))).toEqual({ q: undefined, kev: undefined, sort: 'kev' });
});

test('an order that does not exist is not asked for', () => {
  expect(readFindingFilter({ sort: 'luck', view: 'packages', kev: 'no' })).toEqual({ view: 'packages' });
});
