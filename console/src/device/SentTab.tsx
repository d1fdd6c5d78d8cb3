// "What was sent": the state as the server holds it, its digest to compare with the host's own copy, what is switched
// off, what the agent could not see, and the receipts.
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Receipt, SentState } from '../api/shape.ts';
import type { Formats } from '../formats/formats.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText, useWord, type Word } from '../language/Language.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Icon } from '../look/Icon.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { saveFile } from '../look/saveFile.ts';
import { Answered, Notice } from '../notice/Notice.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { canonicalText, sha256 } from './canonical.ts';
import styles from './device.module.css';
import { receiptsQuestion, sentStateQuestion } from './questions.ts';
import { StateTree } from './StateTree.tsx';

const route = getRouteApi('/signed/devices/$device/sent');

export function Tab() {
  const { device } = route.useParams();
  const sent = useQuery(sentStateQuestion(device));
  return (
    <>
      <Answered question={sent}>{(data) => <Sent sent={data} />}</Answered>
      <Receipts device={device} />
    </>
  );
}

function Sent({ sent }: { sent: SentState }) {
  const text = useText();
  const word = useWord();
  const { bytes, number } = useFormats();
  if (!sent.state || !sent.digest) return <Notice tone="plain" title={text('sent-nothing')} />;
  return (
    <>
      <div className={styles.columns}>
        <Panel title={text('sent-copy')}>
          <Facts
            facts={[
              { name: text('sent-collected'), value: sent.collected_at ? <Moment time={sent.collected_at} /> : text('unknown') },
              { name: text('sent-received'), value: sent.received_at ? <Moment time={sent.received_at} /> : text('unknown') },
              { name: text('sent-size'), value: bytes(sent.size_bytes ?? 0) },
              { name: text('sent-gaps'), value: number(sent.gaps) },
            ]}
          />
          <div style={{ paddingTop: 12 }}>
            <CopyField label={text('sent-digest')} value={sent.digest} />
          </div>
          <Checked state={sent.state} digest={sent.digest} />
        </Panel>
        <Panel title={text('sent-left-out')}>
          {sent.switched_off.length === 0 && sent.blind_spots.length === 0 && <p>{text('sent-all')}</p>}
          <ul>
            {sent.switched_off.map((kind) => (
              <li key={kind} className={styles.line} style={{ padding: '4px 0' }}>
                <Tag>{text('not-collected')}</Tag>
                <span>
                  {text(`kind-${kind}`)} – {text('sent-switched-off')}. {text(`lost-without-${kind}`)}
                </span>
              </li>
            ))}
            {sent.blind_spots.map((spot) => (
              <li key={`${spot.kind} ${spot.subject}`} className={styles.line} style={{ padding: '4px 0' }}>
                <Tag tone="warn">{text('not-seen')}</Tag>
                <span>
                  {text(`kind-${spot.kind}`)}: <code>{spot.subject}</code> – {word('blind', spot.reason)}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      </div>
      <Panel title={text('sent-state')} note={text('sent-state-note')}>
        <StateTree state={sent.state} />
      </Panel>
    </>
  );
}

/** The digest, computed once more from the state below, and the state as the very file that the host keeps. */
function Checked({ state, digest }: { state: Record<string, unknown>; digest: string }) {
  const text = useText();
  const { device } = route.useParams();
  const [found, setFound] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    void sha256(canonicalText(state)).then((own) => isCurrent && setFound(own));
    return () => {
      isCurrent = false;
    };
  }, [state]);
  const save = () => saveFile(`${device}.json`, canonicalText(state), 'application/json');
  return (
    <div className={styles.checked}>
      {found === digest && (
        <p className={styles.confirmed}>
          <Icon name="check" size={16} />
          <span>{text('sent-digest-confirmed')}</span>
        </p>
      )}
      {found !== undefined && found !== digest && <Notice tone="warn">{text('sent-digest-differs', { found })}</Notice>}
      <p className={styles.soft}>{text('sent-digest-note')}</p>
      <div>
        <Button variant="default" size="xs" leftSection={<Icon name="download" size={15} />} onClick={save}>
          {text('sent-save')}
        </Button>
      </div>
    </div>
  );
}

function Receipts({ device }: { device: string }) {
  const text = useText();
  const word = useWord();
  const formats = useFormats();
  const list = useInfiniteQuery(receiptsQuestion(device));
  const columns = useMemo(() => columnsOf(text, word, formats), [text, word, formats]);
  return (
    <Panel flush title={text('receipts')} note={text('receipts-note')}>
      <Answered question={list}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) return <p style={{ padding: '12px 16px' }}>{text('receipts-none')}</p>;
          return <LedgerTable label={text('receipts')} columns={columns} rows={rows} rowKey={(one) => one.receipt} more={list} />;
        }}
      </Answered>
    </Panel>
  );
}

function columnsOf(text: Text, word: Word, { bytes, number }: Formats): Column<Receipt>[] {
  return [
    column<Receipt>(
      'received',
      text('receipt-received'),
      (one) => (
        <NameCell narrow={<code>{one.receipt}</code>}>
          <Moment time={one.received_at} isControl />
        </NameCell>
      ),
      { track: 'minmax(150px, 180px)' },
    ),
    column<Receipt>('receipt', text('receipt-number'), (one) => <code>{one.receipt}</code>, { track: 'minmax(160px, 1fr)', narrow: 'hide' }),
    column<Receipt>('sequence', text('receipt-sequence'), (one) => number(one.sequence), { track: '80px', align: 'end', narrow: 'hide' }),
    column<Receipt>('carried', text('receipt-carried'), (one) => word('carried', one.carried), { track: 'minmax(80px, 120px)', narrow: 'hide' }),
    column<Receipt>('size', text('sent-size'), (one) => bytes(one.size_bytes), { track: '90px', align: 'end' }),
    column<Receipt>('schema', text('receipt-schema'), (one) => one.schema, { track: '70px', align: 'end', narrow: 'hide' }),
    column<Receipt>('stored', text('sent-digest'), (one) => <code title={one.stored}>{one.stored.slice(0, 16)}…</code>, {
      track: 'minmax(150px, 1fr)',
      narrow: 'hide',
    }),
  ];
}
