// What stands in the place of content: a failure, an emptiness, a wait, or a sentence that must not be missed.
import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemError } from '../api/problem.ts';
import { useText } from '../language/Language.tsx';
import { Icon, type IconName } from '../look/Icon.tsx';
import styles from './Notice.module.css';
import { tellProblem } from './problems.ts';

export type NoticeTone = 'info' | 'warn' | 'bad' | 'good' | 'plain';

const FINAL_STATUSES = [401, 403, 404, 410];
const TONE_ICONS: Record<NoticeTone, IconName> = { info: 'info', warn: 'warning', bad: 'warning', good: 'check', plain: 'off' };

/** A sentence in the flow of the page. */
export function Notice(props: { tone: NoticeTone; title?: string; children?: ReactNode; role?: 'alert' | 'status' }) {
  return (
    <div className={styles.notice} data-tone={props.tone} role={props.role}>
      <span className={styles.icon}>
        <Icon name={TONE_ICONS[props.tone]} />
      </span>
      <div className={styles.words}>
        {props.title && <p className={styles.title}>{props.title}</p>}
        {props.children}
      </div>
    </div>
  );
}

export function ProblemNotice(props: { failure: unknown; onRetry?: () => void }) {
  const text = useText();
  const told = tellProblem(text, props.failure);
  return (
    <Notice tone="bad" title={told.title} role="alert">
      {told.detail && <p lang={told.detailLanguage}>{told.detail}</p>}
      {told.request && <p className={styles.request}>{text('problem-request', { request: told.request })}</p>}
      {props.onRetry && !isFinal(props.failure) && (
        <Button variant="default" size="xs" mt={8} onClick={props.onRetry}>
          {text('try-again')}
        </Button>
      )}
    </Notice>
  );
}

/** Whether asking again cannot help: the answer is a right that lacks, or a thing that is not there. */
function isFinal(failure: unknown): boolean {
  return failure instanceof ProblemError && FINAL_STATUSES.includes(failure.problem.status);
}

/** Nothing to list, and what to do about it. */
export function Empty(props: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <span className={styles.emptyIcon}>
        <Icon name={props.icon} size={30} />
      </span>
      <h2 className={styles.emptyTitle}>{props.title}</h2>
      {props.children && <div className={styles.emptyWords}>{props.children}</div>}
    </div>
  );
}

export function Waiting() {
  const text = useText();
  return (
    <div className={styles.waiting} role="status">
      <Loader size="sm" />
      <span>{text('loading')}</span>
    </div>
  );
}

/** Shows a question's answer, its failure or the wait for it. */
export function Answered<Data>(props: {
  question: { data?: Data; error: unknown; isPending: boolean; isPlaceholderData?: boolean; refetch: () => unknown };
  children: (data: Data) => ReactNode;
}) {
  const { data, error, isPending, isPlaceholderData, refetch } = props.question;
  if (data !== undefined) {
    return (
      <div className={styles.answered} aria-busy={isPlaceholderData || undefined}>
        {props.children(data)}
      </div>
    );
  }
  if (isPending) return <Waiting />;
  return <ProblemNotice failure={error} onRetry={() => void refetch()} />;
}
