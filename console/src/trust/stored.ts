// How near what is stored comes to somebody.
import type { StoredTable } from '../api/shape.ts';

/** The nearest first. */
export const GROUPS = ['personal', 'identifying', 'secret', 'configuration', 'public'] as const;

export type Group = (typeof GROUPS)[number];

/** The nearest class of a table's columns; ids, times and numbers where it has none. */
export function groupOf(table: StoredTable): Group {
  return GROUPS.find((group) => table.columns.some((column) => column.class === group)) ?? 'configuration';
}

/** How the columns are stored that are not in clear, each way once. */
export function sealsOf(table: StoredTable): string[] {
  return [...new Set(table.columns.map((column) => column.storage).filter((storage) => storage !== 'clear'))];
}
