// A sheet of the ledger: a titled surface.
import { Link, type LinkProps } from '@tanstack/react-router';
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

export interface StripEntry {
  name: string;
  value: ReactNode;
  tone?: string;
  /** Where the things stand that are counted here. */
  link?: Pick<LinkProps, 'to' | 'params' | 'search'>;
}

/** Numbers in a ruled strip; the first is the total and has the accountant's double line. */
export function Strip(props: { label: string; entries: StripEntry[] }) {
  return (
    <dl className={styles.strip} aria-label={props.label}>
      {props.entries.map((entry, index) => (
        <div key={entry.name} className={styles.entry} data-total={index === 0 || undefined} data-tone={entry.tone}>
          <dt>{entry.name}</dt>
          <dd>
            {entry.link ? (
              <Link {...entry.link} className={styles.figure}>
                {entry.value}
                <span className="unseen"> {entry.name}</span>
              </Link>
            ) : (
              <span className={styles.figure}>{entry.value}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
