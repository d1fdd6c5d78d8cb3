// The columns of a ledger table. Sorting and filtering are the server's, so no feature of TanStack Table is loaded for them.
import { type ColumnDef, type RowData, tableFeatures } from '@tanstack/react-table';
import type { ReactNode } from 'react';

export interface ColumnMeta {
  /** Track of the CSS grid, as in `minmax(160px, 2fr)` or `90px`. */
  track: string;
  align?: 'end';
  /** Whether the column stays where the table is narrow; the first one always does. */
  narrow?: 'hide';
  /** The server's name of the order by this column. */
  sort?: string;
  /** Whether that order begins with the smallest. */
  ascending?: true;
}

export const features = tableFeatures({ columnMeta: {} as ColumnMeta });

export type Column<Row extends RowData> = ColumnDef<typeof features, Row> & { meta: ColumnMeta };

/** A column of one cell renderer. */
export function column<Row extends RowData>(id: string, header: string, cell: (row: Row) => ReactNode, meta: ColumnMeta): Column<Row> {
  return { id, header, meta, cell: (context) => cell(context.row.original) } as Column<Row>;
}
