import { NativeSelect } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { InstalledPackage } from '../api/shape.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { PackageLink } from '../packages/PackageLink.tsx';
import { type PackageFilter, PENDING_KINDS } from '../packages/filter.ts';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import filters from '../table/Filters.module.css';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { SearchField } from '../table/SearchField.tsx';
import styles from './device.module.css';
import { NotCollected } from './NotCollected.tsx';
import { VersionChange } from './VersionChange.tsx';
import { devicePackagesQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices/$device/packages');

export function Tab() {
  const text = useText();
  const { device } = route.useParams();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(devicePackagesQuestion(device, filter));
  const columns = useMemo(() => columnsOf(text), [text]);
  const set = (change: Partial<PackageFilter>) => void navigate({ search: { ...filter, ...change }, replace: true });

  return (
    <Answered question={list}>
      {(data) => {
        const first = data.pages[0];
        if (first && !first.collected) return <NotCollected kind="packages" reason={first.reason} />;
        const rows = rowsOf(data);
        return (
          <Panel flush>
            <form role="search" aria-label={text('packages-filter')} className={filters.filters} onSubmit={(event) => event.preventDefault()}>
              <SearchField label={text('packages-search')} value={filter.q} onChange={(q) => set({ q })} />
              <NativeSelect
                size="xs"
                label={text('device-updates')}
                value={filter.pending ?? ''}
                onChange={(event) => set({ pending: (event.currentTarget.value || undefined) as PackageFilter['pending'] })}
                data={[{ value: '', label: text('filter-any') }, ...PENDING_KINDS.map((kind) => ({ value: kind, label: text(`pending-${kind}`) }))]}
              />
            </form>
            {rows.length === 0 ? (
              <Empty icon="packages" title={text('packages-none-match')} />
            ) : (
              <LedgerTable
                label={text('tab-packages')}
                columns={columns}
                rows={rows}
                rowKey={(one) => `${one.manager} ${one.name} ${one.architecture} ${one.version}`}
                heights={[38, 60]}
                more={list}
              />
            )}
          </Panel>
        );
      }}
    </Answered>
  );
}

function columnsOf(text: Text): Column<InstalledPackage>[] {
  return [
    column<InstalledPackage>(
      'name',
      text('package-name'),
      (one) => (
        <NameCell narrow={<VersionChange from={one.version} to={one.candidate} isSecurity={one.candidate_security} />} wide={<Marks one={one} />}>
          <PackageLink manager={one.manager} name={one.name} />
        </NameCell>
      ),
      { track: 'minmax(140px, 2fr)' },
    ),
    column<InstalledPackage>('version', text('package-version'), (one) => <span className={styles.version}>{one.version}</span>, {
      track: 'minmax(120px, 1.6fr)',
      narrow: 'hide',
    }),
    column<InstalledPackage>('candidate', text('package-candidate'), (one) => <Candidate one={one} />, { track: 'minmax(126px, 1.7fr)', narrow: 'hide' }),
    column<InstalledPackage>('architecture', text('package-architecture'), (one) => one.architecture, { track: '70px', narrow: 'hide' }),
    column<InstalledPackage>('source', text('package-source'), (one) => one.source ?? one.name, {
      track: 'minmax(90px, 1fr)',
      narrow: 'hide',
    }),
    column<InstalledPackage>(
      'installed',
      text('package-installed'),
      (one) => (one.installed_at ? <Moment time={one.installed_at} dayOnly /> : <span className={styles.soft}>{text('unknown')}</span>),
      { track: '100px', align: 'end', narrow: 'hide' },
    ),
  ];
}

function Marks({ one }: { one: InstalledPackage }) {
  const text = useText();
  return (
    <>
      {one.held && <Tag>{text('package-held')}</Tag>}
      {one.incomplete && <Tag tone="bad">{text('package-incomplete')}</Tag>}
    </>
  );
}

function Candidate({ one }: { one: InstalledPackage }) {
  const text = useText();
  if (!one.candidate) return <span className="unseen">{text('package-no-candidate')}</span>;
  return (
    <span className={styles.candidate}>
      {one.candidate_security && <Tag tone="warn" title={text('security-long')}>{text('security')}</Tag>}
      <span className={styles.version} title={one.candidate}>
        {one.candidate}
      </span>
    </span>
  );
}
