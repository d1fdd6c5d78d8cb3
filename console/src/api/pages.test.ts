import { expect, test } from 'vitest';
import { isSameList } from './pages.ts';

test('an answer stands in for another filter of the same list, never for another device', () => {
  const packages = (device: string, q: string) => ['device', device, 'packages', { q }];
  expect(isSameList(packages('dev_1', 'a'), packages('dev_1', 'b'))).toBe(true);
  expect(isSameList(packages('dev_1', 'a'), packages('dev_2', 'a'))).toBe(false);
  expect(isSameList(['device', 'dev_1', 'history', ''], ['device', 'dev_1', 'receipts', ''])).toBe(false);
});
