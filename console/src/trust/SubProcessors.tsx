// Who else processes data for the operator: the public register. Nobody, where it is empty.
import type { SubProcessor } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Moment, Tag, type Tone } from '../look/marks.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import styles from './trust.module.css';

const TONES: Record<string, Tone> = { effective: 'good', announced: 'warn' };

export function SubProcessors({ entries }: { entries: SubProcessor[] }) {
  const text = useText();
  const word = useWord();
  return (
    <Panel flush title={text('shared')} note={text('shared-note')}>
      {entries.length === 0 ? (
        <p className={styles.nobody}>{text('shared-nobody')}</p>
      ) : (
        <ul className={styles.tables} aria-label={text('shared')}>
          {entries.map((one) => (
            <li key={`${one.sub_processor}.${one.version}`}>
              <details className={styles.table}>
                <summary>
                  <span className={styles.purpose}>
                    {one.name}: {one.operations}
                  </span>
                  <span className={styles.seals}>
                    <Tag tone={TONES[one.state] ?? 'plain'}>{word('register', one.state)}</Tag>
                  </span>
                  <span className={styles.how}>{one.data}</span>
                </summary>
                <div className={styles.behind}>
                  <Facts
                    facts={[
                      { name: text('shared-classes'), value: one.data_classes.map((kind) => word('class', kind)).join(', ') },
                      { name: text('shared-people'), value: one.people },
                      { name: text('shared-locations'), value: one.locations.join(', ') },
                      { name: text('shared-compliance'), value: one.compliance },
                      { name: text('shared-effective'), value: one.effective_at ? <Moment time={one.effective_at} dayOnly /> : text('shared-not-yet') },
                      ...(one.ended_at ? [{ name: text('shared-ended'), value: <Moment time={one.ended_at} dayOnly /> }] : []),
                    ]}
                  />
                </div>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
