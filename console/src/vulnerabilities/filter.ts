// The view, filter and order of the vulnerabilities page, as they stand in the address.

export const FINDING_SORTS = ['kev', 'epss', 'devices', 'severity'] as const;
export type FindingSort = (typeof FINDING_SORTS)[number];

export interface FindingFilter {
  view?: 'packages';
  q?: string;
  kev?: 'yes';
  /** Whether kernel companions are listed with the software. */
  companions?: 'yes';
  sort?: FindingSort;
}

export function readFindingFilter(search: Record<string, unknown>): FindingFilter {
  return {
    view: search.view === 'packages' ? 'packages' : undefined,
    q: typeof search.q === 'string' && search.q.trim() !== '' ? search.q : undefined,
    kev: search.kev === 'yes' ? 'yes' : undefined,
    companions: search.companions === 'yes' ? 'yes' : undefined,
    sort: FINDING_SORTS.find((sort) => sort === search.sort),
  };
}

/**
 * The filter as the API takes it: what is known to be exploited comes first unless another order is asked for, and kernel
 * companions stay folded away unless they are asked for.
 */
export function queryOf(filter: FindingFilter): { q?: string; kev?: true; class?: 'software'; sort: FindingSort } {
  return {
    q: filter.q,
    kev: filter.kev && true,
    class: filter.companions ? undefined : 'software',
    sort: filter.sort ?? 'kev',
  };
}
