import { expect, test } from 'vitest';
import { linesOf } from './lines.ts';

test('lines and commas part entries, and empty ones are none', () => {
  expect(linesOf(' 192.0.2.0/24\n\n198.51.100.7, 2001:db8::/48 ,\n')).toEqual(['192.0.2.0/24', '198.51.100.7', '2001:db8::/48']);
  expect(linesOf(' \n ')).toEqual([]);
});
