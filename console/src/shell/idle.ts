// When somebody last did something in any tab of this console. Lists that fetch themselves anew are nobody's doing.

/** Where the time is kept, in milliseconds since 1970: all tabs share it. */
const STORAGE_KEY = 'purser-active-at';
/** It is written at most this often. */
export const NOTED_EVERY_MS = 5_000;

type Kept = Pick<Storage, 'getItem' | 'setItem'>;

/** Notes that somebody does something. */
export function noteActivity(kept: Kept, now: number) {
  const before = Number(kept.getItem(STORAGE_KEY) ?? 0);
  if (now - before >= NOTED_EVERY_MS || before > now) kept.setItem(STORAGE_KEY, String(now));
}

/** Whether nobody has done anything for so long. */
export function isIdle(kept: Kept, now: number, idleSeconds: number): boolean {
  return now - Number(kept.getItem(STORAGE_KEY) ?? now) >= idleSeconds * 1_000;
}
