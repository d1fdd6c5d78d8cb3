// The routes that speak of the whole fleet.
import type { Device, DeviceSummary, FindingDetail } from '../src/api/shape.ts';
import { type Given, notFound, ok, paged } from './answers.ts';
import { isIn, wrongOf } from './group-answers.ts';
import { selectorTest } from './selector.ts';
import { ago, type Question, type World } from './world.ts';

export function fleetAnswer(world: World, question: Question): Given {
  const { path, query } = question;
  switch (path.slice(0, 2).join('/')) {
    case 'devices':
      return wrongOf(world, query.get('selector')) ?? ok(devices(world, question));
    case 'devices/summary':
      return wrongOf(world, query.get('selector')) ?? ok(summary(world, query.get('selector')));
    case 'updates/summary':
      return ok(updates(world));
    case 'vulnerabilities':
      return ok({ ...paged(question, findings(world, query)), coverage: coverage(world) });
    case 'vulnerabilities/packages':
      return ok(paged(question, byPackage(world.findings())));
    case 'vulnerabilities/exposure':
      return ok(exposure(world));
    default:
      if (path[0] === 'packages') return packages(world, question);
      if (path[0] === 'vulnerabilities') return vulnerability(world, question);
      return notFound;
  }
}

function devices(world: World, question: Question) {
  const { query } = question;
  const [labelName, labelValue] = (query.get('label') ?? '').split('=');
  const selector = query.get('selector') ?? '';
  const chosen = selector ? selectorTest(selector, (group, one) => isIn(world, group, one)) : () => true;
  const matches = (one: Device) =>
    (one.name ?? one.device).includes(query.get('q') ?? '') &&
    (query.get('status') ? one.status === query.get('status') : selector.includes('status:retired') || one.status !== 'retired') &&
    (query.get('os') ? (one.os?.id === query.get('os') || `${one.os?.id}/${one.os?.version_id}` === query.get('os')) : true) &&
    (query.get('group') ? isIn(world, query.get('group') ?? '', one) : true) &&
    chosen(one) &&
    (labelName ? one.labels[labelName] === labelValue : true);
  const isPlain = ['q', 'status', 'os', 'group', 'label', 'selector'].every((name) => !query.get(name)) && query.get('sort') !== 'last_seen';
  if (isPlain) return plainPage(world, query);
  const all = [...world.devices()].filter(matches);
  if (query.get('sort') === 'last_seen') all.sort((a, b) => ((a.last_seen_at ?? '') < (b.last_seen_at ?? '') ? 1 : -1));
  return paged(question, all);
}

/** A page without filter, made without making the other 100,000 devices. */
function plainPage(world: World, query: URLSearchParams) {
  const from = Number(query.get('cursor') ?? 0);
  const to = Math.min(world.size, from + Number(query.get('limit') ?? 100));
  const items = Array.from({ length: to - from }, (_, index) => world.device(from + index));
  return { items, next: to < world.size ? String(to) : undefined };
}

function summary(world: World, selector: string | null): DeviceSummary {
  const chosen = selector ? selectorTest(selector, (group, one) => isIn(world, group, one)) : () => true;
  const counts: DeviceSummary = { total: 0, fresh: 0, stale: 0, lost: 0, retired: 0, by_os: [] };
  const systems = new Map<string, number>();
  for (const device of world.devices()) {
    if (!chosen(device)) continue;
    counts.total += 1;
    counts[device.status] += 1;
    const os = device.os?.id;
    if (os) systems.set(os, (systems.get(os) ?? 0) + 1);
  }
  counts.total -= counts.retired;
  counts.by_os = [...systems].map(([os, count]) => ({ os, count })).sort((a, b) => b.count - a.count);
  return counts;
}

function updates(world: World) {
  const share = (part: number) => Math.round(world.size * part);
  return {
    devices_with_updates: share(0.74),
    devices_with_security: share(0.41),
    ages: [
      { bucket: 'day', devices: share(0.61) },
      { bucket: 'week', devices: share(0.22) },
      { bucket: 'month', devices: share(0.09) },
      { bucket: 'older', devices: share(0.04) },
      { bucket: 'unknown', devices: share(0.02) },
    ],
    not_collected: share(0.02),
    lists_stale: share(0.08),
  };
}

