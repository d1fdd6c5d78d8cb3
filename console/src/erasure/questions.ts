import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';

/** Under which everything about erasures is remembered. */
export const ERASURES_KEY = ['erasures'];

export const erasuresQuestion = pagesOf([...ERASURES_KEY, ''], (page, signal) =>
  answered(api.GET('/api/v1/erasures', { params: { query: page }, signal })),
);

/**
 * The receipt of an erasure that is done: what `purser verify receipt` takes. As the server wrote it: a number of an id has more
 * digits than a browser keeps, and one digit that differs is another receipt.
 */
export const receiptOf = (erasure: string) =>
  answered(api.GET('/api/v1/erasures/{erasure}/receipt', { params: { path: { erasure } }, parseAs: 'text' }));
