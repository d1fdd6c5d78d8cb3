// Arrow keys, Home and End move between the rows' own links or buttons, so that a long table is not a thousand tab stops
// away from what lies below it.
import type { KeyboardEvent } from 'react';

/** Marks the control of a row that takes the focus. Put it on the link or button in the first cell. */
export const ROW_CONTROL = { 'data-row-control': '' } as const;

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** The row to go to, or undefined where the key means nothing here. */
export function targetRow(key: string, row: number, count: number): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = STEPS[key];
  if (step === undefined) return undefined;
  return Math.min(Math.max(row + step, 0), count - 1);
}

/** Handles a key pressed inside a table body; `reveal` scrolls a row into being. */
export function moveBetweenRows(event: KeyboardEvent<HTMLElement>, count: number, reveal: (row: number) => void) {
  const from = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
  if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
  const body = event.currentTarget;
  const to = targetRow(event.key, Number(from.dataset.row), count);
  if (to === undefined) return;
  event.preventDefault();
  reveal(to);
  focusWhenThere(body, to, 10);
}

/** The row may come into being some frames after the scroll. */
function focusWhenThere(body: HTMLElement, row: number, frames: number) {
  const control = body.querySelector<HTMLElement>(`[data-row="${row}"] [data-row-control]`);
  if (control) control.focus({ preventScroll: true });
  else if (frames > 0) requestAnimationFrame(() => focusWhenThere(body, row, frames - 1));
}