function coverage(world: World) {
  if (!world.hasAdvisories) {
    return { covered_devices: 0, not_covered: world.size > 0 ? [{ reason: 'no-advisories', detail: 'no advisories for Debian:12 are imported', os: 'Debian:12', devices: world.size }] : [], partly: [], basis: [] };
  }
  if (world.scenario === 'fresh') return { covered_devices: 1, not_covered: [], partly: [], basis: [] };
  const alpine = Math.floor(world.size / 5);
  const silent = Math.floor(world.size / 37);
  return {
    covered_devices: world.size - alpine - silent,
    not_covered: [
      { reason: 'os-not-supported', detail: 'no source of advisories is known for alpine 3.20.1', os: 'alpine 3.20.1', devices: alpine },
      { reason: 'packages-not-collected', detail: 'packages are not collected', os: null, devices: silent },
    ],
    partly: [
      { reason: 'other-origin', detail: 'it comes from elsewhere', devices: Math.floor(world.size / 9), packages: 14 },
      { reason: 'kernel-of-no-package', detail: 'the booted kernel comes from no installed package', devices: Math.floor(world.size / 4), packages: 0 },
    ],
    basis: [{ ecosystem: 'Debian:12', feed: 'osv-debian', advisories: 41_208, newest_at: ago(0.4), devices: world.size - alpine - silent }],
  };
}

function findings(world: World, query: URLSearchParams): FindingDetail[] {
  const q = (query.get('q') ?? '').toLowerCase();
  const ranks = ['unknown', 'low', 'medium', 'high', 'critical'];
  const keys: Record<string, (one: FindingDetail) => number> = {
    kev: (one) => Number(one.kev) * 10 + (one.epss ?? -1),
    epss: (one) => one.epss ?? -1,
    devices: (one) => one.devices_exposed,
    severity: (one) => ranks.indexOf(one.severity),
  };
  const key = keys[query.get('sort') ?? 'kev'] ?? (() => 0);
  return world
    .findings()
    .filter((one) => one.devices_exposed > 0)
    .filter((one) => one.cve.toLowerCase().includes(q) || one.packages.some((name) => name.includes(q)))
    .filter((one) => query.get('kev') !== 'true' || one.kev)
    .filter((one) => !query.get('class') || one.class === query.get('class'))
    .sort((a, b) => key(b) - key(a));
}

function byPackage(all: FindingDetail[]) {
  const sources = [...new Set(all.flatMap((one) => one.packages))];
  return sources.map((source) => {
    const own = all.filter((one) => one.packages.includes(source));
    return {
      source,
      profile: 'Debian:12',
      cves: own.length,
      worst_severity: own[0]?.severity ?? 'unknown',
      kev: own.filter((one) => one.kev).length,
      devices_exposed: Math.max(...own.map((one) => one.devices_exposed)),
    };
  });
}

function exposure(world: World) {
  if (!world.hasAdvisories) return [];
  return Array.from({ length: world.scenario === 'fresh' ? 1 : 90 }, (_, index) => {
    const left = 89 - index;
    const wave = Math.sin(index / 9) * 14 + (index > 52 && index < 66 ? 60 : 0);
    return {
      day: ago(left).slice(0, 10),
      cves: Math.round(190 - index * 0.9 + wave),
      devices_exposed: Math.round(world.size * (0.62 - index * 0.002) + wave / 3),
      kev: Math.max(4, Math.round(17 - index / 8 + (index > 52 && index < 66 ? 6 : 0))),
    };
  });
}

function packages(world: World, question: Question): Given {
  const [, manager, name, devices] = question.path;
  const all = world.size > 0 ? world.packages(0) : [];
  if (!manager) {
    const q = question.query.get('q') ?? '';
    const rows = all.filter((one) => one.name.includes(q)).map((one, index) => ({
      name: one.name,
      manager: one.manager,
      versions: 1 + (index % 4),
      devices: Math.max(1, Math.round(world.size * (1 - (index % 13) / 14))),
    }));
    return ok(paged(question, rows));
  }
  const one = all.find((each) => each.name === name);
  if (!one) return notFound;
  const versions = [one.version, `${one.version}+deb12u1`, `${one.version}+deb12u2`].map((version, index) => ({
    version,
    devices: Math.max(1, Math.round(world.size / (index * 2.3 + 1.4))),
  }));
  if (!devices) return ok({ versions });
  const owners = [...world.devices()].filter((_, index) => !question.query.get('version') || index % 3 === 0);
  return ok(paged(question, owners.map((each) => ({ device: each.device, name: each.name, versions: [one.version] }))));
}

function vulnerability(world: World, question: Question): Given {
  const [, cve, devices] = question.path;
  const index = world.findings().findIndex((one) => one.cve === cve);
  const finding = world.findings()[index];
  if (!finding) return notFound;
  if (!devices) return ok(finding);
  const rows = world.exposed(index).map((number) => {
    const { device, name } = world.device(number);
    const version = finding.affected[0]?.versions[0];
    const own = { name: finding.packages[0] ?? '', version: version?.source_version ?? '', fixed_version: version?.fixed_version, fix_available: Boolean(version?.fixed_version) && number % 2 === 0 };
    return { device, name, packages: [own] };
  });
  return ok(paged(question, rows));
}
