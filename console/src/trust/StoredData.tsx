// Everything that is stored: what it is for, where it lies, for how long, how it is erased; by how near it comes to somebody.
import type { StoredTable } from '../api/shape.ts';
import { useLanguage, useText, useWord } from '../language/Language.tsx';
import { Tag } from '../look/marks.tsx';
import { Panel } from '../shell/Panel.tsx';
import { groupOf, GROUPS, sealsOf } from './stored.ts';
import styles from './trust.module.css';

export function StoredData({ tables }: { tables: StoredTable[] }) {
  const text = useText();
  return (
    <Panel flush title={text('trust-stored')} note={text('trust-stored-note')}>
      {GROUPS.map((group) => {
        const own = tables.filter((table) => groupOf(table) === group);
        if (own.length === 0) return null;
        return (
          <section key={group} className={styles.group} aria-label={text(`stored-${group}`)}>
            <h3 className={styles.subtitle}>{text(`stored-${group}`)}</h3>
            <ul className={styles.tables}>
              {own.map((table) => (
                <li key={`${table.store}.${table.table}`}>
                  <OneTable table={table} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </Panel>
  );
}

function OneTable({ table }: { table: StoredTable }) {
  const { language, text } = useLanguage();
  const word = useWord();
  const seals = sealsOf(table);
  const kept = table.retention === 'days' ? text('retention-days', { days: table.retention_days ?? 0 }) : word('retention', table.retention);
  return (
    <details className={styles.table}>
      <summary>
        <span className={styles.purpose}>{table.purpose[language]}</span>
        <span className={styles.how}>
          {word('store', table.store)} · {kept} · {word('erasure', table.erasure)}
        </span>
        <span className={styles.seals}>
          {seals.map((seal) => (
            <Tag key={seal} tone="good">
              {word('storage', seal)}
            </Tag>
          ))}
        </span>
      </summary>
      <ul className={styles.columns}>
        {table.columns.map((column) => (
          <li key={column.name}>
            <code>{column.name}</code> {word('class', column.class)}, {word('storage', column.storage)}
          </li>
        ))}
      </ul>
    </details>
  );
}
