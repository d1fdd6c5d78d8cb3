import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';
import type { DeviceFilter } from './filter.ts';

/** How often a list that people watch is asked for again. */
const WATCH_MS = 30_000;
/** Pages that are watched at most. */
const WATCHED_PAGES_MAX = 3;

export const devicesQuestion = (filter: DeviceFilter) => ({
  ...pagesOf(['devices', 'list', filter], (page, signal) =>
    answered(api.GET('/api/v1/devices', { params: { query: { ...filter, ...page } }, signal })),
  ),
  // Asking again asks for every page that is loaded, which is too much for who has scrolled far.
  refetchInterval: ({ state }: { state: { data?: { pages: unknown[] } } }) => ((state.data?.pages.length ?? 0) <= WATCHED_PAGES_MAX ? WATCH_MS : false),
});

export const summaryQuestion = queryOptions({
  queryKey: ['devices', 'summary'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/devices/summary', { signal })),
  refetchInterval: WATCH_MS,
});

export const groupsQuestion = queryOptions({
  queryKey: ['groups'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/groups', { params: { query: { limit: 1_000 } }, signal })),
});
