// Where one is signed in: every browser, with the way to sign it out.
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { OwnSession } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Ago, Tag } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';
import styles from '../settings/settings.module.css';
import { Panel } from '../shell/Panel.tsx';
import { sessionsQuestion } from './questions.ts';

/** "Firefox on Linux", of the two words that are kept of a browser. */
function browserOf(session: OwnSession, text: Text): string {
  const [program, system] = (session.browser ?? 'other/other').split('/');
  return text('session-browser', { program: text(`browser-${program}`), system: text(`system-${system}`) });
}

export function SessionsPanel() {
  const text = useText();
  const questions = useQueryClient();
  const sessions = useQuery(sessionsQuestion);
  const endOthers = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/account/sessions')),
    onSuccess: () => {
      toastDone(text('sessions-ended'));
      return questions.invalidateQueries({ queryKey: ['account'] });
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const hasOthers = (sessions.data?.items.length ?? 0) > 1;
  return (
    <Panel
      flush
      title={text('account-sessions')}
      note={text('account-sessions-note')}
      action={
        hasOthers && (
          <Button variant="default" size="xs" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {text('sessions-end-others')}
          </Button>
        )
      }
    >
      <Answered question={sessions}>
        {(data) => (
          <ul className={styles.tokens}>
            {data.items.map((session) => (
              <Row key={session.session} session={session} />
            ))}
          </ul>
        )}
      </Answered>
    </Panel>
  );
}

function Row({ session }: { session: OwnSession }) {
  const text = useText();
  const { dateTime } = useFormats();
  const questions = useQueryClient();
  const end = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/account/sessions/{session}', { params: { path: { session: session.session } } })),
    onSuccess: () => {
      toastDone(text('session-ended'));
      return questions.invalidateQueries({ queryKey: ['account'] });
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const browser = browserOf(session, text);
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {browser}
        {session.this && <Tag tone="info">{text('session-this')}</Tag>}
      </span>
      <span className={styles.facts}>
        {text('session-begun', { time: dateTime(session.begun_at) })}
        {' · '}
        {text('session-last-used')}: <Ago time={session.last_used_at} />
      </span>
      {!session.this && (
        <Button
          variant="default"
          size="xs"
          loading={end.isPending}
          onClick={() => end.mutate()}
          aria-label={text('session-end-of', { browser, time: dateTime(session.begun_at) })}
        >
          {text('session-end')}
        </Button>
      )}
    </li>
  );
}
