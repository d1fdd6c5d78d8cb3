// The vulnerabilities of one device: the answer with its reason, the software findings, and the findings of kernel
// companions (headers, tools) as a class of their own, folded away, since the running kernel is not what they are about.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Formats } from '../formats/formats.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { KevMark, SeverityMark, Tag } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import { AnswerNotice } from './AnswerNotice.tsx';
import styles from './device.module.css';
import { bySource, inOrderOfUrgency, type SharedFinding } from './findings.ts';
import { deviceVulnerabilitiesQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices/$device/vulnerabilities');

export function Tab() {
  const text = useText();
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
            <div className={styles.spaced}>
              <AnswerNotice findings={findings} />
            </div>
            {software.length > 0 && (
              <Panel flush title={text('findings-software')} note={text('findings-count', { count: software.length })}>
                <Findings label={text('findings-software')} items={software} />
              </Panel>
            )}
            {companions.length > 0 && <Companions items={companions} />}
          </>
        );
      }}
    </Answered>
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
      { track: 'minmax(150px, 190px)' },
    ),
    column<SharedFinding>('severity', text('severity'), (one) => <SeverityMark severity={one.severity} />, { track: '96px', narrow: 'hide' }),
    column<SharedFinding>(
      'epss',
      text('epss'),
      (one) => (typeof one.epss === 'number' ? percent(one.epss) : <span className={styles.soft}>{text('unknown')}</span>),
      { track: '66px', align: 'end', narrow: 'hide' },
    ),
    column<SharedFinding>(
      'package',
      text('package-name'),
      (one) => <span title={one.packages.join(', ')}>{one.packages.join(', ')}</span>,
      { track: 'minmax(100px, 1.6fr)', narrow: 'hide' },
    ),
    column<SharedFinding>(
      'version',
      text('package-version'),
      (one) => (
        <span className={styles.version} title={one.version}>
          {one.version}
        </span>
      ),
      { track: 'minmax(110px, 1.5fr)', narrow: 'hide' },
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
      { track: 'minmax(110px, 1.5fr)', narrow: 'hide' },
    ),
    column<SharedFinding>('fix', text('finding-fix'), (one) => one.fix_available && <Tag tone="good">{text('fix-available')}</Tag>, {
      track: '132px',
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
        {one.fix_available && (
          <span className={styles.fixed} title={text('fix-available')}>
            <Icon name="check" size={15} />
            <span className="unseen">{text('fix-available')}</span>
          </span>
        )}
      </span>
    </span>
  );
}
