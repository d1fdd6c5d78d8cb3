// The groups of the organisation: what each is called, how it gets its devices, and how many those are.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { DeviceGroup } from '../api/shape.ts';
import { DevicesTabs } from '../devices/DevicesTabs.tsx';
import { groupsQuestion } from '../devices/questions.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import styles from './groups.module.css';

export function GroupsPage() {
  const text = useText();
  const groups = useQuery(groupsQuestion);
  const columns = useColumns();
  return (
    <>
      <PageHead title={text('groups-title')} below={<span>{text('groups-intro')}</span>}>
        <MakeGroup />
      </PageHead>
      <DevicesTabs />
      <Panel flush>
        <Answered question={groups}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty icon="groups" title={text('groups-none')}>
                <p>{text('groups-none-detail')}</p>
              </Empty>
            ) : (
              <LedgerTable label={text('groups-title')} columns={columns} rows={byName(data.items)} rowKey={(one) => one.group} heights={[44, 64]} />
            )
          }
        </Answered>
      </Panel>
    </>
  );
}

function MakeGroup() {
  const text = useText();
  if (!useMay().all('devices:write')) return null;
  return (
    <Button renderRoot={(props) => <Link to="/devices/groups/new" search={{}} {...props} />}>{text('group-make')}</Button>
  );
}

function byName(groups: DeviceGroup[]): DeviceGroup[] {
  return groups.toSorted((a, b) => a.name.localeCompare(b.name));
}

function useColumns(): Column<DeviceGroup>[] {
  const text = useText();
  const { number } = useFormats();
  return useMemo(
    () => [
      column<DeviceGroup>(
        'name',
        text('group-name'),
        (one) => (
          <NameCell narrow={<span className={styles.cut}>{one.selector ?? text('group-kind-manual')}</span>}>
            <Link to="/devices/groups/$group" params={{ group: one.group }} {...ROW_CONTROL}>
              {one.name}
            </Link>
          </NameCell>
        ),
        { track: 'minmax(140px, 1.3fr)' },
      ),
      column<DeviceGroup>('kind', text('group-kind-short'), (one) => text(`group-kind-${one.kind}`), { track: '110px', narrow: 'hide' }),
      column<DeviceGroup>('selector', text('group-selector'), (one) => one.selector && <code title={one.selector}>{one.selector}</code>, {
        track: 'minmax(140px, 2.4fr)',
        narrow: 'hide',
      }),
      column<DeviceGroup>(
        'devices',
        text('devices-title'),
        (one) => (
          <Link to="/devices" search={{ group: one.group }} aria-label={text('group-devices-of', { name: one.name, count: one.devices, devices: number(one.devices) })}>
            {number(one.devices)}
          </Link>
        ),
        { track: '96px', align: 'end' },
      ),
    ],
    [text, number],
  );
}
