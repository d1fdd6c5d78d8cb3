// What must be true before everything of an organisation is erased.
import type { Export } from '../api/shape.ts';

/** Whether every value in it opened when it was made. What somebody changed in the database is nowhere but in the database. */
export const isWhole = (exported: Export | undefined) => exported?.altered_values === 0;

/** Whether it may be erased: its export is there and whole, is the very one that was verified, and what proves the erasure is kept. */
export const mayErase = (exported: Export | undefined, verified: string | undefined, isKept: boolean) =>
  exported !== undefined && isWhole(exported) && exported.export === verified && isKept;
