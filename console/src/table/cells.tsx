// What the first cell of a row holds: its name, and below it in a narrow table the facts whose columns are hidden there.
import type { ReactNode } from 'react';
import styles from './cells.module.css';
import { useNarrow } from './useNarrow.ts';

export function NameCell(props: { children: ReactNode; narrow?: ReactNode; wide?: ReactNode }) {
  const isNarrow = useNarrow();
  return (
    <div className={styles.name}>
      <div className={styles.line}>
        {props.children}
        {!isNarrow && props.wide}
      </div>
      {isNarrow && props.narrow && <div className={styles.second}>{props.narrow}</div>}
    </div>
  );
}
