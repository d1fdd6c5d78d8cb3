import { expect, test } from 'vitest';
import { parseSearch, stringifySearch } from '../routes/search.ts';
import { type DeviceFilter, isNarrowing, readDeviceFilter } from './filter.ts';

test('every filter survives the address', () => {
  const filter: DeviceFilter = { q: 'web', status: 'stale', os: 'debian/12', group: 'grp_1', label: 'env=prod', sort: 'last_seen' };
  expect(readDeviceFilter(parseSearch(stringifySearch({ ...filter })))).toEqual(filter);
});

test('an address with words that mean nothing is read as far as it means something', () => {
  expect(readDeviceFilter({ status: 'tired', sort: 'exposed', q: '  ', os: 'alpine' })).toEqual({ os: 'alpine' });
});

test('an order alone leaves nothing out', () => {
  expect(isNarrowing({ sort: 'name' })).toBe(false);
  expect(isNarrowing({ label: 'env=prod' })).toBe(true);
});
