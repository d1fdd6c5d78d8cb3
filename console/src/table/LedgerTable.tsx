// A table of any length. Only the rows in view exist; pages are fetched as the reader nears their end. The page itself
// scrolls, not a box inside it. To assistive technology it is a table that knows its full length.
import { useTable, type RowData } from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties } from 'react';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { type Column, features } from './columns.ts';
import styles from './LedgerTable.module.css';
import { moveBetweenRows } from './row-keys.ts';
import { useNarrow } from './useNarrow.ts';

/** Rows rendered beyond the window, and how near the end of what is loaded the next page is asked for. */
const OVERSCAN_ROWS = 12;
const FETCH_AHEAD_ROWS = 40;

export interface LedgerTableProps<Row extends RowData> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  /** Row heights in pixels, wide and narrow. */
  heights?: [number, number];
  /** Rows there are in all, where the server says so. */
  total?: number;
  more?: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  sort?: { by?: string; onSort: (by: string) => void };
  /** Marks rows that stand out, as retired devices do. */
  dim?: (row: Row) => boolean;
}

export function LedgerTable<Row extends RowData>(props: LedgerTableProps<Row>) {
  const { label, rows, rowKey, more, sort, heights = [40, 58] } = props;
  const text = useText();
  const isNarrow = useNarrow();
  const columns = isNarrow ? props.columns.filter((one) => one.meta.narrow !== 'hide') : props.columns;
  const table = useTable({ features, columns: columns as Column<Row>[], data: rows, getRowId: rowKey });
  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  const height = heights[isNarrow ? 1 : 0];

  // Where the body begins moves whenever something above it grows, which the height of the whole page tells.
  useLayoutEffect(() => {
    const measure = () => setScrollMargin(Math.round((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => height, overscan: OVERSCAN_ROWS, scrollMargin });
  useEffect(() => virtual.measure(), [height, virtual]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more?.hasNextPage && !more.isFetchingNextPage && last >= rows.length - FETCH_AHEAD_ROWS) more.fetchNextPage();
  }, [last, rows.length, more]);

  const model = table.getRowModel().rows;
  const tracks = { '--tracks': columns.map((one, index) => (isNarrow && index === 0 ? 'minmax(0, 1fr)' : one.meta.track)).join(' '), '--row-height': `${height}px` } as CSSProperties;
  const length = more?.hasNextPage ? (props.total ?? -1) : rows.length;
  return (
    <div role="table" aria-label={label} aria-rowcount={length < 0 ? -1 : length + 1} className={styles.table} style={tracks}>
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.row}>
          {columns.map((one) => (
            <HeadCell key={one.id} column={one} sort={sort} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        ref={body}
        className={styles.body}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={(event) => moveBetweenRows(event, rows.length, (row) => virtual.scrollToIndex(row))}
      >
        {items.map((item) => {
          const row = model[item.index];
          if (!row) return null;
          return (
            <div
              role="row"
              key={row.id}
              data-row={item.index}
              aria-rowindex={item.index + 2}
              className={styles.row}
              data-dim={props.dim?.(row.original) || undefined}
              style={{ transform: `translateY(${item.start - scrollMargin}px)` }}
            >
              {row.getAllCells().map((cell) => (
                <div role="cell" key={cell.id} className={styles.cell} data-align={(cell.column.columnDef as Column<Row>).meta.align}>
                  <table.FlexRender cell={cell} />
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {more?.isFetchingNextPage && (
        <p className={styles.more} role="status">
          {text('loading-more')}
        </p>
      )}
    </div>
  );
}

function HeadCell<Row extends RowData>(props: { column: Column<Row>; sort: LedgerTableProps<Row>['sort'] }) {
  const { column, sort } = props;
  const name = String(column.header ?? '');
  const by = column.meta.sort;
  const isSorted = Boolean(by && sort?.by === by);
  return (
    <div
      role="columnheader"
      className={styles.headCell}
      data-align={column.meta.align}
      aria-sort={by && sort ? (isSorted ? (column.meta.ascending ? 'ascending' : 'descending') : 'none') : undefined}
    >
      {by && sort ? (
        <button type="button" className={styles.sort} data-on={isSorted || undefined} onClick={() => sort.onSort(by)}>
          {name}
          <Icon name={column.meta.ascending ? 'up' : 'down'} size={13} />
        </button>
      ) : (
        name
      )}
    </div>
  );
}
