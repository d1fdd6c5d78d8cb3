// The made-up data. Everything follows from the device's number, so that two runs show the same.
import type {
  AccessPolicy,
  Device,
  DeviceStatus,
  EnrolmentToken,
  Feed,
  FindingDetail,
  HistoryEntry,
  InstalledPackage,
  Severity,
  SignOnProvider,
  TenantSettings,
  Token,
} from '../src/api/shape.ts';
import type { MockGroup } from './group-answers.ts';
import { mockPeople, type MockPeople } from './people-answers.ts';
import { type MockDirectory, mockDirectory } from './directory-answers.ts';
import { mockProviders } from './sign-on-answers.ts';

export type Scenario = 'fresh' | 'empty' | 'fleet';

const DAY = 86_400_000;
const SYSTEMS = [
  { id: 'debian', version_id: '12', pretty_name: 'Debian GNU/Linux 12 (bookworm)' },
  { id: 'debian', version_id: '12', pretty_name: 'Debian GNU/Linux 12 (bookworm)' },
  { id: 'debian', version_id: '13', pretty_name: 'Debian GNU/Linux 13 (trixie)' },
  { id: 'almalinux', version_id: '9.4', pretty_name: 'AlmaLinux 9.4 (Seafoam Ocelot)' },
  { id: 'alpine', version_id: '3.20.1', pretty_name: 'Alpine Linux v3.20' },
];
const ROLES = ['web', 'db', 'cache', 'build', 'mail', 'edge', 'kiosk', 'worker'];
const SITES = ['fra', 'waw', 'ams', 'lhr'];
const NAMES = 'adduser apt base-files bash bind9-libs bsdutils busybox ca-certificates coreutils curl dash debconf dpkg e2fsprogs expat file findutils fontconfig gcc-12-base git glibc-doc gnupg grep gzip hostname init iproute2 jq kmod less libapparmor1 libarchive13 libaudit1 libblkid1 libbz2-1.0 libc-bin libc6 libcap2 libcom-err2 libcrypt1 libcurl4 libdb5.3 libedit2 libelf1 libexpat1 libffi8 libgcc-s1 libgcrypt20 libglib2.0-0 libgmp10 libgnutls30 libgssapi-krb5-2 libicu72 libidn2-0 libkrb5-3 libldap-2.5-0 liblz4-1 liblzma5 libmount1 libncursesw6 libnghttp2-14 libnss3 libpam-modules libpcre2-8-0 libperl5.36 libpng16-16 libpython3.11 libreadline8 libseccomp2 libselinux1 libsqlite3-0 libssh2-1 libssl3 libstdc++6 libsystemd0 libtasn1-6 libtiff6 libtinfo6 libudev1 libunistring2 libuuid1 libwebp7 libxml2 libxslt1.1 libzstd1 linux-headers-amd64 linux-image-6.1.0-18-amd64 linux-libc-dev login logrotate mawk mount nano ncurses-base netbase nginx openssh-client openssh-server openssl passwd perl perl-base procps python3 python3.11 python3-minimal readline-common rsync sed sqlite3 sudo systemd systemd-sysv sysvinit-utils tar tzdata ucf udev util-linux vim-tiny wget xz-utils zlib1g zstd'.split(' ');

const CVES: [string, Severity, boolean, number | null, string, string, string | null, string][] = [
  ['CVE-2024-6387', 'high', true, 0.9412, 'openssh', '1:9.2p1-2+deb12u2', '1:9.2p1-2+deb12u3', 'Signal handler race in sshd lets an unauthenticated client run code as root'],
  ['CVE-2023-4863', 'high', true, 0.9307, 'libwebp', '1.2.4-0.2', '1.2.4-0.2+deb12u1', 'Heap buffer overflow in the Huffman tables of WebP'],
  ['CVE-2023-38545', 'critical', false, 0.2611, 'curl', '7.88.1-10+deb12u3', '7.88.1-10+deb12u4', 'SOCKS5 proxy handshake overflows a heap buffer'],
  ['CVE-2024-2961', 'high', false, 0.9233, 'glibc', '2.36-9+deb12u4', '2.36-9+deb12u7', 'iconv writes past its buffer when converting to ISO-2022-CN-EXT'],
  ['CVE-2023-4911', 'high', true, 0.7718, 'glibc', '2.36-9+deb12u2', '2.36-9+deb12u3', 'Buffer overflow while the dynamic loader reads GLIBC_TUNABLES'],
  ['CVE-2024-45490', 'critical', false, 0.0121, 'expat', '2.5.0-1', '2.5.0-1+deb12u1', 'Negative length is accepted by XML_ParseBuffer'],
  ['CVE-2024-28182', 'medium', false, 0.3721, 'nghttp2', '1.52.0-1+deb12u1', '1.52.0-1+deb12u2', 'Unbounded CONTINUATION frames exhaust the processor'],
  ['CVE-2024-0727', 'medium', false, 0.0034, 'openssl', '3.0.11-1~deb12u2', '3.0.13-1~deb12u1', 'Malformed PKCS12 file makes the process crash'],
  ['CVE-2023-7104', 'high', false, 0.0009, 'sqlite3', '3.40.1-2', null, 'Heap overflow in the sessions extension'],
  ['CVE-2024-34459', 'low', false, 0.0021, 'libxml2', '2.9.14+dfsg-1.3~deb12u1', null, 'Out-of-bounds read in xmllint --htmlout'],
  ['CVE-2022-0563', 'low', false, 0.0004, 'util-linux', '2.38.1-5', null, 'chfn and chsh read a file through an environment variable'],
  ['CVE-2025-31115', 'unknown', false, null, 'xz-utils', '5.4.1-0.2', '5.4.1-1', 'The threaded decoder uses memory after it has been freed'],
  ['CVE-2024-1086', 'high', true, 0.8102, 'linux', '6.1.76-1', '6.1.82-1', 'Use after free in netfilter lets a local user become root'],
  ['CVE-2023-52340', 'medium', false, 0.0051, 'linux', '6.1.69-1', '6.1.76-1', 'IPv6 packets fill the route cache'],
];

