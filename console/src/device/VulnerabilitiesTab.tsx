// The vulnerabilities of one device: the answer with its reason, the software findings, and the findings of kernel
// companions (headers, tools) as a class of their own, folded away, since the running kernel is not what they are about.
import { Checkbox, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Formats } from '../formats/formats.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { KevMark, SeverityMark } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import filters from '../table/Filters.module.css';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import { SearchField } from '../table/SearchField.tsx';
import { FixMark } from '../vulnerabilities/FixMark.tsx';
import { LeftOut, RestsOn } from '../vulnerabilities/LeftOut.tsx';
import styles from './device.module.css';
import { bySeverity, bySource, type DeviceFindingFilter, inOrderOfUrgency, matching, type SharedFinding } from './findings.ts';
import { FindingsSummary } from './FindingsSummary.tsx';
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
            {findings.partly.length > 0 && (
              <ul className={styles.leftOut}>
                <LeftOut partly={findings.partly} />
              </ul>
            )}
            {findings.basis.length > 0 && (
              <div className={styles.spaced}>
                <RestsOn basis={findings.basis} />
              </div>
            )}
            {software.length > 0 && <Software items={software} />}
            {companions.length > 0 && <Companions items={companions} />}
          </>
        );
      }}
    </Answered>
  );
}

function Software({ items }: { items: SharedFinding[] }) {
  const text = useText();
  const { number } = useFormats();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<DeviceFindingFilter>) => void navigate({ search: { ...filter, ...change }, replace: true });
  const rows = matching(items, filter);
  const note =
    rows.length === items.length
      ? text('findings-count', { count: items.length })
      : text('findings-shown', { shown: number(rows.length), total: number(items.length) });
  return (
    <Panel flush title={text('findings-software')} note={<span role="status">{note}</span>}>
      <form role="search" aria-label={text('findings-filter')} className={filters.filters} onSubmit={(event) => event.preventDefault()}>
        <SearchField label={text('findings-search')} value={filter.q} onChange={(q) => set({ q })} />
        <NativeSelect
          size="xs"
          label={text('severity')}
          value={filter.severity ?? ''}
          onChange={(event) => set({ severity: (event.currentTarget.value || undefined) as DeviceFindingFilter['severity'] })}
          data={[{ value: '', label: text('filter-any') }, ...bySeverity(items).map(({ severity }) => ({ value: severity, label: text(`severity-${severity}`) }))]}
        />
        <Checkbox
          className={filters.plain}
          label={text('findings-fixable-only')}
          checked={filter.fix === 'yes'}
          onChange={(event) => set({ fix: event.currentTarget.checked ? 'yes' : undefined })}
        />
      </form>
      {rows.length === 0 ? <Empty icon="search" title={text('findings-none-match')} /> : <Findings label={text('findings-software')} items={rows} />}
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
        {isOpen && <Findings label={text('findings-companions')} items={items} />}
      </details>
    </Panel>
  );
}

function Findings({ label, items }: { label: string; items: SharedFinding[] }) {
  const text = useText();
  const formats = useFormats();
  const columns = useMemo(() => columnsOf(text, formats), [text, formats]);
  return (
    <LedgerTable label={label} columns={columns} rows={items} rowKey={(one) => `${one.cve} ${one.packages.join(' ')} ${one.version}`} heights={[40, 84]} />
  );
}

function columnsOf(text: Text, { percent }: Formats): Column<SharedFinding>[] {
  return [
    column<SharedFinding>(
      'cve',
      text('cve'),
      (one) => (
        <NameCell wide={one.kev && <KevMark />} narrow={<Narrow one={one} />}>
          <Link to="/vulnerabilities/$cve" params={{ cve: one.cve }} {...ROW_CONTROL}>
            {one.cve}
          </Link>
        </NameCell>
      ),
      { track: '170px' },
    ),
    column<SharedFinding>('severity', text('severity'), (one) => <SeverityMark severity={one.severity} />, { track: '102px', narrow: 'hide' }),
    column<SharedFinding>(
      'epss',
      text('epss'),
      (one) => (typeof one.epss === 'number' ? percent(one.epss) : <span className={styles.soft}>{text('unknown')}</span>),
      { track: '56px', align: 'end', narrow: 'hide' },
    ),
    column<SharedFinding>(
      'package',
      text('package-name'),
      (one) => <span title={one.packages.join(', ')}>{one.packages.join(', ')}</span>,
      { track: 'minmax(80px, 1fr)', narrow: 'hide' },
    ),
    column<SharedFinding>(
      'version',
      text('package-version'),
      (one) => (
        <span className={styles.version} title={one.version}>
          {one.version}
        </span>
      ),
      { track: 'minmax(120px, 1.6fr)', narrow: 'hide' },
    ),
    column<SharedFinding>(
      'fixed',
      text('fixed-version'),
      (one) =>
        one.fixed_version ? (
          <span className={styles.version} title={one.fixed_version}>
            {one.fixed_version}
          </span>
        ) : (
          <span className={styles.soft}>{text('fix-none')}</span>
        ),
      { track: 'minmax(120px, 1.6fr)', narrow: 'hide' },
    ),
    column<SharedFinding>('fix', text('finding-fix'), (one) => <FixMark waitsForReboot={one.waits_for_reboot} isAvailable={one.fix_available} />, {
      track: '134px',
      narrow: 'hide',
    }),
  ];
}

/** The facts of a finding below its name: how grave it is, what it is in, and what mends it. */
function Narrow({ one }: { one: SharedFinding }) {
  const text = useText();
  return (
    <span className={styles.lines}>
      <span className={styles.line}>
        <SeverityMark severity={one.severity} />
        {one.kev && <KevMark />}
        <span className={styles.cut}>{one.packages.join(', ')}</span>
      </span>
      <span className={styles.line}>
        <span className={styles.version}>{one.version}</span>
        {one.fixed_version ? (
          <>
            <Icon name="arrow" size={13} />
            <span className="unseen">{text('fixed-version')}</span>
            <span className={styles.version}>{one.fixed_version}</span>
          </>
        ) : (
          <span className={styles.cut}>{text('fix-none')}</span>
        )}
        {(one.fix_available || one.waits_for_reboot) && (
          <span className={styles.fixed} title={text(one.waits_for_reboot ? 'fix-waits' : 'fix-available')}>
            <Icon name="check" size={15} />
            <span className="unseen">{text(one.waits_for_reboot ? 'fix-waits' : 'fix-available')}</span>
          </span>
        )}
      </span>
    </span>
  );
}
