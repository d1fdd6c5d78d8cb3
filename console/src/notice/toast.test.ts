import { afterEach, expect, test, vi } from 'vitest';
import { closeToast, toastDone, toastProblem, toastStore } from './toast.ts';

const text = (id: string) => id;
const said = () => toastStore.current().map((one) => one.message ?? one.problem?.detail);

afterEach(() => {
  for (const one of toastStore.current()) closeToast(one.key);
  vi.useRealTimers();
});

test('a good note goes by itself, a failure stays until it is closed', () => {
  vi.useFakeTimers();
  toastDone('saved');
  toastProblem(text, new Error('broken'));
  vi.advanceTimersByTime(60_000);
  expect(said()).toEqual(['problem-console-detail broken']);
  closeToast(toastStore.current()[0]?.key ?? 0);
  expect(said()).toEqual([]);
});

test('the same failure twice is one note, and of many the newest stay', () => {
  vi.useFakeTimers();
  toastProblem(text, new Error('broken'));
  toastProblem(text, new Error('broken'));
  expect(said()).toEqual(['problem-console-detail broken']);
  for (const name of ['a', 'b', 'c', 'd', 'e']) toastDone(name);
  expect(said()).toEqual(['b', 'c', 'd', 'e']);
});
