import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

/** What is promised, how it stands and what is stored; for anybody. */
export const trustQuestion = queryOptions({
  queryKey: ['trust'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust', { signal })),
});

/** The signed policy on how data are treated, and its versions; for anybody. */
export const policyQuestion = queryOptions({
  queryKey: ['trust', 'policy'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust/policy', { signal })),
});

/** Who else processes data for the operator; for anybody. */
export const subProcessorsQuestion = queryOptions({
  queryKey: ['trust', 'sub-processors'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust/sub-processors', { signal })),
});

/** For how long the organisation's data are kept, and what goes next. */
export const retentionQuestion = queryOptions({
  queryKey: ['trust', 'retention'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust/retention', { signal })),
});

/** How the organisation's own data fare, looked at when it is asked. */
export const ownTrustQuestion = queryOptions({
  queryKey: ['trust', 'tenant'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/trust/tenant', { signal })),
});
