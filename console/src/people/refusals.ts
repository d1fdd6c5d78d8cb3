// A refusal that has another reason where roles are given: not that the right lacks, but that the roles reach further.
import { ProblemError } from '../api/problem.ts';

/** The failure under its own name, by which it is told in the reader's language. */
export function refusalOfRoles(failure: Error | null): Error | null {
  if (!(failure instanceof ProblemError) || failure.slug !== 'forbidden') return failure;
  return new ProblemError({ ...failure.problem, type: failure.problem.type.replace(/forbidden$/, 'roles-more-than-own') });
}
