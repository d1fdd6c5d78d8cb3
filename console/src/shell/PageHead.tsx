// A page's title, what it is about, and what can be done on it; it also names the page in the browser's tab.
import { useEffect, type ReactNode } from 'react';
import styles from './PageHead.module.css';

/** `part` is the tab that is shown; it stands in the browser's title alone. */
export function PageHead(props: { title: string; part?: string; mono?: boolean; above?: ReactNode; below?: ReactNode; children?: ReactNode }) {
  usePageTitle(props.part ? `${props.part} · ${props.title}` : props.title);
  return (
    <div className={styles.head}>
      <div className={styles.words}>
        {props.above && <div className={styles.above}>{props.above}</div>}
        <h1 className={props.mono ? `${styles.title} mono` : styles.title}>{props.title}</h1>
        {props.below && <div className={styles.below}>{props.below}</div>}
      </div>
      {props.children && <div className={styles.actions}>{props.children}</div>}
    </div>
  );
}

export function usePageTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Purser`;
  }, [title]);
}
