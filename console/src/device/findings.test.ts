import { expect, test } from 'vitest';
import type { DeviceFinding } from '../api/shape.ts';
import { bySeverity, bySource, countCves, inOrderOfUrgency, matching, readDeviceFindingFilter, standingOf } from './findings.ts';

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

test('severities are counted gravest first, each vulnerability once, kernel companions apart', () => {
  const findings = [
    finding('CVE-1', { severity: 'low', kev: true }),
    finding('CVE-2', { severity: 'critical', fix_available: true }),
    finding('CVE-2', { severity: 'critical', package: 'q' }),
    finding('CVE-3', { severity: 'high', class: 'kernel-companion' }),
  ];
  expect(bySeverity(findings)).toEqual([
    { severity: 'critical', count: 1 },
    { severity: 'low', count: 1 },
  ]);
  expect(standingOf(findings)).toEqual({ software: 2, exploited: 1, fixable: 1, waiting: 0, companions: 1 });
});

test('a filter finds vulnerabilities by their name, by a package, by severity and by a fix that is there', () => {
  const rows = bySource([
    finding('CVE-1', { source: 'expat', package: 'libexpat1', severity: 'high' }),
    finding('CVE-2', { source: 'less', package: 'less', fix_available: true }),
  ]);
  const found = (search: Record<string, unknown>) => matching(rows, readDeviceFindingFilter(search)).map((row) => row.cve);
  expect(found({})).toEqual(['CVE-1', 'CVE-2']);
  expect(found({ q: 'EXPAT' })).toEqual(['CVE-1']);
  expect(found({ q: 'cve-2' })).toEqual(['CVE-2']);
  expect(found({ severity: 'high' })).toEqual(['CVE-1']);
  expect(found({ fix: 'yes' })).toEqual(['CVE-2']);
  expect(found({ severity: 'dreadful', fix: 'no' })).toEqual(['CVE-1', 'CVE-2']);
});
