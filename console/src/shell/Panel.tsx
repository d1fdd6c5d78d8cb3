// A sheet of the ledger: a titled surface.
import { useId, type ReactNode } from 'react';
import styles from './Panel.module.css';

export function Panel(props: { title?: string; note?: ReactNode; action?: ReactNode; flush?: boolean; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={props.title ? id : undefined}>
      {props.title && (
        <div className={styles.head}>
          <h2 id={id} className={styles.title}>
            {props.title}
          </h2>
          {props.note && <div className={styles.note}>{props.note}</div>}
          {props.action && <div className={styles.action}>{props.action}</div>}
        </div>
      )}
      <div className={props.flush ? undefined : styles.body}>{props.children}</div>
    </section>
  );
}

/** Names and values in two columns. */
export function Facts(props: { facts: { name: string; value: ReactNode }[] }) {
  return (
    <dl className={styles.facts}>
      {props.facts.map((fact) => (
        <div key={fact.name} className={styles.fact}>
          <dt>{fact.name}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Numbers in a ruled strip; the first is the total and has the accountant's double line. */
export function Strip(props: { label: string; entries: { name: string; value: ReactNode; tone?: string; action?: ReactNode }[] }) {
  return (
    <dl className={styles.strip} aria-label={props.label}>
      {props.entries.map((entry, index) => (
        <div key={entry.name} className={styles.entry} data-total={index === 0 || undefined} data-tone={entry.tone}>
          <dt>{entry.name}</dt>
          <dd>
            <span className={styles.figure}>{entry.value}</span>
            {entry.action}
          </dd>
        </div>
      ))}
    </dl>
  );
}
