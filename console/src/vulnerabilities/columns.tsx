import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Finding, VulnerablePackage } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { KevMark, SeverityMark, Tag } from '../look/marks.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { ROW_CONTROL } from '../table/row-keys.ts';
import styles from './vulnerabilities.module.css';

export function useFindingColumns(): Column<Finding>[] {
  const text = useText();
  const formats = useFormats();
  return useMemo(() => {
    const { number, percent } = formats;
    const epss = (one: Finding) =>
      typeof one.epss === 'number' ? percent(one.epss) : <span className={styles.soft}>{text('unknown')}</span>;
    return [
      column<Finding>(
        'cve',
        text('cve'),
        (one) => (
          <NameCell
            narrow={
              <>
                <SeverityMark severity={one.severity} />
                {one.kev && <KevMark added={one.kev_added} />}
                <span className={styles.cut}>{one.packages.join(', ')}</span>
              </>
            }
          >
            <Link to="/vulnerabilities/$cve" params={{ cve: one.cve }} {...ROW_CONTROL}>
              {one.cve}
            </Link>
          </NameCell>
        ),
        { track: 'minmax(138px, 150px)' },
      ),
      column<Finding>('kev', text('kev'), (one) => (one.kev ? <KevMark added={one.kev_added} /> : <span className="unseen">{text('no')}</span>), {
        track: '54px',
        sort: 'kev',
        narrow: 'hide',
      }),
      column<Finding>('severity', text('severity'), (one) => <SeverityMark severity={one.severity} />, {
        track: '102px',
        sort: 'severity',
        narrow: 'hide',
      }),
      column<Finding>('epss', text('epss'), epss, { track: '72px', sort: 'epss', align: 'end', narrow: 'hide' }),
      column<Finding>('what', text('finding-what'), (one) => <What one={one} />, { track: 'minmax(160px, 3fr)', narrow: 'hide' }),
      column<Finding>('fix', text('finding-fixable'), (one) => <Fix one={one} />, { track: '128px', align: 'end', narrow: 'hide' }),
      column<Finding>('devices', text('exposed'), (one) => <strong>{number(one.devices_exposed)}</strong>, {
        track: '84px',
        sort: 'devices',
        align: 'end',
      }),
    ];
  }, [text, formats]);
}

function What({ one }: { one: Finding }) {
  const text = useText();
  return (
    <span className={styles.what}>
      <span>
        <span className={styles.packages}>{one.packages.join(', ')}</span>
        {one.class === 'kernel-companion' && <Tag>{text('class-companion')}</Tag>}
      </span>
      {one.summary && (
        <span className={styles.summary} title={one.summary}>
          {one.summary}
        </span>
      )}
    </span>
  );
}

function Fix({ one }: { one: Finding }) {
  const text = useText();
  const { number } = useFormats();
  if (one.fixed_versions.length === 0) return <span className={styles.soft}>{text('fix-none')}</span>;
  if (one.fix_available_devices === 0) return <>{number(0)}</>;
  return (
    <span className={styles.good} title={one.fixed_versions.join(', ')}>
      {number(one.fix_available_devices)}
    </span>
  );
}

export function useVulnerablePackageColumns(): Column<VulnerablePackage>[] {
  const text = useText();
  const { number } = useFormats();
  return useMemo(
    () => [
      column<VulnerablePackage>(
        'source',
        text('package-source'),
        (one) => (
          <NameCell
            wide={one.kev > 0 && <KevMark />}
            narrow={
              <>
                <SeverityMark severity={one.worst_severity} />
                {one.kev > 0 && <KevMark />}
              </>
            }
          >
            <Link to="/vulnerabilities" search={{ q: one.source }} {...ROW_CONTROL}>
              {one.source}
            </Link>
          </NameCell>
        ),
        { track: 'minmax(140px, 2fr)' },
      ),
      column<VulnerablePackage>('profile', text('profile'), (one) => one.profile, { track: 'minmax(110px, 1fr)', narrow: 'hide' }),
      column<VulnerablePackage>('worst', text('severity-worst'), (one) => <SeverityMark severity={one.worst_severity} />, {
        track: '130px',
        narrow: 'hide',
      }),
      column<VulnerablePackage>('cves', text('cves'), (one) => number(one.cves), { track: '80px', align: 'end' }),
      column<VulnerablePackage>('devices', text('devices-exposed'), (one) => <strong>{number(one.devices_exposed)}</strong>, {
        track: 'minmax(80px, 130px)',
        align: 'end',
      }),
    ],
    [text, number],
  );
}
