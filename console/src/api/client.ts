// The one door to the API. Every answer that is not a success becomes a `ProblemError`, which carries the problem+json
// of the server; a 401 anywhere but at sign-in itself tells whoever listens that the session is over.
import createClient from 'openapi-fetch';
import { ProblemError, problemOf } from './problem.ts';
import type { paths } from './types.d.ts';

/** How long an answer may take before the console says that the server does not answer. */
export const ANSWER_TIME_MS_MAX = 35_000;

type Listener = () => void;
let sessionEnded: Listener = () => {};

/** Registers what happens when the server says that nobody is signed in. */
export function onSessionEnd(listener: Listener) {
  sessionEnded = listener;
}

export const api = createClient<paths>({
  baseUrl: '/',
  credentials: 'same-origin',
  headers: { accept: 'application/json, application/problem+json' },
  fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_TIME_MS_MAX)]) }),
});

/** Paths whose 401 means "wrong password", not "session over". */
const SIGN_IN_PATHS = ['/api/v1/session', '/api/v1/setup/begin', '/api/v1/setup/finish'];

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

/** Unpacks an answer of `api`, or throws a `ProblemError`. */
export async function answered<Data>(call: Promise<Answer<Data>>): Promise<Exclude<Data, undefined>> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw ProblemError.unreachable(cause);
  }
  if (answer.response.ok) return answer.data as Exclude<Data, undefined>;
  if (answer.response.status === 401) noticeEnd(answer.response.url);
  throw new ProblemError(problemOf(answer.response.status, answer.error, answer.response.headers.get('x-request-id')));
}

/** Tells the listener that the session is over, unless the address is one where 401 says something else. */
export function noticeEnd(url: string) {
  const path = new URL(url, location.origin).pathname;
  if (!SIGN_IN_PATHS.includes(path)) sessionEnded();
}
