// The routes below one device.
import { createHash } from 'node:crypto';
import type { DeviceFinding, DeviceGap, PendingUpdate } from '../src/api/shape.ts';
import { type Given, json, notFound, ok, paged } from './answers.ts';
import { seersAnswer } from './people-answers.ts';
import { ago, deviceId, type Question, type World } from './world.ts';

export function deviceAnswer(world: World, question: Question): Given {
  const { method, path } = question;
  const number = Number.parseInt((path[1] ?? '').replace('dev_', ''), 32);
  if (!(number >= 0 && number < world.size)) return notFound;
  const device = world.device(number);
  if (method === 'PATCH') {
    world.labels.set(number, json(question).labels as Record<string, string>);
    return ok(world.device(number));
  }
  if (method === 'POST') {
    if (path[2] === 'retire') world.retired.add(number);
    else world.retired.delete(number);
    return ok(world.device(number));
  }
  const isCollected = device.packages !== null;
  switch (path[2]) {
    case undefined:
      return ok(device);
    case 'packages':
      return isCollected ? packages(world, number, question) : ok({ items: [], collected: false, reason: 'switched-off' });
    case 'history':
      return ok(paged(question, number % 5 === 4 ? [] : world.history()));
    case 'gaps':
      return ok(paged(question, number % 5 === 1 ? gaps() : []));
    case 'updates':
      return ok(isCollected ? updates(world, number) : { collected: false, reason: 'switched-off', lists_stale: true, items: [] });
    case 'vulnerabilities':
      return ok(vulnerabilities(world, number));
    case 'state':
      return ok(state(world, number));
    case 'people':
      return seersAnswer(world, question, number);
    case 'receipts':
      return ok(paged(question, receipts()));
    default:
      return notFound;
  }
}

function gaps(): DeviceGap[] {
  const open = { from_sequence: 1795680001, to_sequence: 1795687200, since: ago(0.4), noticed_at: ago(0.3), closed_at: null, was_dropped: false };
  const dropped = { from_sequence: 1795640001, to_sequence: 1795640001, since: ago(1.1), noticed_at: ago(1), closed_at: ago(1), was_dropped: true };
  return [open, dropped, { from_sequence: 1795600001, to_sequence: 1795600001, since: ago(2.1), noticed_at: ago(2), closed_at: ago(1.9), was_dropped: false }];
}

function packages(world: World, number: number, question: Question): Given {
  const q = question.query.get('q') ?? '';
  const pending = question.query.get('pending');
  const all = world
    .packages(number)
    .filter((one) => one.name.includes(q) && (!pending || one.candidate) && (pending !== 'security' || one.candidate_security));
  return ok({ ...paged(question, all), collected: true });
}

function updates(world: World, number: number) {
  const items: PendingUpdate[] = world
    .packages(number)
    .filter((one) => one.candidate && number % 4 !== 3)
    .map((one) => ({
      manager: one.manager,
      name: one.name,
      architecture: one.architecture,
      installed: one.version,
      candidate: one.candidate ?? '',
      security: one.candidate_security ?? false,
      archive: one.candidate_security ? 'Debian-Security:bookworm-security' : 'Debian:bookworm',
    }));
  const lists_updated_at = number % 7 === 6 ? null : ago(number % 4 === 3 ? 33 : 0.2);
  const lists_stale = number % 7 === 6 || number % 4 === 3;
  return { collected: true, lists_updated_at, lists_stale, items };
}

