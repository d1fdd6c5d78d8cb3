// The three-state answer about a device's vulnerabilities, with its reason. "Not covered" is never shown as none.
import { Link } from '@tanstack/react-router';
import type { DeviceFindings } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';
import { countCves } from './findings.ts';

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
  const count = countCves(software);
  const exploited = countCves(software.filter((item) => item.kev));
  const fixable = countCves(software.filter((item) => item.fix_available));
  const companions = countCves(findings.items.filter((item) => item.class === 'kernel-companion'));
  return (
    <Notice tone={count > 0 ? 'bad' : 'warn'} title={text('answer-affected', { count })}>
      <p>
        {count > 0 && `${text('answer-affected-kev', { count: exploited })} ${text('answer-affected-fixable', { count: fixable })} `}
        {companions > 0 && `${text('answer-companions', { count: companions })} `}
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
