import { expect, test } from 'vitest';
import { ProblemError, problemOf } from './problem.ts';

test('a problem keeps its detail, its field and its request id', () => {
  const body = { type: 'https://purser.dev/problems/invalid', title: 'Part', detail: 'Name it.', field: 'name', request: 'req_1' };
  expect(problemOf(422, body, 'req_2')).toEqual({ ...body, status: 422 });
});

test('a page of a proxy still gives a problem with the request id of the header', () => {
  expect(problemOf(502, '<html>', 'req_9')).toEqual({
    type: 'about:blank',
    title: 'HTTP 502',
    status: 502,
    detail: '',
    field: undefined,
    request: 'req_9',
  });
});

test('no answer is told apart from a bad answer', () => {
  expect(ProblemError.unreachable(new TypeError('failed')).isUnreachable).toBe(true);
  expect(new ProblemError(problemOf(500, {}, null)).isUnreachable).toBe(false);
});
