// The filter of the device list, as it stands in the address and as the API takes it.
import type { DeviceStatus } from '../api/shape.ts';

export const DEVICE_STATUSES = ['fresh', 'stale', 'lost', 'retired'] as const satisfies DeviceStatus[];
export const DEVICE_SORTS = ['name', 'last_seen'] as const;

export interface DeviceFilter {
  q?: string;
  status?: DeviceStatus;
  os?: string;
  group?: string;
  label?: string;
  sort?: (typeof DEVICE_SORTS)[number];
}

/** Reads a filter from an address; what it does not know is left out. */
export function readDeviceFilter(search: Record<string, unknown>): DeviceFilter {
  return {
    q: textOf(search.q),
    status: oneOf(DEVICE_STATUSES, search.status),
    os: textOf(search.os),
    group: textOf(search.group),
    label: textOf(search.label),
    sort: oneOf(DEVICE_SORTS, search.sort),
  };
}

/** Whether the filter leaves devices out. */
export function isNarrowing(filter: DeviceFilter): boolean {
  const { sort: _, ...conditions } = filter;
  return Object.values(conditions).some((value) => value !== undefined);
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}