/** What strains a table: the longest that a host may call itself, and more labels than fit. */
const LONG_NAME = 'build-agent-with-a-very-long-name-that-somebody-generated-0123456789.europe-central2-a.internal.example.org';
const LONG_LABELS = { env: 'test', site: 'lhr', team: 'developer-experience-and-tooling', cost_centre: '4711-0815-eu', 'backup-policy': 'none' };

export interface Question {
  method: string;
  path: string[];
  query: URLSearchParams;
  body: Buffer;
  /** The e-mail address of who is signed in. */
  signedIn: string | undefined;
}

export class World {
  private readonly session = Math.random().toString(36).slice(2);
  readonly link = 'demo-link';
  readonly secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  readonly retired = new Set<number>();
  readonly labels = new Map<number, Record<string, string>>();
  readonly feeds: Feed[];
  account: { email: string; password: string } | undefined;
  settings: TenantSettings = { tenant_name: 'Northwind Logistics', stale_after_seconds: 10_800, lost_after_seconds: 604_800, preset: 'nist' };
  providers: SignOnProvider[] = [];
  directory: MockDirectory;
  accessPolicy: AccessPolicy = { token_days_max: 365, networks: { people: ['192.0.2.0/24'], api: [], agents: [] }, your_address: '192.0.2.9' };
  tokens: Token[] = [];
  enrolments: EnrolmentToken[] = [];
  groups: MockGroup[] = [];
  readonly people: MockPeople['people'];
  readonly invitations: MockPeople['invitations'];
  hasAdvisories: boolean;

  constructor(
    readonly scenario: Scenario,
    size: number,
  ) {
    this.size = scenario === 'empty' ? 0 : scenario === 'fresh' ? 1 : size;
    this.hasAdvisories = scenario === 'fleet';
    this.feeds = feedsOf(this.hasAdvisories);
    this.directory = mockDirectory(scenario === 'fleet');
    ({ people: this.people, invitations: this.invitations } = mockPeople(scenario === 'fleet'));
    if (scenario !== 'fresh') this.account = { email: 'owner@example.org', password: '' };
    if (scenario === 'fleet') {
      this.providers = mockProviders();
      this.tokens = [
        { token: 'tok_0000000000001', name: 'Grafana', kind: 'api', permissions: ['devices:read', 'inventory:read'], created_at: ago(30), last_used_at: ago(0.01), expires_at: ahead(60), owner: 'usr_0000000000001', devices: null, networks: ['192.0.2.0/24', '2001:db8:7::/48'], requires_certificate: true, retiring_until: ahead(2), shared_at: null, standing: 'working' },
        { token: 'tok_0000000000003', name: 'Windows compliance report of the Frankfurt office', kind: 'api', permissions: ['devices:read'], created_at: ago(200), last_used_at: ago(1), expires_at: ahead(20), owner: 'usr_0000000000002', devices: ['os:windows', 'label:site=fra'], networks: [], requires_certificate: false, retiring_until: null, shared_at: ago(0.2), standing: 'orphaned' },
        { token: 'tok_0000000000004', name: 'Directory', kind: 'api', permissions: ['directory:write'], created_at: ago(12), last_used_at: ago(0.02), expires_at: ahead(353), owner: 'usr_0000000000001', devices: null, networks: [], requires_certificate: false, retiring_until: null, shared_at: null, standing: 'working' },
        { token: 'tok_0000000000002', name: 'Kiosk script', kind: 'telemetry', permissions: [], created_at: ago(9), last_used_at: null, expires_at: null, owner: null, devices: null, networks: [], requires_certificate: false, retiring_until: null, shared_at: null, standing: 'working' },
      ];
      this.groups = [
        { group: 'grp_0000000000001', name: 'Web servers', kind: 'query', selector: 'name:web', members: [], created_at: ago(40) },
        { group: 'grp_0000000000002', name: 'Production in Warsaw and Frankfurt', kind: 'query', selector: 'label:env=prod and (label:site=waw or label:site=fra) and not group:grp_0000000000003', members: [], created_at: ago(31) },
        { group: 'grp_0000000000003', name: 'Canaries', kind: 'manual', members: [0, 1, 9, 28, 40].map(deviceId), created_at: ago(12) },
      ];
      this.enrolments = [{ enrolment_token: 'enr_0000000000001', name: 'Frankfurt rack 4', labels: {}, created_at: ago(2), expires_at: ahead(5), uses_max: 40, uses: 12 }];
    }
  }

