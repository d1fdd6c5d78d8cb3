// The devices of a group listed by hand: search, tick, and see those ticked so far.
import { Button, Checkbox, Switch } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Device } from '../api/shape.ts';
import { LabelTags } from '../devices/LabelTags.tsx';
import { deviceName, osName } from '../devices/names.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Count, StatusMark } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import filters from '../table/Filters.module.css';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import { SearchField } from '../table/SearchField.tsx';
import { candidatesQuestion } from './questions.ts';

/** The members by id. */
export type Members = ReadonlyMap<string, Device>;

export function membersOf(devices: Device[]): Members {
  return new Map(devices.map((one) => [one.device, one]));
}

export function MemberPicker({ members, onChange }: { members: Members; onChange: (members: Members) => void }) {
  const text = useText();
  const { number } = useFormats();
  const [q, setQ] = useState<string>();
  const [isOnlyMembers, setOnlyMembers] = useState(false);
  const list = useInfiniteQuery(candidatesQuestion(q));
  const columns = useMemo(() => columnsOf(text, members, onChange), [text, members, onChange]);
  const table = (rows: Device[], more?: typeof list) =>
    rows.length === 0 ? (
      <Empty icon="devices" title={text(isOnlyMembers ? 'members-none' : 'devices-none-match')} />
    ) : (
      <LedgerTable label={text('members')} columns={columns} rows={rows} rowKey={(one) => one.device} more={more} />
    );
  const shown = rowsOf(list.data).filter((one) => !members.has(one.device));

  return (
    <Panel flush title={text('members')} note={<span role="status">{text('members-count', { devices: number(members.size) })}</span>}>
      <form role="search" aria-label={text('members-filter')} className={filters.filters} onSubmit={(event) => event.preventDefault()}>
        <SearchField label={text('devices-search')} value={q} onChange={setQ} />
        <Switch
          className={filters.plain}
          label={text('members-only')}
          checked={isOnlyMembers}
          onChange={(event) => setOnlyMembers(event.currentTarget.checked)}
        />
        {q && !isOnlyMembers && shown.length > 0 && (
          <Button variant="default" size="xs" className={filters.plain} onClick={() => onChange(membersOf([...members.values(), ...shown]))}>
            {text('members-add-shown', { devices: number(shown.length) })}
          </Button>
        )}
      </form>
      {isOnlyMembers ? table(matching([...members.values()], q)) : <Answered question={list}>{(data) => table(rowsOf(data), list)}</Answered>}
    </Panel>
  );
}

function matching(devices: Device[], q?: string): Device[] {
  const wanted = q?.toLowerCase() ?? '';
  return devices.filter((one) => deviceName(one).toLowerCase().includes(wanted)).toSorted((a, b) => (deviceName(a) < deviceName(b) ? -1 : 1));
}

function columnsOf(text: Text, members: Members, onChange: (members: Members) => void): Column<Device>[] {
  const toggle = (device: Device) => {
    const next = new Map(members);
    if (!next.delete(device.device)) next.set(device.device, device);
    onChange(next);
  };
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
          <Checkbox label={deviceName(device)} checked={members.has(device.device)} onChange={() => toggle(device)} {...ROW_CONTROL} />
        </NameCell>
      ),
      { track: 'minmax(180px, 1.8fr)' },
    ),
    column<Device>('status', text('device-status'), (device) => <StatusMark status={device.status} />, { track: 'minmax(104px, 0.7fr)', narrow: 'hide' }),
    column<Device>('os', text('device-os'), (device) => osName(device.os) ?? <Count value={null} />, { track: 'minmax(112px, 1fr)', narrow: 'hide' }),
    column<Device>('labels', text('device-labels'), (device) => <LabelTags labels={device.labels} most={2} />, { track: 'minmax(120px, 2fr)', narrow: 'hide' }),
  ];
}
