// The packages of the whole fleet, its pending updates, and how much is known of them.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { FleetPackage, UpdatesSummary } from '../api/shape.ts';
import { AgesChart } from '../chart/AgesChart.tsx';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Answered, Empty, Notice } from '../notice/Notice.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel, Strip } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import filters from '../table/Filters.module.css';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { SearchField } from '../table/SearchField.tsx';
import { PackageLink } from './PackageLink.tsx';
import { fleetPackagesQuestion, updatesSummaryQuestion } from './questions.ts';

const route = getRouteApi('/signed/packages');

export function PackagesPage() {
  const text = useText();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(fleetPackagesQuestion(q));
  const updates = useQuery(updatesSummaryQuestion);
  const columns = useColumns();
  return (
    <>
      <PageHead title={text('packages-title')} below={<span>{text('packages-intro')}</span>} />
      {updates.data && <Updates updates={updates.data} />}
      <Panel flush>
        <form role="search" aria-label={text('packages-filter')} className={filters.filters} onSubmit={(event) => event.preventDefault()}>
          <SearchField label={text('packages-search')} value={q} onChange={(next) => void navigate({ search: { q: next }, replace: true })} />
        </form>
        <Answered question={list}>
          {(data) => {
            const rows = rowsOf(data);
            if (rows.length === 0) {
              return (
                <Empty icon="packages" title={text(q ? 'packages-none-match' : 'packages-none')}>
                  {q && (
                    <Link to="/packages" search={{}}>
                      {text('filter-clear')}
                    </Link>
                  )}
                </Empty>
              );
            }
            return (
              <LedgerTable
                label={text('packages-title')}
                columns={columns}
                rows={rows}
                rowKey={(one) => `${one.manager} ${one.name}`}
                heights={[38, 40]}
                more={list}
              />
            );
          }}
        </Answered>
      </Panel>
    </>
  );
}

function Updates({ updates }: { updates: UpdatesSummary }) {
  const text = useText();
  const { number } = useFormats();
  const hasAges = updates.ages.some((one) => one.devices > 0);
  return (
    <>
      <Strip
        label={text('updates-standing')}
        entries={[
          { name: text('updates-devices'), value: number(updates.devices_with_updates) },
          {
            name: text('updates-devices-security'),
            value: number(updates.devices_with_security),
            tone: updates.devices_with_security > 0 ? 'warn' : undefined,
          },
          { name: text('updates-lists-stale'), value: number(updates.lists_stale), tone: updates.lists_stale > 0 ? 'warn' : undefined },
        ]}
      />
      {updates.lists_stale > 0 && (
        <div style={{ marginBottom: 16 }}>
          <Notice tone="warn">
            <p>{text('updates-lists-stale-note', { count: updates.lists_stale })}</p>
          </Notice>
        </div>
      )}
      {hasAges && (
        <Panel title={text('ages-title')} note={text('ages-note')}>
          <AgesChart ages={updates.ages} />
        </Panel>
      )}
    </>
  );
}

function useColumns(): Column<FleetPackage>[] {
  const text = useText();
  const { number } = useFormats();
  return useMemo(
    () => [
      column<FleetPackage>(
        'name',
        text('package-name'),
        (one) => (
          <NameCell>
            <PackageLink manager={one.manager} name={one.name} />
          </NameCell>
        ),
        { track: 'minmax(150px, 3fr)' },
      ),
      column<FleetPackage>('manager', text('package-manager'), (one) => one.manager, { track: 'minmax(80px, 1fr)', narrow: 'hide' }),
      column<FleetPackage>('versions', text('package-versions'), (one) => number(one.versions), { track: '76px', align: 'end' }),
      column<FleetPackage>('devices', text('devices-title'), (one) => number(one.devices), { track: '92px', align: 'end' }),
    ],
    [text, number],
  );
}
