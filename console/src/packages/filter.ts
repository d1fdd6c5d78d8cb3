// The filter of a device's packages, as it stands in the address and as the API takes it.

export const PENDING_KINDS = ['any', 'security'] as const;

export interface PackageFilter {
  q?: string;
  pending?: (typeof PENDING_KINDS)[number];
}

export function readPackageFilter(search: Record<string, unknown>): PackageFilter {
  const q = typeof search.q === 'string' && search.q.trim() !== '' ? search.q : undefined;
  return { q, pending: PENDING_KINDS.find((kind) => kind === search.pending) };
}
