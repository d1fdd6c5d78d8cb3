import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import type { Session } from '../api/shape.ts';

/** Who is signed in; null where nobody is. */
export const sessionQuestion = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session | null> => {
    try {
      return await answered(api.GET('/api/v1/session'));
    } catch (failure) {
      if (failure instanceof ProblemError && failure.problem.status === 401) return null;
      throw failure;
    }
  },
  staleTime: 60_000,
});
