import { expect, test } from 'vitest';
import { pageOf } from './useArrival.ts';

test('tabs are of the page that they stand on', () => {
  expect(pageOf('/devices/dev_1/packages')).toBe(pageOf('/devices/dev_1'));
  expect(pageOf('/settings/tokens')).toBe(pageOf('/settings'));
});

test('every other address is a page of its own', () => {
  const pages = ['/devices', '/devices/dev_1', '/devices/dev_2', '/devices/groups', '/devices/groups/new', '/packages', '/packages/dpkg/bash', '/vulnerabilities/CVE-1'];
  expect(new Set(pages.map(pageOf)).size).toBe(pages.length);
});
