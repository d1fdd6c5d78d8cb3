// The answer about a device none of whose software is affected, with its reason. "Not covered" is never shown as none.
import type { ReactNode } from 'react';
import type { DeviceFindings } from '../api/shape.ts';
import { ToFeeds } from '../feeds/ToFeeds.tsx';
import { useText, useWord } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';
import { standingOf } from './findings.ts';

export function AnswerNotice({ findings, children }: { findings: DeviceFindings; children?: ReactNode }) {
  const text = useText();
  const word = useWord();
  const known = findings.reason ? word('reason', findings.reason) : undefined;
  const reason = known === findings.reason ? (findings.detail ?? undefined) : known;
  if (findings.answer === 'not-covered') {
    return (
      <Notice tone="warn" title={text('answer-not-covered')}>
        <p>{reason ? `${reason.charAt(0).toLocaleUpperCase()}${reason.slice(1)}.` : text('answer-not-covered-detail')}</p>
        <ToFeeds />
      </Notice>
    );
  }
  if (findings.answer === 'not-affected') {
    return (
      <Notice tone="good" title={text('answer-not-affected')}>
        <p>{text(findings.partly.length > 0 ? 'answer-not-affected-partly' : 'answer-not-affected-detail')}</p>
      </Notice>
    );
  }
  return (
    <Notice tone="warn" title={text('answer-affected', { count: 0 })}>
      <p>
        {text('answer-companions', { count: standingOf(findings.items).companions })} {children}
      </p>
    </Notice>
  );
}