  readonly size: number;

  /** The cookie of somebody's session. */
  sessionOf(email: string): string {
    return `${this.session}.${Buffer.from(email).toString('hex')}`;
  }

  /** Who a request's cookies are of. */
  signedIn(cookies: string): string | undefined {
    const email = new RegExp(`mock=${this.session}\\.([0-9a-f]*)`).exec(cookies)?.[1];
    return email === undefined ? undefined : Buffer.from(email, 'hex').toString();
  }

  device(number: number): Device {
    const isFresh = this.scenario === 'fresh';
    const noOs = !isFresh && number % 61 === 60;
    const os = noOs ? null : (SYSTEMS[isFresh ? 0 : number % SYSTEMS.length] ?? null);
    const status = this.statusOf(number);
    const seen = { fresh: (number % 55) / 1_440, stale: 0.2 + (number % 9) / 10, lost: 9 + (number % 40), retired: 70 }[status];
    const noPackages = !isFresh && number % 37 === 36;
    const updates = number % 4 === 3 ? 0 : 3 + (number % 41);
    return {
      device: deviceId(number),
      name: isFresh ? 'this-host' : number === 3 ? LONG_NAME : number % 53 === 52 ? null : `${ROLES[number % 8]}-${String(number + 1).padStart(3, '0')}.${SITES[number % 4]}`,
      os,
      status,
      last_seen_at: ago(seen),
      enrolled_at: ago(120 - (number % 90)),
      labels: this.labels.get(number) ?? (number === 3 && !isFresh ? LONG_LABELS : undefined) ?? (isFresh ? {} : { env: number % 3 ? 'prod' : 'test', site: SITES[number % 4] ?? '' }),
      packages: noPackages ? null : isFresh ? NAMES.length : 620 + ((number * 37) % 520),
      updates_pending: noPackages ? null : updates,
      updates_security: noPackages ? null : Math.floor(updates / 4),
      not_collected: [...(noOs ? (['os'] as const) : []), ...(noPackages ? (['packages', 'updates'] as const) : [])],
      cloned_from: !isFresh && number === 17 ? deviceId(9) : null,
    };
  }

  *devices(): Generator<Device> {
    for (let number = 0; number < this.size; number++) yield this.device(number);
  }

  private statusOf(number: number): DeviceStatus {
    if (this.retired.has(number)) return 'retired';
    if (this.scenario === 'fresh') return 'fresh';
    if (number % 29 === 28) return 'retired';
    if (number % 19 === 18) return 'lost';
    return number % 11 === 10 ? 'stale' : 'fresh';
  }

  packages(number: number): InstalledPackage[] {
    return NAMES.map((name, index) => {
      const known = CVES.find((one) => one[4] === name || `lib${one[4]}` === name || (one[4] === 'linux' && name.startsWith('linux')));
      const pending = (index + number) % 6 === 0;
      const version = known?.[5] ?? `${1 + (index % 9)}.${index % 17}.${index % 5}-${1 + (index % 3)}`;
      return {
        manager: 'dpkg',
        name,
        architecture: index % 9 ? 'amd64' : 'all',
        version,
        source: name.startsWith('lib') ? name.replace(/^lib|[0-9.-]+$/g, '') : name,
        source_version: version,
        held: index === 31,
        incomplete: index === 47,
        installed_at: index === 12 ? null : ago(20 + index),
        vendor: 'Debian',
        candidate: pending ? (known?.[6] ?? `${2 + (index % 9)}.${index % 17}.0-1+deb12u${1 + (index % 4)}`) : null,
        candidate_security: pending ? index % 4 === 0 : null,
      };
    });
  }

