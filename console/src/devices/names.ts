import type { Device, Os } from '../api/shape.ts';

/** What a device is called: its name, or its id where the host keeps its name to itself. */
export function deviceName(device: Pick<Device, 'device' | 'name'>): string {
  return device.name || device.device;
}

/** How distributions write themselves; one that is not here is told by its id. */
const SYSTEMS: Record<string, string> = {
  almalinux: 'AlmaLinux',
  alpine: 'Alpine',
  amzn: 'Amazon Linux',
  arch: 'Arch Linux',
  centos: 'CentOS',
  debian: 'Debian',
  fedora: 'Fedora',
  linuxmint: 'Linux Mint',
  ol: 'Oracle Linux',
  opensuse: 'openSUSE',
  'opensuse-leap': 'openSUSE Leap',
  'opensuse-tumbleweed': 'openSUSE Tumbleweed',
  raspbian: 'Raspbian',
  rhel: 'RHEL',
  rocky: 'Rocky Linux',
  sles: 'SLES',
  ubuntu: 'Ubuntu',
};

/** An operating system by its id, as in "debian" or "debian/12". */
export function systemName(id: string): string {
  const [name = '', version] = id.split('/');
  return [SYSTEMS[name] ?? name, version].filter(Boolean).join(' ');
}

/** An operating system in short, as in "Debian 12"; undefined where it is not collected. */
export function osName(os: Os | null | undefined): string | undefined {
  if (!os) return undefined;
  return systemName(os.version_id ? `${os.id}/${os.version_id}` : os.id);
}
