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

/** The proof that an entry is in the ledger, as a file, and the key that it is verified with. */
export interface SavedProof {
  name: string;
  text: string;
  key: string;
}

/** What `purser verify proof` takes. As the server wrote it: an entry holds ids of 63 bits, and JavaScript's numbers would alter them. */
export async function proofOf(leaf: string): Promise<SavedProof> {
  const text = await answered(api.GET('/api/v1/ledger/leaves/{leaf}/proof', { params: { path: { leaf } }, parseAs: 'text' }));
  const { key } = JSON.parse(text) as { key: string };
  return { name: `proof-${leaf}.json`, text, key };
}
