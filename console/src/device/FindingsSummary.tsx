// How a device stands, at a glance: how many flaws, how grave, how many are exploited, and how many an update mends today.
import type { ReactNode } from 'react';
import type { DeviceFindings, Severity } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { AnswerNotice } from './AnswerNotice.tsx';
import { bySeverity, standingOf } from './findings.ts';
import styles from './FindingsSummary.module.css';

const WIDTH = 1_000;
/** The least that a part of the bar is wide, so that one critical flaw among a thousand is seen. */
const PART_LEAST = 8;

/** The answer in words where there is no affected software, and otherwise its summary. */
export function FindingsSummary({ findings, children }: { findings: DeviceFindings; children?: ReactNode }) {
  const standing = standingOf(findings.items);
  if (findings.answer !== 'affected' || standing.software === 0) {
    return (
      <div className={styles.spaced}>
        <AnswerNotice findings={findings}>{children}</AnswerNotice>
      </div>
    );
  }
  return <Summary findings={findings}>{children}</Summary>;
}

function Summary({ findings, children }: { findings: DeviceFindings; children?: ReactNode }) {
  const text = useText();
  const { software, exploited, fixable, waiting, companions } = standingOf(findings.items);
  const counts = bySeverity(findings.items);
  return (
    <section className={styles.summary} aria-label={text('device-cves')}>
      <div className={styles.head}>
        <h2 className={styles.title}>
          <Icon name="warning" />
          {text('answer-affected', { count: software })}
        </h2>
        {children}
      </div>
      {counts.some(({ severity }) => severity !== 'unknown') ? (
        <Severities counts={counts} />
      ) : (
        <p className={styles.soft}>{text('severities-none')}</p>
      )}
      <ul className={styles.facts}>
        <li data-tone={exploited > 0 ? 'bad' : undefined}>{text('answer-affected-kev', { count: exploited })}</li>
        <li data-tone={fixable > 0 ? 'good' : undefined}>{text('answer-affected-fixable', { count: fixable })}</li>
        {waiting > 0 && <li data-tone="warn">{text('answer-waits', { count: waiting })}</li>}
        {companions > 0 && <li>{text('answer-companions', { count: companions })}</li>}
      </ul>
    </section>
  );
}

function Severities({ counts }: { counts: { severity: Severity; count: number }[] }) {
  const text = useText();
  const { number } = useFormats();
  return (
    <>
      <Bar counts={counts} />
      <ul className={styles.legend}>
        {counts.map(({ severity, count }) => (
          <li key={severity} data-severity={severity}>
            {text(`severity-${severity}`)} <strong>{number(count)}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}

function Bar({ counts }: { counts: { severity: Severity; count: number }[] }) {
  const total = counts.reduce((sum, one) => sum + one.count, 0);
  const wanted = counts.map((one) => Math.max(PART_LEAST, (one.count / total) * WIDTH));
  const scale = WIDTH / wanted.reduce((sum, one) => sum + one, 0);
  let from = 0;
  return (
    <svg className={styles.bar} viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
      {counts.map(({ severity }, index) => {
        const x = from;
        const width = (wanted[index] ?? 0) * scale;
        from += width;
        return <rect key={severity} data-severity={severity} x={x} width={Math.max(width - 2, 1)} height="10" />;
      })}
    </svg>
  );
}
