import { expect, test } from 'vitest';
import type { DeviceFinding } from '../api/shape.ts';
import { inOrderOfUrgency } from './urgency.ts';

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
