// One package: its versions across the fleet, and the devices that have it.
import { NativeSelect } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { PackageManager, PackageOwner, PackageVersions } from '../api/shape.ts';
import { deviceName } from '../devices/names.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import filters from '../table/Filters.module.css';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import styles from './PackagePage.module.css';
import { packageDevicesQuestion, packageQuestion } from './questions.ts';

const route = getRouteApi('/signed/packages/$manager/$name');

export function PackagePage() {
  const text = useText();
  const { manager, name } = usePackage();
  const question = useQuery(packageQuestion(manager, name));
  return (
    <>
      <PageHead
        title={name}
        above={
          <Link to="/packages" search={{}}>
            {text('packages-title')}
          </Link>
        }
        below={<span>{manager}</span>}
      />
      <Answered question={question}>
        {(data) => (
          <>
            <Versions versions={data.versions} />
            <Devices versions={data.versions} />
          </>
        )}
      </Answered>
    </>
  );
}

/** The package that the address names; a manager that there is not is the server's to refuse. */
function usePackage(): { manager: PackageManager; name: string } {
  const { manager, name } = route.useParams();
  return { manager: manager as PackageManager, name };
}

/** Each version with a bar of its share, so that the stragglers stand out. */
function Versions({ versions }: { versions: PackageVersions['versions'] }) {
  const text = useText();
  const { number } = useFormats();
  const { version: chosen } = route.useSearch();
  const most = Math.max(1, ...versions.map((one) => one.devices));
  return (
    <Panel title={text('package-versions')}>
      <ul className={styles.versions}>
        {versions.map((one) => (
          <li key={one.version}>
            <Link
              from="/packages/$manager/$name"
              search={{ version: one.version }}
              replace
              className={styles.version}
              aria-current={chosen === one.version || undefined}
            >
              {one.version}
            </Link>
            <svg className={styles.bar} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect width={Math.max(0.5, (100 * one.devices) / most)} height="8" />
            </svg>
            <span className={styles.count}>{text('devices-count', { count: one.devices, devices: number(one.devices) })}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Devices({ versions }: { versions: PackageVersions['versions'] }) {
  const text = useText();
  const { manager, name } = usePackage();
  const { version } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(packageDevicesQuestion(manager, name, version));
  const columns = useColumns();
  const known = [...new Set(versions.map((one) => one.version))];
  return (
    <Panel flush title={text('package-devices')}>
      <form className={filters.filters} onSubmit={(event) => event.preventDefault()}>
        <NativeSelect
          size="xs"
          label={text('package-version')}
          value={version ?? ''}
          onChange={(event) => void navigate({ search: { version: event.currentTarget.value || undefined }, replace: true })}
          data={[{ value: '', label: text('filter-any') }, ...known]}
        />
      </form>
      <Answered question={list}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) return <Empty icon="devices" title={text('devices-none-match')} />;
          return <LedgerTable label={text('package-devices')} columns={columns} rows={rows} rowKey={(one) => one.device} more={list} heights={[38, 40]} />;
        }}
      </Answered>
    </Panel>
  );
}

function useColumns(): Column<PackageOwner>[] {
  const text = useText();
  return useMemo(
    () => [
      column<PackageOwner>(
        'name',
        text('device-name'),
        (one) => (
          <NameCell>
            <Link to="/devices/$device" params={{ device: one.device }} {...ROW_CONTROL}>
              {deviceName(one)}
            </Link>
          </NameCell>
        ),
        { track: 'minmax(160px, 1fr)' },
      ),
      column<PackageOwner>('versions', text('package-version'), (one) => <code>{one.versions.join(', ')}</code>, { track: 'minmax(120px, 1fr)' }),
    ],
    [text],
  );
}
