// Every promise with how it stands, and behind it the evidence.
import type { OwnTrust, PromiseStanding, PublicTrust } from '../api/shape.ts';
import { useLanguage, useText, useWord } from '../language/Language.tsx';
import { Moment, Tag, type Tone } from '../look/marks.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { SaveProof } from './SaveProof.tsx';
import styles from './trust.module.css';

const TONES: Record<string, Tone> = { ok: 'good', 'proven-by-tests': 'info', warning: 'warn', failed: 'bad', unknown: 'plain' };

export function Standing({ standing }: { standing: string }) {
  const word = useWord();
  return <Tag tone={TONES[standing] ?? 'plain'}>{word('standing', standing)}</Tag>;
}

export function Promises(props: { trust: PublicTrust; evidence: OwnTrust['evidence'] }) {
  const text = useText();
  return (
    <Panel flush title={text('trust-promises')} note={text('trust-promises-note')}>
      <ul className={styles.promises} aria-label={text('trust-promises')}>
        {props.trust.promises.map((one) => (
          <li key={one.code}>
            <OnePromise promise={one} entry={props.evidence.find((evidence) => evidence.code === one.code)?.entry} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function OnePromise({ promise, entry }: { promise: PromiseStanding; entry?: OwnTrust['evidence'][number]['entry'] }) {
  const { language, text } = useLanguage();
  const word = useWord();
  const facts = [
    { name: text('trust-kind'), value: word('kept', promise.kind) },
    { name: text('trust-check'), value: promise.check ? <code>{promise.check}</code> : text('trust-check-none') },
    ...(promise.checked_at ? [{ name: text('trust-checked'), value: <Moment time={promise.checked_at} /> }] : []),
    ...(promise.since ? [{ name: text('trust-since'), value: <Moment time={promise.since} /> }] : []),
    { name: text('trust-proved-by'), value: <Names names={promise.proved_by} /> },
    { name: text('trust-enforced-by'), value: <Names names={promise.enforced_by} /> },
  ];
  return (
    <details className={styles.promise}>
      <summary>
        <span className={styles.code}>{promise.code}</span>
        <span className={styles.sentence}>{promise.sentence[language]}</span>
        <Standing standing={promise.standing} />
      </summary>
      <div className={styles.behind}>
        <Facts facts={facts} />
        {entry && (
          <div className={styles.evidence}>
            <p>
              {text('trust-evidence')} {word('act', entry.kind)}, <Moment time={entry.recorded_at} />
            </p>
            <SaveProof leaf={entry.leaf} what={promise.code} />
          </div>
        )}
      </div>
    </details>
  );
}

function Names({ names }: { names: string[] }) {
  return (
    <ul className={styles.names}>
      {names.map((name) => (
        <li key={name}>
          <code>{name}</code>
        </li>
      ))}
    </ul>
  );
}
