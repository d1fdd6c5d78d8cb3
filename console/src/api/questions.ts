// How questions to the server are kept: briefly fresh, asked again when the window comes back, and tried again only where
// the failure may pass.
import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem.ts';

const FRESH_MS = 10_000;
const TRIES_MAX = 2;

export function questionsClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (tries, failure) => tries < TRIES_MAX && mayPass(failure),
      },
    },
  });
}

/** Whether asking again may help: no answer at all, or a fault of the server's. */
export function mayPass(failure: unknown): boolean {
  if (!(failure instanceof ProblemError)) return false;
  return failure.isUnreachable || failure.problem.status >= 500;
}
