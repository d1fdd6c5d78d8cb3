import { expect, test } from 'vitest';
import type { DeviceFinding } from '../api/shape.ts';
import { bySource, countCves, inOrderOfUrgency } from './findings.ts';

const finding = (cve: string, part: Partial<DeviceFinding>): DeviceFinding => ({
  cve,
  package: 'p',
  version: '1',
  fixed_version: null,
  epss: null,
  source: 'p',
  severity: 'unknown',
  kev: false,
  fix_available: false,
  waits_for_reboot: false,
  class: 'software',
  ...part,
});

test('what is exploited comes before what is likely, and that before what is severe', () => {
  const order = inOrderOfUrgency([
    finding('CVE-4', { severity: 'critical' }),
    finding('CVE-2', { epss: 0.9 }),
    finding('CVE-3', { epss: 0.1, severity: 'low' }),
    finding('CVE-1', { kev: true }),
    finding('CVE-5', { severity: 'low' }),
  ]);
  expect(order.map((one) => one.cve)).toEqual(['CVE-1', 'CVE-2', 'CVE-3', 'CVE-4', 'CVE-5']);
});

test('packages of one source that share a vulnerability, a version and a fix are one row', () => {
  const rows = bySource([
    finding('CVE-1', { source: 'expat', package: 'libexpat1', fixed_version: '2' }),
    finding('CVE-2', { source: 'less', package: 'less' }),
    finding('CVE-1', { source: 'expat', package: 'libexpat1-dev', fixed_version: '2', fix_available: true }),
    finding('CVE-1', { source: 'expat', package: 'expat', version: '0', fixed_version: '2' }),
  ]);
  expect(rows.map((row) => [row.cve, row.packages, row.fix_available])).toEqual([
    ['CVE-1', ['libexpat1', 'libexpat1-dev'], true],
    ['CVE-2', ['less'], false],
    ['CVE-1', ['expat'], false],
  ]);
});

test('a vulnerability of three packages is one vulnerability', () => {
  expect(countCves([finding('CVE-1', {}), finding('CVE-1', { package: 'q' }), finding('CVE-2', {})])).toBe(2);
});
