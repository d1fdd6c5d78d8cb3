// Keyset pages as TanStack Query pages: the cursor of one answer asks for the next.
import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Page } from './shape.ts';

/** Rows asked for at a time. */
export const PAGE_ROWS = 200;

/**
 * The question of a list. Its last part is the filter: while another filter's answer is on its way, the answer before
 * stays, so that a table does not go and come with every key. Another list's answer never stands in.
 */
export function pagesOf<Answer extends Page<unknown>>(
  key: readonly unknown[],
  ask: (page: { cursor?: string; limit: number }, signal: AbortSignal) => Promise<Answer>,
) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => ask({ cursor: pageParam, limit: PAGE_ROWS }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Answer) => last.next ?? undefined,
    placeholderData: (previous, question) => (question && isSameList(question.queryKey, key) ? previous : undefined),
  });
}

/** Whether two questions differ in their filter alone. */
export function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && other.slice(0, -1).every((part, index) => one[index] === part);
}

/** All rows of the pages fetched so far. */
export function rowsOf<Row>(data: { pages: Page<Row>[] } | undefined): Row[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
