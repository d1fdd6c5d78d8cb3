// Keyset pages as TanStack Query pages: the cursor of one answer asks for the next.
import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Page } from './shape.ts';

/** Rows asked for at a time. */
export const PAGE_ROWS = 200;

export function pagesOf<Answer extends Page<unknown>>(
  key: readonly unknown[],
  ask: (page: { cursor?: string; limit: number }, signal: AbortSignal) => Promise<Answer>,
) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => ask({ cursor: pageParam, limit: PAGE_ROWS }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Answer) => last.next ?? undefined,
  });
}

/** All rows of the pages fetched so far. */
export function rowsOf<Row>(data: { pages: Page<Row>[] } | undefined): Row[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
