import { Checkbox } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Coverage } from '../api/shape.ts';
import { ToFeeds } from '../feeds/ToFeeds.tsx';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { LinkTabs } from '../shell/LinkTabs.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import filters from '../table/Filters.module.css';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { SearchField } from '../table/SearchField.tsx';
import { CoverageBanner } from './CoverageBanner.tsx';
import type { FindingFilter, FindingSort } from './filter.ts';
import { useFindingColumns, useVulnerablePackageColumns } from './columns.tsx';
import { EXPOSURE_DAYS, exposureQuestion, findingsQuestion, vulnerablePackagesQuestion } from './questions.ts';
import styles from './vulnerabilities.module.css';

const ExposureChart = lazy(() => import('../chart/ExposureChart.tsx'));
const route = getRouteApi('/signed/vulnerabilities');

export function VulnerabilitiesPage() {
  const text = useText();
  const filter = route.useSearch();
  const list = useFindings(filter);
  const coverage = list.data?.pages[0]?.coverage;
  return (
    <>
      <PageHead title={text('vulnerabilities-title')} below={<span>{text('vulnerabilities-intro')}</span>} />
      <div className={styles.top}>
        <Exposure coverage={coverage} />
        {coverage && <CoverageBanner coverage={coverage} />}
      </div>
      <LinkTabs
        label={text('vulnerabilities-views')}
        tabs={[
          { name: text('view-cves'), link: { to: '/vulnerabilities', search: {} }, isCurrent: filter.view !== 'packages' },
          { name: text('view-packages'), link: { to: '/vulnerabilities', search: { view: 'packages' } }, isCurrent: filter.view === 'packages' },
        ]}
      />
      {filter.view === 'packages' ? <ByPackage /> : <ByCve filter={filter} list={list} />}
    </>
  );
}

function useFindings(filter: FindingFilter) {
  return useInfiniteQuery(findingsQuestion(filter));
}

function Exposure({ coverage }: { coverage?: Coverage }) {
  const text = useText();
  // Past days were counted over every device, and are told to who may see all of them.
  const isWhole = useMay().all('vulnerabilities:read');
  const history = useQuery({ ...exposureQuestion, enabled: isWhole });
  if (!isWhole) return <p className={styles.partial}>{text('exposure-whole-only')}</p>;
  // One day makes no line; and where nothing is covered a line at zero would lie.
  const days = history.data ?? [];
  if (days.length < 2 || !coverage || coverage.covered_devices === 0) return null;
  return (
    <Panel title={text('exposure-title')} note={text('exposure-note', { days: EXPOSURE_DAYS })}>
      <Suspense fallback={<div style={{ height: 190 }} />}>
        <ExposureChart days={days} />
      </Suspense>
    </Panel>
  );
}

function ByCve({ filter, list }: { filter: FindingFilter; list: ReturnType<typeof useFindings> }) {
  const text = useText();
  const navigate = route.useNavigate();
  const columns = useFindingColumns();
  const set = (change: Partial<FindingFilter>) => void navigate({ search: { ...filter, ...change }, replace: true });
  return (
    <Panel flush>
      <form role="search" aria-label={text('findings-filter')} className={filters.filters} onSubmit={(event) => event.preventDefault()}>
        <SearchField label={text('findings-search')} value={filter.q} onChange={(q) => set({ q })} />
        <Checkbox
          className={filters.plain}
          label={text('findings-kev-only')}
          checked={filter.kev === 'yes'}
          onChange={(event) => set({ kev: event.currentTarget.checked ? 'yes' : undefined })}
        />
        <Checkbox
          className={filters.plain}
          label={text('findings-with-companions')}
          title={text('findings-companions-note')}
          checked={filter.companions === 'yes'}
          onChange={(event) => set({ companions: event.currentTarget.checked ? 'yes' : undefined })}
        />
      </form>
      <Answered question={list}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) return <NoFindings filter={filter} coverage={data.pages[0]?.coverage ?? { covered_devices: 0, not_covered: [], partly: [], basis: [] }} />;
          return (
            <LedgerTable
              label={text('view-cves')}
              columns={columns}
              rows={rows}
              rowKey={(one) => one.cve}
              heights={[44, 64]}
              more={list}
              sort={{ by: filter.sort ?? 'kev', onSort: (by) => set({ sort: by as FindingSort }) }}
            />
          );
        }}
      </Answered>
    </Panel>
  );
}

function NoFindings({ filter, coverage }: { filter: FindingFilter; coverage: Coverage }) {
  const text = useText();
  const { number } = useFormats();
  if (filter.q || filter.kev) {
    return (
      <Empty icon="search" title={text('findings-none-match')}>
        <Link to="/vulnerabilities" search={{}}>
          {text('filter-clear')}
        </Link>
      </Empty>
    );
  }
  if (coverage.covered_devices === 0) {
    return (
      <Empty icon="off" title={text('findings-not-covered')}>
        <p>{text('findings-not-covered-detail')}</p>
        <ToFeeds />
      </Empty>
    );
  }
  if (!filter.companions) return <NoSoftware coverage={coverage} />;
  return (
    <Empty icon="check" title={text('findings-none', { devices: number(coverage.covered_devices), count: coverage.covered_devices })}>
      {coverage.not_covered.length > 0 && <p>{text('findings-none-but')}</p>}
    </Empty>
  );
}

/** Nothing but, perhaps, kernel companions: those are one click away, so that "none" is never said too early. */
function NoSoftware({ coverage }: { coverage: Coverage }) {
  const text = useText();
  return (
    <Empty icon="check" title={text('findings-none-software')}>
      <p>
        <Link to="/vulnerabilities" search={{ companions: 'yes' }}>
          {text('findings-with-companions')}
        </Link>
      </p>
      {coverage.not_covered.length > 0 && <p>{text('findings-none-but')}</p>}
    </Empty>
  );
}

function ByPackage() {
  const text = useText();
  const list = useInfiniteQuery(vulnerablePackagesQuestion);
  const columns = useVulnerablePackageColumns();
  return (
    <Panel flush>
      <Answered question={list}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) return <Empty icon="packages" title={text('vulnerable-packages-none')} />;
          return (
            <LedgerTable
              label={text('view-packages')}
              columns={columns}
              rows={rows}
              rowKey={(one) => `${one.profile} ${one.source}`}
              more={list}
            />
          );
        }}
      </Answered>
    </Panel>
  );
}
