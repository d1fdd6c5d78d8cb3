import { expect, test } from 'vitest';
import { parseSearch, stringifySearch } from './search.ts';

test('a filter survives its address', () => {
  const filter = { q: '10', label: 'env=prod & more', os: 'debian' };
  expect(parseSearch(stringifySearch(filter))).toEqual(filter);
});

test('what is not set is not in the address', () => {
  expect(stringifySearch({ q: undefined, status: '' })).toBe('');
});
