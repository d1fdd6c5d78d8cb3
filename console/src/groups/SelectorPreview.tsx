// Which devices a query chooses, while it is being written.
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Device } from '../api/shape.ts';
import { LabelTags } from '../devices/LabelTags.tsx';
import { deviceName, osName } from '../devices/names.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Ago, Count, StatusMark } from '../look/marks.tsx';
import { Empty, Notice, ProblemNotice, Waiting } from '../notice/Notice.tsx';
import { fieldProblem } from '../notice/problems.ts';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import { chosenQuestion } from './questions.ts';

/** How long after the last key the preview is asked for. */
const PAUSE_MS = 350;

export function SelectorPreview({ selector }: { selector: string }) {
  const text = useText();
  const { number } = useFormats();
  const [asked] = useDebouncedValue(selector.trim(), PAUSE_MS);
  const list = useInfiniteQuery({ ...chosenQuestion(asked), enabled: asked !== '' });
  const columns = useMemo(() => columnsOf(text), [text]);
  const rows = rowsOf(list.data);
  const count = { count: rows.length, devices: number(rows.length) };
  const hasAnswer = asked !== '' && list.data !== undefined && !list.error;
  const note = hasAnswer ? text(list.hasNextPage ? 'preview-more' : 'preview-count', count) : undefined;
  return (
    <Panel flush title={text('preview')} note={<span role="status">{note}</span>}>
      <Body selector={asked} list={list}>
        <LedgerTable label={text('preview')} columns={columns} rows={rows} rowKey={(one) => one.device} more={list} />
      </Body>
    </Panel>
  );
}

function Body(props: { selector: string; list: { data?: Parameters<typeof rowsOf<Device>>[0]; error: unknown; isPending: boolean }; children: React.ReactNode }) {
  const text = useText();
  const { data, error, isPending } = props.list;
  if (props.selector === '') return <Empty icon="groups" title={text('preview-nothing')} />;
  const wrong = fieldProblem(error, 'selector');
  if (wrong) {
    return (
      <Notice tone="warn" title={text('preview-wrong')} role="status">
        <p lang="en">{wrong}</p>
      </Notice>
    );
  }
  if (error) return <ProblemNotice failure={error} />;
  if (isPending) return <Waiting />;
  if (rowsOf(data).length === 0) return <Empty icon="search" title={text('devices-none-match')} />;
  return props.children;
}

function columnsOf(text: Text): Column<Device>[] {
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
      { track: 'minmax(150px, 1.8fr)' },
    ),
    column<Device>('status', text('device-status'), (device) => <StatusMark status={device.status} />, { track: 'minmax(104px, 0.7fr)', narrow: 'hide' }),
    column<Device>('os', text('device-os'), (device) => osName(device.os) ?? <Count value={null} />, { track: 'minmax(112px, 1fr)', narrow: 'hide' }),
    column<Device>('labels', text('device-labels'), (device) => <LabelTags labels={device.labels} most={2} />, { track: 'minmax(120px, 1.9fr)', narrow: 'hide' }),
    column<Device>('last_seen', text('device-last-seen'), (device) => <Ago time={device.last_seen_at} />, { track: 'minmax(110px, 136px)', align: 'end' }),
  ];
}
