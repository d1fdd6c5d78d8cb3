// Reports that a device made and that did not arrive; nothing where none is missing.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { DeviceGap } from '../api/shape.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import styles from './device.module.css';
import { deviceGapsQuestion } from './questions.ts';

export function Gaps({ device }: { device: string }) {
  const text = useText();
  const list = useInfiniteQuery(deviceGapsQuestion(device));
  const columns = useMemo(() => columnsOf(text), [text]);
  return (
    <Answered question={list}>
      {(data) => {
        const rows = rowsOf(data);
        if (rows.length === 0) return null;
        return (
          <Panel flush title={text('gaps')} note={text('gaps-note')}>
            <LedgerTable label={text('gaps')} columns={columns} rows={rows} rowKey={(one) => String(one.to_sequence)} more={list} heights={[40, 88]} />
          </Panel>
        );
      }}
    </Answered>
  );
}

function columnsOf(text: Text): Column<DeviceGap>[] {
  return [
    column<DeviceGap>(
      'noticed',
      text('gaps-noticed'),
      (one) => (
        <NameCell
          narrow={
            <span className={styles.lines}>
              <span className={styles.line}>
                {one.closed_at && !one.was_dropped && <span>{text('gaps-closed')}</span>}
                <State one={one} />
              </span>
              <Numbers one={one} />
            </span>
          }
        >
          <span>
            <Moment time={one.noticed_at} isControl />
          </span>
        </NameCell>
      ),
      { track: 'minmax(140px, 170px)' },
    ),
    column<DeviceGap>('state', text('gaps-closed'), (one) => <State one={one} />, { track: 'minmax(120px, 170px)', narrow: 'hide' }),
    column<DeviceGap>('since', text('gaps-since'), (one) => <Moment time={one.since} />, { track: 'minmax(140px, 1fr)', narrow: 'hide' }),
    column<DeviceGap>('numbers', text('gaps-numbers'), (one) => <Numbers one={one} />, { track: 'minmax(140px, 1fr)', narrow: 'hide' }),
  ];
}

function State({ one }: { one: DeviceGap }) {
  const text = useText();
  if (one.was_dropped) return <span>{text('gaps-dropped')}</span>;
  return one.closed_at ? <Moment time={one.closed_at} /> : <Tag tone="warn">{text('gaps-open')}</Tag>;
}

function Numbers({ one }: { one: DeviceGap }) {
  const range = one.from_sequence === one.to_sequence ? `${one.to_sequence}` : `${one.from_sequence}–${one.to_sequence}`;
  return <span className={styles.version}>{range}</span>;
}
