// A failure as the server tells it (RFC 9457), and the one failure that the server cannot tell: that it is away.
import type { Problem } from './shape.ts';

/** What a problem's `type` begins with; the rest is the slug. */
const TYPE_BASE = 'https://purser.dev/problems/';

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.title}: ${problem.detail}`, options);
    this.name = 'ProblemError';
    this.problem = problem;
  }

  /** The server gave no answer at all. */
  static unreachable(cause: unknown) {
    return new ProblemError({ type: `${TYPE_BASE}unreachable`, title: '', status: 0, detail: '' }, { cause });
  }

  get slug() {
    return this.problem.type.replace(TYPE_BASE, '');
  }

  get isUnreachable() {
    return this.problem.status === 0;
  }
}

/** Reads a body that should be a problem; a proxy's page or an empty body still gives a usable one. */
export function problemOf(status: number, body: unknown, request: string | null): Problem {
  const given = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {};
  return {
    type: given.type ?? 'about:blank',
    title: given.title ?? `HTTP ${status}`,
    status,
    detail: given.detail ?? '',
    field: given.field,
    request: given.request ?? request ?? undefined,
  };
}
