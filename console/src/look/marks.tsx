// Small marks with a fixed meaning. Each says it in words and shape; colour only repeats it.
import type { ReactNode } from 'react';
import type { DeviceStatus, Severity } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { ROW_CONTROL } from '../table/row-keys.ts';
import styles from './marks.module.css';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'info';

export function Tag(props: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={styles.tag} data-tone={props.tone ?? 'plain'} title={props.title}>
      {props.children}
    </span>
  );
}

/** Bars filled by rank, so that severities compare at a glance without colour. */
const SEVERITY_RANKS: Record<Severity, number> = { unknown: 0, low: 1, medium: 2, high: 3, critical: 4 };

export function SeverityMark(props: { severity: Severity }) {
  const text = useText();
  const rank = SEVERITY_RANKS[props.severity] ?? 0;
  return (
    <span className={styles.severity} data-severity={props.severity}>
      <svg width="15" height="12" viewBox="0 0 15 12" aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <rect key={bar} x={(bar - 1) * 4} y={9 - bar * 2.2} width="2.6" height={3 + bar * 2.2} rx="0.6" opacity={bar <= rank ? 1 : 0.25} />
        ))}
      </svg>
      {text(`severity-${props.severity}`)}
    </span>
  );
}

export function KevMark(props: { added?: string | null }) {
  const text = useText();
  const { date } = useFormats();
  const title = props.added ? text('kev-added', { date: date(props.added) }) : text('kev-title');
  return (
    <span className={styles.kev} title={title}>
      {text('kev')}
      <span className="unseen">: {title}</span>
    </span>
  );
}

const STATUS_TONES: Record<DeviceStatus, Tone> = { fresh: 'good', stale: 'warn', lost: 'bad', retired: 'plain' };

export function StatusMark(props: { status: DeviceStatus }) {
  const text = useText();
  return (
    <span className={styles.status} data-tone={STATUS_TONES[props.status]} data-status={props.status}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {props.status === 'fresh' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
        {props.status === 'stale' && <path d="M5 1a4 4 0 1 1 0 8z" fill="currentColor" />}
        {props.status === 'stale' && <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" />}
        {props.status === 'lost' && <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.4" />}
        {props.status === 'retired' && <path d="M1 5h8" stroke="currentColor" strokeWidth="1.6" />}
      </svg>
      {text(`status-${props.status}`)}
    </span>
  );
}

export function Ago(props: { time?: string | null }) {
  const text = useText();
  const { ago, exact } = useFormats();
  if (!props.time) return <span className={styles.soft}>{text('never')}</span>;
  return (
    <time dateTime={props.time} title={exact(props.time)}>
      {ago(props.time)}
    </time>
  );
}

/** A moment in the reader's zone, to the minute or the day; its title has the second and the zone. */
export function Moment(props: { time: string; dayOnly?: boolean; isControl?: boolean }) {
  const { date, dateTime, exact } = useFormats();
  const control = props.isControl ? { tabIndex: -1, ...ROW_CONTROL } : {};
  return (
    <time dateTime={props.time} title={exact(props.time)} {...control}>
      {props.dayOnly ? date(props.time) : dateTime(props.time)}
    </time>
  );
}

/** A number that may be unknown; an unknown one is a dash that reads "not collected", never a zero. */
export function Count(props: { value?: number | null; reason?: string }) {
  const text = useText();
  const { number } = useFormats();
  if (props.value !== undefined && props.value !== null) return <>{number(props.value)}</>;
  const reason = props.reason ?? text('not-collected');
  return (
    <span className={styles.soft} title={reason}>
      <span aria-hidden="true">–</span>
      <span className="unseen">{reason}</span>
    </span>
  );
}
