// What was asked to be erased: how far it is, the way to call it off, the receipt; and the doors to erase account and organisation.
import { Button, Group } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { rowsOf } from '../api/pages.ts';
import type { Erasure } from '../api/shape.ts';
import { EraseButton } from '../erasure/EraseButton.tsx';
import { ERASURES_KEY, erasuresQuestion, receiptOf } from '../erasure/questions.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Tag, type Tone } from '../look/marks.tsx';
import { saveFile } from '../look/saveFile.ts';
import { Answered, Empty } from '../notice/Notice.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { sessionQuestion } from '../sign-in/session.ts';
import styles from './settings.module.css';

export function Tab() {
  const text = useText();
  const session = useQuery(sessionQuestion).data;
  const list = useInfiniteQuery(erasuresQuestion);
  return (
    <>
      <Panel flush title={text('erasures')} note={text('erasures-note')}>
        <Answered question={list}>
          {(data) => {
            const rows = rowsOf(data);
            if (rows.length === 0) return <Empty icon="settings" title={text('erasures-none')} />;
            return (
              <>
                <ul className={styles.tokens}>
                  {rows.map((one) => (
                    <Row key={one.erasure} erasure={one} />
                  ))}
                </ul>
                {list.hasNextPage && (
                  <div style={{ padding: '12px 16px' }}>
                    <Button variant="default" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
                      {text('erasures-more')}
                    </Button>
                  </div>
                )}
              </>
            );
          }}
        </Answered>
      </Panel>
      <Panel title={text('erase-doors')} note={text('erase-doors-note')}>
        {session && (
          <Group gap={12}>
            <EraseButton label={text('erase-user')} subject="user" id={session.user} name={session.email} />
            <EraseButton label={text('erase-tenant')} subject="tenant" id={session.tenant} name={session.tenant_name} />
          </Group>
        )}
      </Panel>
    </>
  );
}

function whenOf({ state, finished_at, due_at, deadline_at }: Erasure, text: Text, exact: (time: string) => string): string {
  if (!finished_at) return text('erasure-due-at', { due: exact(due_at), deadline: exact(deadline_at) });
  const time = exact(finished_at);
  return state === 'done' ? text('erasure-done-at', { time }) : text('erasure-cancelled-at', { time });
}

const TONES: Record<Erasure['state'], Tone> = { waiting: 'warn', running: 'info', done: 'good', cancelled: 'plain' };

function Row({ erasure }: { erasure: Erasure }) {
  const text = useText();
  const { exact } = useFormats();
  const questions = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/erasures/{erasure}/cancel', { params: { path: { erasure: erasure.erasure } } })),
    onSuccess: () => {
      toastDone(text('erasure-cancelled-done'));
      return questions.invalidateQueries({ queryKey: ERASURES_KEY });
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const receipt = useMutation({
    mutationFn: () => receiptOf(erasure.erasure),
    onSuccess: (contents) => saveFile(`receipt-${erasure.erasure}.json`, contents, 'application/json'),
    onError: (failure) => toastProblem(text, failure),
  });
  const name = text(`erasure-of-${erasure.subject}`, { id: erasure.id });
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {name}
        <Tag tone={TONES[erasure.state]}>{text(`erasure-${erasure.state}`)}</Tag>
        {erasure.is_late && erasure.state !== 'done' && <Tag tone="bad">{text('erasure-late')}</Tag>}
      </span>
      <span className={styles.facts}>
        {whenOf(erasure, text, exact)}
      </span>
      {erasure.state === 'waiting' && (
        <Button variant="default" size="xs" loading={cancel.isPending} onClick={() => cancel.mutate()} aria-label={text('erasure-cancel-of', { name })}>
          {text('erasure-cancel')}
        </Button>
      )}
      {erasure.state === 'done' && (
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="download" size={15} />}
          loading={receipt.isPending}
          onClick={() => receipt.mutate()}
          aria-label={text('erasure-receipt-of', { name })}
        >
          {text('erasure-receipt')}
        </Button>
      )}
    </li>
  );
}
