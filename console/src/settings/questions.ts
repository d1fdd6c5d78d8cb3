import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

/** A list of tokens is short; one page of the largest size holds any. */
const TOKENS_MAX = 1_000;

export const settingsQuestion = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/settings', { signal })),
});

export const tokensQuestion = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/tokens', { params: { query: { limit: TOKENS_MAX } }, signal })),
});

export const enrolmentTokensQuestion = queryOptions({
  queryKey: ['enrolment-tokens'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/enrolment-tokens', { params: { query: { limit: TOKENS_MAX } }, signal })),
});

/** Whose tokens are: for whoever may see the people, and without asking twice where not. */
export const ownersQuestion = queryOptions({
  queryKey: ['people', 'owners'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/people', { params: { query: { limit: TOKENS_MAX } }, signal })),
  retry: false,
});

export const accessPolicyQuestion = queryOptions({
  queryKey: ['access-policy'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/access-policy', { signal })),
});

export const directoryQuestion = queryOptions({
  queryKey: ['directory'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/directory', { signal })),
});

export const providersQuestion = queryOptions({
  queryKey: ['sign-on-providers'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/sign-on/providers', { signal })),
});
