// The filters of the device list. Every change is in the address at once, the text a moment after the last key.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DeviceSummary } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { selectorOf } from '../groups/selector.ts';
import { useText } from '../language/Language.tsx';
import { useMay } from '../sign-in/may.ts';
import { SearchField } from '../table/SearchField.tsx';
import styles from '../table/Filters.module.css';
import { DEVICE_STATUSES, type DeviceFilter, isNarrowing } from './filter.ts';
import { systemName } from './names.ts';
import { groupsQuestion } from './questions.ts';

export function DeviceFilters(props: {
  filter: DeviceFilter;
  systems: DeviceSummary['by_os'];
  onChange: (filter: DeviceFilter) => void;
}) {
  const { filter, systems, onChange } = props;
  const text = useText();
  const may = useMay();
  const { number } = useFormats();
  const groups = useQuery(groupsQuestion).data?.items ?? [];
  const set = (change: Partial<DeviceFilter>) => onChange({ ...filter, ...change });
  const any = { value: '', label: text('filter-any') };

  return (
    <form role="search" aria-label={text('devices-filter')} className={styles.filters} onSubmit={(event) => event.preventDefault()}>
      <SearchField label={text('devices-search')} value={filter.q} onChange={(q) => set({ q })} />
      <NativeSelect
        size="xs"
        label={text('device-status')}
        value={filter.status ?? ''}
        onChange={(event) => set({ status: (event.currentTarget.value || undefined) as DeviceFilter['status'] })}
        data={[any, ...DEVICE_STATUSES.map((status) => ({ value: status, label: text(`status-${status}`) }))]}
      />
      <NativeSelect
        size="xs"
        label={text('device-os')}
        value={filter.os ?? ''}
        onChange={(event) => set({ os: event.currentTarget.value || undefined })}
        data={[any, ...systems.map(({ os, count }) => ({ value: os, label: `${systemName(os)} (${number(count)})` }))]}
      />
      {groups.length > 0 && (
        <NativeSelect
          size="xs"
          label={text('device-group')}
          value={filter.group ?? ''}
          onChange={(event) => set({ group: event.currentTarget.value || undefined })}
          data={[any, ...groups.map(({ group, name }) => ({ value: group, label: name }))]}
        />
      )}
      <LabelField key={filter.label ?? ''} label={filter.label} onChange={(label) => set({ label })} />
      {isNarrowing(filter) && (
        <>
          <Button variant="subtle" size="xs" className={styles.clear} onClick={() => onChange({ sort: filter.sort })}>
            {text('filter-clear')}
          </Button>
          {may.all('devices:write') && (
            <Button
              variant="subtle"
              size="xs"
              className={styles.clear}
              renderRoot={(button) => <Link to="/devices/groups/new" search={{ selector: selectorOf(filter) }} {...button} />}
            >
              {text('filter-to-group')}
            </Button>
          )}
        </>
      )}
    </form>
  );
}

/** A label is taken when it is whole: on Enter or when the field is left. */
function LabelField(props: { label?: string; onChange: (label?: string) => void }) {
  const text = useText();
  const take = (value: string) => {
    const label = value.trim() || undefined;
    if (label !== props.label) props.onChange(label);
  };
  return (
    <TextInput
      size="xs"
      label={text('device-label')}
      placeholder="env=prod"
      defaultValue={props.label ?? ''}
      onBlur={(event) => take(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && take(event.currentTarget.value)}
    />
  );
}
