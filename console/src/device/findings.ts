// What a device's findings are turned into before they are shown.
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

/** How many distinct vulnerabilities these are. */
export function countCves(findings: DeviceFinding[]): number {
  return new Set(findings.map((finding) => finding.cve)).size;
}

/** A finding that several packages of one source share. */
export interface SharedFinding extends Omit<DeviceFinding, 'package'> {
  packages: string[];
}

/** One row for the packages of a source that have the same vulnerability, version and fix. The order is kept. */
export function bySource(findings: DeviceFinding[]): SharedFinding[] {
  const rows = new Map<string, SharedFinding>();
  for (const { package: name, ...finding } of findings) {
    const key = [finding.cve, finding.source, finding.version, finding.fixed_version, finding.class].join(' ');
    const row = rows.get(key);
    if (!row) {
      rows.set(key, { ...finding, packages: [name] });
      continue;
    }
    row.packages.push(name);
    row.fix_available ||= finding.fix_available;
    row.waits_for_reboot ||= finding.waits_for_reboot;
  }
  return [...rows.values()];
}
