import type { Device, Os } from '../api/shape.ts';

/** What a device is called: its name, or its id where the host keeps its name to itself. */
export function deviceName(device: Pick<Device, 'device' | 'name'>): string {
  return device.name || device.device;
}

/** An operating system in short, as in "debian 12"; undefined where it is not collected. */
export function osName(os: Os | null | undefined): string | undefined {
  if (!os) return undefined;
  return os.version_id ? `${os.id} ${os.version_id}` : os.id;
}
