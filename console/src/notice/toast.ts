// Short notes that something was done, or failed. They are kept here, outside of React, so that any act can leave one;
// `Toasts` shows them.
import type { Text } from '../language/Language.tsx';
import { tellProblem, type ToldProblem } from './problems.ts';

/** How long a good note stays. A failure stays until it is closed, since its request id may have to be copied. */
const NOTE_TIME_MS = 5_000;
/** Notes shown at a time; an older one makes room. */
const NOTES_MAX = 4;

export interface Toast {
  key: number;
  message?: string;
  problem?: ToldProblem;
}

let toasts: readonly Toast[] = [];
let lastKey = 0;
const listeners = new Set<() => void>();

/** The notes that stand now, for `useSyncExternalStore`. */
export const toastStore = {
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  current: () => toasts,
};

export function toastDone(message: string) {
  const key = show({ message });
  setTimeout(() => closeToast(key), NOTE_TIME_MS);
}

/** The same failure twice is one note. */
export function toastProblem(text: Text, failure: unknown) {
  const problem = tellProblem(text, failure);
  const isSame = (one: Toast) => one.problem?.title === problem.title && one.problem.detail === problem.detail;
  change(toasts.filter((one) => !isSame(one)));
  show({ problem });
}

export function closeToast(key: number) {
  change(toasts.filter((one) => one.key !== key));
}

function show(toast: Omit<Toast, 'key'>): number {
  lastKey += 1;
  change([...toasts, { ...toast, key: lastKey }].slice(-NOTES_MAX));
  return lastKey;
}

function change(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}
