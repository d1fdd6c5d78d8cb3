// Breaches of security that affected the organisation's data: what the operator told of each, as it stands in the ledger.
import type { OwnTrust } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useLanguage, useText, useWord } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { SaveProof } from './SaveProof.tsx';
import styles from './trust.module.css';

type Breach = OwnTrust['breaches'][number];

export function Breaches({ breaches }: { breaches: Breach[] }) {
  const text = useText();
  return (
    <Panel title={text('trust-breaches')} note={text('trust-breaches-note')}>
      {breaches.length === 0 ? (
        <p>{text('trust-breaches-none')}</p>
      ) : (
        <ul className={styles.breaches} aria-label={text('trust-breaches')}>
          {breaches.map((one) => (
            <li key={one.entry.leaf}>
              {one.told ? <Told told={one.told} /> : <Tag tone="bad">{text('ledger-altered')}</Tag>}
              <p className={styles.told}>
                {text('trust-breach-told')} <Moment time={one.entry.recorded_at} /> <SaveProof leaf={one.entry.leaf} what={one.entry.leaf} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Told({ told }: { told: NonNullable<Breach['told']> }) {
  const { language, text } = useLanguage();
  const word = useWord();
  const { number } = useFormats();
  return (
    <>
      <p className={styles.said}>{told.said[language]}</p>
      <Facts
        facts={[
          { name: text('trust-breach-case'), value: <code>{told.case}</code> },
          { name: text('trust-breach-known'), value: <Moment time={told.known_since} /> },
          { name: text('trust-breach-reason'), value: word('affected', told.reason) },
          { name: text('trust-breach-entries'), value: number(told.entries) },
        ]}
      />
    </>
  );
}
