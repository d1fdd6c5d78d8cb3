// Pending updates, with the age of the lists they were read from: "no updates" from an old list is not an answer.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { PendingUpdate, PendingUpdates } from '../api/shape.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Ago, Moment, Tag } from '../look/marks.tsx';
import { Answered, Empty, Notice } from '../notice/Notice.tsx';
import { PackageLink } from '../packages/PackageLink.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import styles from './device.module.css';
import { NotCollected } from './NotCollected.tsx';
import { VersionChange } from './VersionChange.tsx';
import { deviceUpdatesQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices/$device/updates');

export function Tab() {
  const { device } = route.useParams();
  const question = useQuery(deviceUpdatesQuestion(device));
  return (
    <Answered question={question}>
      {(updates) =>
        updates.collected ? <Updates updates={updates} /> : <NotCollected kind="updates" reason={updates.reason} />
      }
    </Answered>
  );
}

function Updates({ updates }: { updates: PendingUpdates }) {
  const text = useText();
  const columns = useMemo(() => columnsOf(text), [text]);
  const isEmpty = updates.items.length === 0;
  const age = ageOf(updates);
  return (
    <>
      <div className={styles.spaced}>
        <ListAge updates={updates} />
      </div>
      {isEmpty && age === 'fresh' && (
        <Panel>
          <Empty icon="check" title={text('updates-none')} />
        </Panel>
      )}
      {!isEmpty && (
        <Panel flush title={text('updates-title', { count: updates.items.length })}>
          <LedgerTable
            label={text('tab-updates')}
            columns={columns}
            rows={updates.items}
            rowKey={(one) => `${one.manager} ${one.name} ${one.architecture} ${one.installed}`}
          />
        </Panel>
      )}
    </>
  );
}

/** What the age of the lists says: the server judges it, since its clock is the one that counts. */
function ageOf(updates: PendingUpdates): 'fresh' | 'stale' | 'unknown' {
  if (!updates.lists_updated_at) return 'unknown';
  return updates.lists_stale ? 'stale' : 'fresh';
}

function ListAge({ updates }: { updates: PendingUpdates }) {
  const text = useText();
  const age = ageOf(updates);
  const isEmpty = updates.items.length === 0;
  if (age === 'unknown' || !updates.lists_updated_at) {
    return (
      <Notice tone="warn" title={text(isEmpty ? 'lists-unknown-none' : 'lists-unknown')}>
        <p>{text('lists-unknown-detail')}</p>
      </Notice>
    );
  }
  const fetched = (
    <p>
      {text('lists-fetched')}: <Ago time={updates.lists_updated_at} /> (<Moment time={updates.lists_updated_at} />)
    </p>
  );
  if (age === 'fresh') return <Notice tone="info">{fetched}</Notice>;
  return (
    <Notice tone="warn" title={text(isEmpty ? 'lists-stale-none' : 'lists-stale')}>
      {fetched}
      <p>{text('lists-stale-detail')}</p>
    </Notice>
  );
}

function columnsOf(text: Text): Column<PendingUpdate>[] {
  return [
    column<PendingUpdate>(
      'name',
      text('package-name'),
      (one) => (
        <NameCell narrow={<VersionChange from={one.installed} to={one.candidate} isSecurity={one.security} />}>
          <PackageLink manager={one.manager} name={one.name} />
        </NameCell>
      ),
      { track: 'minmax(130px, 1.6fr)' },
    ),
    column<PendingUpdate>('installed', text('update-installed'), (one) => <span className={styles.version}>{one.installed}</span>, {
      track: 'minmax(120px, 1.4fr)',
      narrow: 'hide',
    }),
    column<PendingUpdate>(
      'candidate',
      text('package-candidate'),
      (one) => (
        <span className={styles.line}>
          {one.security && <Tag tone="warn" title={text('security-long')}>{text('security')}</Tag>}
          <span className={styles.version}>{one.candidate}</span>
        </span>
      ),
      { track: 'minmax(130px, 1.6fr)', narrow: 'hide' },
    ),
    column<PendingUpdate>('archive', text('update-archive'), (one) => one.archive ?? text('unknown'), {
      track: 'minmax(120px, 1.6fr)',
      narrow: 'hide',
    }),
  ];
}
