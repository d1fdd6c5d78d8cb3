import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';
import type { Export } from '../api/shape.ts';

/** Under which everything about exports is remembered. */
export const EXPORTS_KEY = ['exports'];
/** How often it is asked how far an export is that is being made, in milliseconds. */
const WHILE_MADE_MS = 2_000;

export const isUnmade = (one: Export) => one.state === 'waiting' || one.state === 'running';

export const exportsQuestion = {
  ...pagesOf([...EXPORTS_KEY, ''], (page, signal) => answered(api.GET('/api/v1/exports', { params: { query: page }, signal }))),
  refetchInterval: (query: { state: { data?: { pages: { items: Export[] }[] } } }) =>
    query.state.data?.pages.some((page) => page.items.some(isUnmade)) ? WHILE_MADE_MS : false,
} as const;

/** Where the browser fetches the file: as any download, so that it is never held in memory. */
export const fileOf = (one: Export) => `/api/v1/exports/${one.export}/file`;
