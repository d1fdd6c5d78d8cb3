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
export function countCves(findings: Pick<DeviceFinding, 'cve'>[]): number {
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

/** Distinct vulnerabilities of software by severity, the gravest first; a severity that none has is left out. */
export function bySeverity(findings: Pick<DeviceFinding, 'cve' | 'class' | 'severity'>[]): { severity: Severity; count: number }[] {
  const software = findings.filter((finding) => finding.class === 'software');
  const severities = (Object.keys(RANKS) as Severity[]).toSorted((a, b) => RANKS[b] - RANKS[a]);
  return severities
    .map((severity) => ({ severity, count: countCves(software.filter((finding) => finding.severity === severity)) }))
    .filter(({ count }) => count > 0);
}

/** The counts that a device's answer gives. All count distinct vulnerabilities, however many packages one concerns. */
export function standingOf(findings: DeviceFinding[]): { software: number; exploited: number; fixable: number; waiting: number; companions: number } {
  const software = findings.filter((finding) => finding.class === 'software');
  return {
    software: countCves(software),
    exploited: countCves(software.filter((finding) => finding.kev)),
    fixable: countCves(software.filter((finding) => finding.fix_available)),
    waiting: countCves(software.filter((finding) => finding.waits_for_reboot)),
    companions: countCves(findings.filter((finding) => finding.class === 'kernel-companion')),
  };
}

/** The filter of a device's vulnerabilities, as it stands in the address. */
export interface DeviceFindingFilter {
  q?: string;
  severity?: Severity;
  fix?: 'yes';
}

export function readDeviceFindingFilter(search: Record<string, unknown>): DeviceFindingFilter {
  return {
    q: typeof search.q === 'string' && search.q.trim() !== '' ? search.q : undefined,
    severity: (Object.keys(RANKS) as Severity[]).find((severity) => severity === search.severity),
    fix: search.fix === 'yes' ? 'yes' : undefined,
  };
}

/** The rows that fit every condition; a text is looked for in the vulnerability's name and those of the packages. */
export function matching(rows: SharedFinding[], filter: DeviceFindingFilter): SharedFinding[] {
  const wanted = filter.q?.trim().toLowerCase() ?? '';
  return rows.filter(
    (row) =>
      [row.cve, row.source, ...row.packages].some((name) => name.toLowerCase().includes(wanted)) &&
      (!filter.severity || row.severity === filter.severity) &&
      (!filter.fix || row.fix_available),
  );
}