  history(): HistoryEntry[] {
    const changes = ['upgraded', 'added', 'upgraded', 'removed', 'changed', 'downgraded'] as const;
    return NAMES.slice(0, 60).map((name, index) => {
      const change = changes[index % changes.length] ?? 'added';
      const from = change === 'added' ? null : `1.${index}.0-2`;
      const to = change === 'removed' ? null : `1.${index + (change === 'downgraded' ? -1 : 1)}.0-1+deb12u1`;
      return { at: ago(0.3 + index * 0.7), change, manager: 'dpkg' as const, name, architecture: 'amd64', from, to };
    });
  }

  /** Devices that a finding exposes, by number. */
  exposed(index: number): number[] {
    const numbers: number[] = [];
    for (let number = 0; number < this.size; number++) {
      if (this.scenario === 'fresh' || (number % SYSTEMS.length < 3 && (number * 7) % (index + 2) === 0)) numbers.push(number);
    }
    return numbers;
  }

  findings(): FindingDetail[] {
    if (!this.hasAdvisories) return [];
    return CVES.map(([cve, severity, kev, epss, source, version, fixed, summary], index) => {
      const devices = this.exposed(index).length;
      const available = fixed ? Math.floor(devices / 2) : 0;
      return {
        cve,
        advisories: [`DSA-${5400 + index}-1`],
        summary,
        severity,
        kev,
        kev_added: kev ? '2024-07-01T00:00:00Z' : null,
        epss,
        epss_percentile: epss === null ? null : Math.min(0.999, 0.4 + epss * 0.6),
        devices_exposed: devices,
        packages: [source],
        fixed_versions: fixed ? [fixed] : [],
        fix_available_devices: available,
        waits_for_reboot_devices: source === 'linux' && fixed ? Math.floor(devices / 3) : 0,
        class: cve === 'CVE-2023-52340' ? 'kernel-companion' : 'software',
        details: `${summary}.\n\nA remote or local attacker may use this under the conditions that the advisory names. Update the package and restart what uses it.`,
        references: [
          { kind: 'ADVISORY', url: `https://security-tracker.debian.org/tracker/${cve}` },
          { kind: 'WEB', url: `https://www.cve.org/CVERecord?id=${cve}` },
        ],
        vectors: severity === 'unknown' ? [] : ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H'],
        companion_devices: source === 'linux' ? 3 : 0,
        affected: [{ profile: 'Debian:12', source, versions: [{ source_version: version, fixed_version: fixed, devices, fix_available: available }] }],
        provenance: [{ advisory: `DSA-${5400 + index}-1`, feed: 'debian-osv', document_sha256: 'a3f5'.repeat(16), imported_at: ago(0.4) }],
      };
    });
  }
}

function feedsOf(isFed: boolean): Feed[] {
  const feed = (id: string, title: string, source_url: string, licence: string, state: Feed['state'], records: number, error?: string): Feed => ({
    feed: id,
    title,
    source_url,
    licence,
    enabled: true,
    offline: false,
    state: isFed ? state : 'never',
    last_success_at: isFed && state !== 'failed' && state !== 'never' ? ago(0.4) : null,
    last_attempt_at: isFed ? ago(0.1) : null,
    error: isFed ? error : null,
    records: isFed && records > 0 ? records : null,
    document_sha256: isFed && records > 0 ? 'a3f5c0de'.repeat(8) : null,
  });
  return [
    feed('debian-osv', 'Debian security advisories', 'https://osv-vulnerabilities.example/Debian/all.zip', 'CC-BY-4.0', 'ok', 48_211),
    feed('almalinux-osv', 'AlmaLinux errata', 'https://osv-vulnerabilities.example/AlmaLinux/all.zip', 'MIT', 'imported', 4_410),
    feed('cisa-kev', 'CISA known exploited vulnerabilities', 'https://www.cisa.gov/known_exploited_vulnerabilities.json', 'CC0-1.0', 'ok', 1_402),
    feed('epss', 'Exploit Prediction Scoring System', 'https://epss.example/epss_scores-current.csv.gz', 'CC-BY-SA-4.0', 'failed', 287_114, 'The server answered 503 after three tries. The scores of yesterday stay in use.'),
    feed('go-osv', 'Go vulnerability database', 'https://vuln.go.dev/vulndb.zip', 'BSD-3-Clause', 'never', 0),
  ];
}

export function deviceId(number: number): string {
  return `dev_${number.toString(32).padStart(13, '0')}`;
}

export function ago(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString();
}

export function ahead(days: number): string {
  return ago(-days);
}
