import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { HistoryEntry } from '../api/shape.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Moment, Tag, type Tone } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { PackageLink } from '../packages/PackageLink.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import styles from './device.module.css';
import { Gaps } from './Gaps.tsx';
import { deviceHistoryQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices/$device/history');
const TONES: Record<HistoryEntry['change'], Tone> = { added: 'good', removed: 'plain', upgraded: 'info', downgraded: 'warn', changed: 'plain' };

export function Tab() {
  const { device } = route.useParams();
  return (
    <>
      <Gaps device={device} />
      <Changes device={device} />
    </>
  );
}

function Changes({ device }: { device: string }) {
  const text = useText();
  const list = useInfiniteQuery(deviceHistoryQuestion(device));
  const columns = useMemo(() => columnsOf(text), [text]);
  return (
    <Answered question={list}>
      {(data) => {
        const rows = rowsOf(data);
        if (rows.length === 0) {
          return (
            <Panel>
              <Empty icon="refresh" title={text('history-none')}>
                <p>{text('history-none-detail')}</p>
              </Empty>
            </Panel>
          );
        }
        return (
          <Panel flush title={text('tab-history')} note={text('history-note')}>
            <LedgerTable
              label={text('tab-history')}
              columns={columns}
              rows={rows}
              rowKey={(one) => `${one.at} ${one.change} ${one.name} ${one.architecture} ${one.from} ${one.to}`}
              more={list}
              heights={[40, 88]}
            />
          </Panel>
        );
      }}
    </Answered>
  );
}

function columnsOf(text: Text): Column<HistoryEntry>[] {
  return [
    column<HistoryEntry>(
      'at',
      text('history-at'),
      (one) => (
        <NameCell
          narrow={
            <span className={styles.lines}>
              <span className={styles.line}>
                <Tag tone={TONES[one.change]}>{text(`change-${one.change}`)}</Tag>
                <PackageLink manager={one.manager} name={one.name} />
              </span>
              <Versions one={one} />
            </span>
          }
        >
          <span>
            <Moment time={one.at} isControl />
          </span>
        </NameCell>
      ),
      { track: 'minmax(140px, 170px)' },
    ),
    column<HistoryEntry>('change', text('history-change'), (one) => <Tag tone={TONES[one.change]}>{text(`change-${one.change}`)}</Tag>, {
      track: '120px',
      narrow: 'hide',
    }),
    column<HistoryEntry>('name', text('package-name'), (one) => <PackageLink manager={one.manager} name={one.name} />, { track: 'minmax(120px, 1.4fr)', narrow: 'hide' }),
    column<HistoryEntry>('versions', text('history-versions'), (one) => <Versions one={one} />, {
      track: 'minmax(180px, 2.4fr)',
      narrow: 'hide',
    }),
    column<HistoryEntry>('architecture', text('package-architecture'), (one) => one.architecture, { track: '80px', narrow: 'hide' }),
  ];
}

function Versions({ one }: { one: HistoryEntry }) {
  const text = useText();
  return (
    <span className={`${styles.change} ${styles.version}`}>
      {one.from}
      {one.from && one.to && (
        <>
          <Icon name="arrow" size={14} />
          <span className="unseen">{text('history-to')}</span>
        </>
      )}
      {one.to}
    </span>
  );
}
