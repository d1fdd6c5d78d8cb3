// Short notes that something was done, or failed. A failure shows its title, its detail and the request id.
import { notifications } from '@mantine/notifications';
import type { Text } from '../language/Language.tsx';
import { tellProblem } from './problems.ts';

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
