// The three-state answer about a device's vulnerabilities, with its reason. "Not covered" is never shown as none.
import { Link } from '@tanstack/react-router';
import type { DeviceFindings } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';

export function AnswerNotice({ findings, device }: { findings: DeviceFindings; device?: string }) {
  const text = useText();
  const word = useWord();
  const known = findings.reason ? word('reason', findings.reason) : undefined;
  const reason = known === findings.reason ? (findings.detail ?? undefined) : known;
  if (findings.answer === 'not-covered') {
    return (
      <Notice tone="warn" title={text('answer-not-covered')}>
        <p>{reason ? `${reason.charAt(0).toLocaleUpperCase()}${reason.slice(1)}.` : text('answer-not-covered-detail')}</p>
        <p>
          <Link to="/feeds">{text('answer-see-feeds')}</Link>
        </p>
      </Notice>
    );
  }
  if (findings.answer === 'not-affected') {
    return (
      <Notice tone="good" title={text('answer-not-affected')}>
        {reason ? <p>{reason}</p> : <p>{text('answer-not-affected-detail')}</p>}
      </Notice>
    );
  }
  // All three count the same things: flaws of software, each once however many packages it concerns.
  const software = findings.items.filter((item) => item.class === 'software');
  const all = flaws(software);
  const exploited = flaws(software.filter((item) => item.kev));
  const fixable = flaws(software.filter((item) => item.fix_available));
  return (
    <Notice tone="bad" title={text('answer-affected', { count: all })}>
      <p>
        {text('answer-affected-kev', { count: exploited })} {text('answer-affected-fixable', { count: fixable })}{' '}
        {device && (
          <Link to="/devices/$device/vulnerabilities" params={{ device }}>
            {text('answer-see-list')}
          </Link>
        )}
      </p>
      {reason && <p>{reason}</p>}
    </Notice>
  );
}

function flaws(items: DeviceFindings['items']): number {
  return new Set(items.map((item) => item.cve)).size;
}
