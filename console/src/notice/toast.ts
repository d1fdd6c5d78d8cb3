// Short notes that something was done, or failed. A failure shows the problem's own title, detail and request id.
import { notifications } from '@mantine/notifications';
import { ProblemError } from '../api/problem.ts';
import type { Text } from '../language/Language.tsx';

/** How long a good note stays. A failure stays until it is closed, since its request id may have to be copied. */
const NOTE_TIME_MS = 5_000;

export function toastDone(text: Text, message: string) {
  notifications.show({
    message,
    color: 'teal',
    autoClose: NOTE_TIME_MS,
    withBorder: true,
    closeButtonProps: { 'aria-label': text('close') },
  });
}

export function toastProblem(text: Text, failure: unknown) {
  const told = tellProblem(text, failure);
  const request = told.request ? `\n${text('problem-request', { request: told.request })}` : '';
  notifications.show({
    id: `${told.title}${told.detail}`,
    title: told.title,
    message: `${told.detail}${request}`,
    color: 'red',
    autoClose: false,
    withBorder: true,
    style: { whiteSpace: 'pre-line' },
    closeButtonProps: { 'aria-label': text('close') },
  });
}

export interface ToldProblem {
  title: string;
  detail: string;
  request?: string;
  field?: string;
}

/** A failure in words. */
export function tellProblem(text: Text, failure: unknown): ToldProblem {
  if (!(failure instanceof ProblemError)) {
    return { title: text('problem-console'), detail: failure instanceof Error ? failure.message : String(failure) };
  }
  if (failure.isUnreachable) return { title: text('problem-unreachable'), detail: text('problem-unreachable-detail') };
  const { title, detail, request, field } = failure.problem;
  return { title, detail, request, field };
}
