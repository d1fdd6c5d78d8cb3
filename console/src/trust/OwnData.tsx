// How the organisation's own data fare, who outside of it read them, and which breaches affected them.
import type { OwnTrust } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { Breaches } from './Breaches.tsx';
import { Standing } from './Promises.tsx';
import { SaveProof } from './SaveProof.tsx';
import styles from './trust.module.css';

export function OwnData({ own }: { own: OwnTrust }) {
  const text = useText();
  const { number } = useFormats();
  const { keyring, checkpoint } = own;
  return (
    <>
      <Panel title={text('trust-own')} note={text('trust-own-note')}>
        <Facts
          facts={[
            { name: text('trust-own-apart'), value: <Looked standing={own.apart} note={text(`trust-apart-by-${own.apart_by}`)} /> },
            {
              name: text('trust-own-ledger'),
              value: <Looked standing={own.ledger} note={checkpoint ? text('trust-own-entries', { count: checkpoint.size }) : undefined} />,
            },
            {
              name: text('trust-own-keys'),
              value: (
                <Looked
                  standing={own.keys}
                  note={text('trust-own-keyring', { keys: number(keyring.keys), destroyed: number(keyring.destroyed), epoch: keyring.epoch })}
                />
              ),
            },
            { name: text('trust-own-epoch'), value: <Moment time={keyring.began_at} /> },
            ...(checkpoint?.made_at ? [{ name: text('trust-own-newest'), value: <Moment time={checkpoint.made_at} /> }] : []),
          ]}
        />
      </Panel>
      <HostReads reads={own.host_reads} />
      <Breaches breaches={own.breaches} />
    </>
  );
}

function Looked({ standing, note }: { standing: string; note?: string }) {
  return (
    <>
      <Standing standing={standing} /> {note}
    </>
  );
}

function HostReads({ reads }: { reads: OwnTrust['host_reads'] }) {
  const text = useText();
  const word = useWord();
  return (
    <Panel title={text('trust-host-reads')} note={text('trust-host-reads-note')}>
      {reads.length === 0 ? (
        <p>{text('trust-host-reads-none')}</p>
      ) : (
        <ul className={styles.reads}>
          {reads.map((one) => (
            <li key={one.leaf}>
              <Moment time={one.recorded_at} />
              <span>{one.what ? word('read', one.what) : word('act', one.kind)}</span>
              {one.is_altered && <Tag tone="bad">{text('ledger-altered')}</Tag>}
              <SaveProof leaf={one.leaf} what={one.leaf} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
