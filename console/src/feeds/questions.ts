import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

/** How often the feeds are asked for while one of them is being fetched, and otherwise. */
const BUSY_MS = 1_500;
const IDLE_MS = 60_000;

export const feedsQuestion = queryOptions({
  queryKey: ['feeds'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/feeds', { signal })),
  refetchInterval: (query) => (query.state.data?.items.some((feed) => feed.state === 'fetching') ? BUSY_MS : IDLE_MS),
});
