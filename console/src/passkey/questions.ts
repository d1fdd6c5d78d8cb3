import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

/** Whether passkeys work at this server, and at which origin. */
export const passkeySignInQuestion = queryOptions({
  queryKey: ['passkey-sign-in'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/session/passkey', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const passkeysQuestion = queryOptions({
  queryKey: ['account', 'passkeys'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/account/passkeys', { signal })),
});
