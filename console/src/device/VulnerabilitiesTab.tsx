// The vulnerabilities of one device: the answer with its reason, the software findings, and the findings of kernel
// companions (headers, tools) as a class of their own, folded away, since the running kernel is not what they are about.
import { Checkbox, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { DeviceFindings } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Answered, Empty, Notice } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import filters from '../table/Filters.module.css';
import { SearchField } from '../table/SearchField.tsx';
import { LeftOut, RestsOn } from '../vulnerabilities/LeftOut.tsx';
import styles from './device.module.css';
import { bySeverity, bySource, type DeviceFindingFilter, inOrderOfUrgency, matching, type SharedFinding } from './findings.ts';
import { FindingsSummary } from './FindingsSummary.tsx';
import { FindingsTable } from './FindingsTable.tsx';
import { deviceVulnerabilitiesQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices/$device/vulnerabilities');

export function Tab() {
  const { device } = route.useParams();
  const question = useQuery(deviceVulnerabilitiesQuestion(device));
  return (
    <Answered question={question}>
      {(findings) => {
        const items = bySource(inOrderOfUrgency(findings.items));
        const software = items.filter((item) => item.class === 'software');
        const companions = items.filter((item) => item.class === 'kernel-companion');
        return (
          <>
            <FindingsSummary findings={findings} />
            <Grounds findings={findings} />
            {software.length > 0 && <Software items={software} />}
            {companions.length > 0 && <Companions items={companions} />}
          </>
        );
      }}
    </Answered>
  );
}

/** What the answer rests on, and what of the device it leaves out. */
function Grounds({ findings }: { findings: DeviceFindings }) {
  if (findings.partly.length === 0) {
    return (
      <div className={styles.grounds}>
        <RestsOn basis={findings.basis} />
      </div>
    );
  }
  return (
    <div className={styles.spaced}>
      <Notice tone="info">
        <ul className={styles.leftOut}>
          <LeftOut partly={findings.partly} />
        </ul>
        <RestsOn basis={findings.basis} />
      </Notice>
    </div>
  );
}

function Software({ items }: { items: SharedFinding[] }) {
  const text = useText();
  const { number } = useFormats();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<DeviceFindingFilter>) => void navigate({ search: { ...filter, ...change }, replace: true });
  const severities = bySeverity(items);
  const rows = matching(items, filter);
  const note =
    rows.length === items.length
      ? text('findings-count', { count: items.length })
      : text('findings-shown', { shown: number(rows.length), total: number(items.length) });
  return (
    <Panel flush title={text('findings-software')} note={<span role="status">{note}</span>}>
      <form role="search" aria-label={text('findings-filter')} className={filters.filters} onSubmit={(event) => event.preventDefault()}>
        <SearchField label={text('findings-search')} value={filter.q} onChange={(q) => set({ q })} />
        {(severities.length > 1 || filter.severity) && (
          <NativeSelect
            size="xs"
            label={text('severity')}
            value={filter.severity ?? ''}
            onChange={(event) => set({ severity: (event.currentTarget.value || undefined) as DeviceFindingFilter['severity'] })}
            data={[{ value: '', label: text('filter-any') }, ...severities.map(({ severity }) => ({ value: severity, label: text(`severity-${severity}`) }))]}
          />
        )}
        <Checkbox
          className={filters.plain}
          label={text('findings-fixable-only')}
          checked={filter.fix === 'yes'}
          onChange={(event) => set({ fix: event.currentTarget.checked ? 'yes' : undefined })}
        />
      </form>
      {rows.length === 0 ? <Empty icon="search" title={text('findings-none-match')} /> : <FindingsTable label={text('findings-software')} items={rows} />}
    </Panel>
  );
}

function Companions({ items }: { items: SharedFinding[] }) {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel flush>
      <details className={styles.companions} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h2>{text('findings-companions')}</h2>
          <span className={styles.soft}>{text('findings-count', { count: items.length })}</span>
          <span className={styles.soft}>{text('findings-companions-note')}</span>
        </summary>
        {isOpen && <FindingsTable label={text('findings-companions')} items={items} />}
      </details>
    </Panel>
  );
}
