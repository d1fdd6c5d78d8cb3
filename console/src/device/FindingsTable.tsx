// Findings of a device as a table: each with the version that it has and the one that mends it.
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Formats } from '../formats/formats.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { KevMark, SeverityMark } from '../look/marks.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import { FixMark } from '../vulnerabilities/FixMark.tsx';
import styles from './device.module.css';
import type { SharedFinding } from './findings.ts';

export function FindingsTable({ label, items }: { label: string; items: SharedFinding[] }) {
  const text = useText();
  const formats = useFormats();
  // A column that would say "unknown" in every row leaves its room to the others.
  const isGraded = items.some((item) => item.severity !== 'unknown');
  const columns = useMemo(() => columnsOf(text, formats).filter(({ id }) => isGraded || id !== 'severity'), [text, formats, isGraded]);
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
      (one) => <Packages one={one} />,
      { track: 'minmax(90px, 1.2fr)', narrow: 'hide' },
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

/** The package; or the source of several, with their number, and their names as the title. */
function Packages({ one }: { one: SharedFinding }) {
  const text = useText();
  if (one.packages.length === 1) return <span title={one.packages[0]}>{one.packages[0]}</span>;
  return (
    <span title={one.packages.join(', ')}>
      {one.source}{' '}
      <span className={styles.soft} aria-hidden="true">
        ({one.packages.length})
      </span>
      <span className="unseen">{text('packages-of-source', { count: one.packages.length })}</span>
    </span>
  );
}

/** The facts of a finding below its name: how grave it is, what it is in, and what mends it. */
function Narrow({ one }: { one: SharedFinding }) {
  const text = useText();
  return (
    <span className={styles.lines}>
      <span className={styles.line}>
        <SeverityMark severity={one.severity} />
        {one.kev && <KevMark />}
        <span className={styles.cut}>
          <Packages one={one} />
        </span>
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
