import type { DeviceFinding, Severity } from '../api/shape.ts';

const RANKS: Record<Severity, number> = { critical: 4, high: 3, medium: 2, low: 1, unknown: 0 };

/** Known to be exploited first, then the likelier to be exploited, then the more severe, then by name. */
export function inOrderOfUrgency(findings: DeviceFinding[]): DeviceFinding[] {
  return findings.toSorted(
    (a, b) =>
      Number(b.kev) - Number(a.kev) ||
      (b.epss ?? -1) - (a.epss ?? -1) ||
      RANKS[b.severity] - RANKS[a.severity] ||
      (a.cve < b.cve ? -1 : a.cve > b.cve ? 1 : 0),
  );
}
