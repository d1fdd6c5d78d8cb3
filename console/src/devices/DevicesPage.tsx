import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Device } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Ago, Count, StatusMark, Tag } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel, Strip } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import { DeviceFilters } from './DeviceFilters.tsx';
import { DevicesTabs } from './DevicesTabs.tsx';
import { EnrolmentOffer } from './EnrolmentOffer.tsx';
import { type DeviceFilter, isNarrowing } from './filter.ts';
import { LabelTags } from './LabelTags.tsx';
import { deviceName, osName } from './names.ts';
import { devicesQuestion, summaryQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices');

export function DevicesPage() {
  const text = useText();
  const { number } = useFormats();
  const may = useMay();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const summary = useQuery(summaryQuestion);
  const list = useInfiniteQuery(devicesQuestion(filter));
  const columns = useMemo(() => columnsOf(text), [text]);
  const setFilter = (next: DeviceFilter) => void navigate({ search: next, replace: true });
  const counts = summary.data;
  const isFleetEmpty = counts?.total === 0 && !isNarrowing(filter);

  return (
    <>
      <PageHead title={text('devices-title')} below={<span>{text('devices-intro')}</span>} />
      <DevicesTabs />
      {counts && !isFleetEmpty && (
        <Strip
          label={text('devices-summary')}
          entries={[
            { name: text('devices-total'), value: number(counts.total), link: { to: '/devices', search: {} } },
            { name: text('status-fresh'), value: number(counts.fresh), tone: 'good', link: { to: '/devices', search: { status: 'fresh' } } },
            { name: text('status-stale'), value: number(counts.stale), tone: counts.stale > 0 ? 'warn' : undefined, link: { to: '/devices', search: { status: 'stale' } } },
            { name: text('status-lost'), value: number(counts.lost), tone: counts.lost > 0 ? 'bad' : undefined, link: { to: '/devices', search: { status: 'lost' } } },
            { name: text('status-retired'), value: number(counts.retired), link: { to: '/devices', search: { status: 'retired' } } },
          ]}
        />
      )}
      {isFleetEmpty ? (
        <Panel>
          <Empty icon="devices" title={text(may.all('devices:read') ? 'devices-none' : 'devices-none-of-yours')}>
            {may.some('enrolment:manage') ? (
              <>
                <p>{text('devices-none-detail')}</p>
                <EnrolmentOffer />
              </>
            ) : (
              <p>{text('devices-none-yours')}</p>
            )}
          </Empty>
        </Panel>
      ) : (
        <Panel flush>
          <DeviceFilters filter={filter} systems={counts?.by_os ?? []} onChange={setFilter} />
          <Answered question={list}>
            {(data) => {
              const rows = rowsOf(data);
              if (rows.length === 0) {
                return (
                  <Empty icon="search" title={text('devices-none-match')}>
                    <Link to="/devices" search={{}}>
                      {text('filter-clear')}
                    </Link>
                  </Empty>
                );
              }
              return (
                <LedgerTable
                  label={text('devices-title')}
                  columns={columns}
                  rows={rows}
                  rowKey={(device) => device.device}
                  total={isNarrowing(filter) ? undefined : counts?.total}
                  more={list}
                  sort={{ by: filter.sort ?? 'name', onSort: (by) => setFilter({ ...filter, sort: by as DeviceFilter['sort'] }) }}
                  dim={(device) => device.status === 'retired'}
                />
              );
            }}
          </Answered>
        </Panel>
      )}
    </>
  );
}

function columnsOf(text: Text): Column<Device>[] {
  const updates = (device: Device) => <Updates device={device} />;
  return [
    column<Device>(
      'name',
      text('device-name'),
      (device) => (
        <NameCell
          narrow={
            <>
              <StatusMark status={device.status} />
              <span>{osName(device.os) ?? text('not-collected')}</span>
            </>
          }
        >
          <Link to="/devices/$device" params={{ device: device.device }} {...ROW_CONTROL}>
            {deviceName(device)}
          </Link>
        </NameCell>
      ),
      { track: 'minmax(150px, 1.8fr)', sort: 'name', ascending: true },
    ),
    column<Device>('status', text('device-status'), (device) => <StatusMark status={device.status} />, {
      track: 'minmax(104px, 0.7fr)',
      narrow: 'hide',
    }),
    column<Device>('os', text('device-os'), (device) => osName(device.os) ?? <Count value={null} />, {
      track: 'minmax(112px, 1fr)',
      narrow: 'hide',
    }),
    column<Device>('labels', text('device-labels'), (device) => <LabelTags labels={device.labels} most={2} />, {
      track: 'minmax(120px, 1.9fr)',
      narrow: 'hide',
    }),
    column<Device>('packages', text('device-packages'), (device) => <Count value={device.packages} />, {
      track: '74px',
      align: 'end',
      narrow: 'hide',
    }),
    column<Device>('updates', text('device-updates'), updates, { track: 'minmax(86px, 130px)', align: 'end' }),
    column<Device>('last_seen', text('device-last-seen'), (device) => <Ago time={device.last_seen_at} />, {
      track: 'minmax(110px, 136px)',
      align: 'end',
      sort: 'last_seen',
      narrow: 'hide',
    }),
  ];
}

function Updates({ device }: { device: Device }) {
  const text = useText();
  const security = device.updates_security ?? 0;
  return (
    <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
      {security > 0 && (
        <Tag tone="warn" title={text('updates-security-count', { count: security })}>
          {text('security-count-short', { count: security })}
        </Tag>
      )}
      <Count value={device.updates_pending} />
    </span>
  );
}
