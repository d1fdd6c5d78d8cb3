import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

export const sessionsQuestion = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/account/sessions', { signal })),
});

export const historyQuestion = queryOptions({
  queryKey: ['account', 'history'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/account/history', { signal })),
});

export const recoveryCodesQuestion = queryOptions({
  queryKey: ['account', 'recovery-codes'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/account/recovery-codes', { signal })),
});
