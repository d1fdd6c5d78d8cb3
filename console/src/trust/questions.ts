import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

/** What is promised, how it stands and what is stored; for anybody. */
export const trustQuestion = queryOptions({
  queryKey: ['trust'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust', { signal })),
});

/** How the organisation's own data fare, looked at when it is asked. */
export const ownTrustQuestion = queryOptions({
  queryKey: ['trust', 'tenant'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust/tenant', { signal })),
});
