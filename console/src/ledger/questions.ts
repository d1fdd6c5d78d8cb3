import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';

export const checkpointQuestion = queryOptions({
  queryKey: ['ledger', 'checkpoint'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/ledger/checkpoint', { signal })),
});

export const leavesQuestion = pagesOf(['ledger', 'leaves', ''], (page, signal) =>
  answered(api.GET('/api/v1/ledger/leaves', { params: { query: page }, signal })),
);

/** An entry with the proof that it is in the ledger: what `purser verify proof` takes. */
export const proofOf = (leaf: string) => answered(api.GET('/api/v1/ledger/leaves/{leaf}/proof', { params: { path: { leaf } } }));