function vulnerabilities(world: World, number: number) {
  const device = world.device(number);
  if (!world.hasAdvisories) return { answer: 'not-covered', reason: 'no-advisories', items: [], partly: [], basis: [] };
  if (device.packages === null) return { answer: 'not-covered', reason: 'packages-not-collected', items: [], partly: [], basis: [] };
  if (!device.os) return { answer: 'not-covered', reason: 'os-not-collected', items: [], partly: [], basis: [] };
  if (device.os.id === 'alpine') return { answer: 'not-covered', reason: 'os-not-supported', items: [], partly: [], basis: [] };
  const items: DeviceFinding[] = world.findings().flatMap((finding, index) => {
    if (number !== 1 && !world.exposed(index).includes(number)) return [];
    const version = finding.affected[0]?.versions[0];
    const one: DeviceFinding = {
      cve: finding.cve,
      package: finding.packages[0] === 'linux' ? 'linux-image-6.1.0-18-amd64' : (finding.packages[0] ?? ''),
      version: version?.source_version ?? '',
      source: finding.packages[0] ?? '',
      fixed_version: version?.fixed_version ?? null,
      severity: finding.severity,
      kev: finding.kev,
      epss: finding.epss,
      fix_available: Boolean(version?.fixed_version) && index % 2 === 0,
      waits_for_reboot: finding.packages[0] === 'linux' && Boolean(version?.fixed_version) && number % 3 === 0,
      class: finding.class,
    };
    // One device has an old set of headers and nothing else that is affected.
    if (number === 1) return finding.packages[0] === 'linux' ? [{ ...one, package: 'linux-libc-dev', class: 'kernel-companion' as const }] : [];
    return finding.packages[0] === 'linux' ? [one, { ...one, package: 'linux-libc-dev', class: 'kernel-companion' as const }] : [one];
  });
  const partly = number % 4 === 1 ? [{ reason: 'kernel-of-no-package', detail: 'the booted kernel comes from no installed package', packages: 0 }] : [];
  const basis = [{ ecosystem: 'Debian:12', feed: 'osv-debian', advisories: 41_208, newest_at: ago(0.4) }];
  return { answer: items.length > 0 ? 'affected' : 'not-affected', items, partly, basis };
}

function state(world: World, number: number) {
  const device = world.device(number);
  const isSilent = number % 6 === 5;
  const sent = {
    ...(device.name && { host_name: device.name }),
    ...(device.os && { os: { ...device.os, codename: 'bookworm' } }),
    kernel: { name: 'Linux', release: '6.1.0-18-amd64', version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1', machine: 'x86_64', package: 'linux-image-6.1.0-18-amd64' },
    hardware: {
      cpu_model: 'AMD EPYC 7443P 24-Core Processor',
      cpu_count: 8,
      memory_bytes: 33_554_432_000,
      vendor: 'QEMU',
      model: 'Standard PC (Q35 + ICH9, 2009)',
      disks: [{ name: 'sda', size_bytes: 107_374_182_400, rotational: false }],
    },
    ...(!isSilent && {
      network: { interfaces: [{ name: 'enp1s0', up: true, mac_address: '52:54:00:1a:2b:3c', addresses: ['192.0.2.17', '2001:db8::17'] }] },
    }),
    packages: world.packages(number).map(({ candidate: _, candidate_security: __, ...one }) => one),
    updates: updates(world, number),
    ...(isSilent && { switched_off: ['network'] }),
  };
  return {
    state: sent,
    digest: createHash('sha256').update(JSON.stringify(sent)).digest('hex'),
    collected_at: ago(0.011),
    received_at: ago(0.01),
    size_bytes: 184_223,
    schema: 1,
    gaps: 0,
    switched_off: isSilent ? ['network'] : [],
    blind_spots: [{ kind: 'hardware', subject: 'serial_number', reason: 'permission-denied' }],
  };
}

function receipts() {
  return Array.from({ length: 48 }, (_, index) => ({
    receipt: `rcp_${deviceId(90_000 - index).slice(4)}`,
    sequence: 48 - index,
    received_at: ago(0.01 + index / 24),
    carried: index % 12 ? 'check-in' : 'full',
    salt: '00'.repeat(32),
    size_bytes: index % 12 ? 312 : 184_223,
    schema: 1,
    stored: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    commitment: '7d793037a0760186574b0282f2f435e7'.repeat(2),
  }));
}
