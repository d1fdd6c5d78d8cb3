// Enrolment tokens: each lets devices join until it expires or is used up. The command to run on a device is shown once.
import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { answered, api } from '../api/client.ts';
import type { EnrolmentToken, NewEnrolmentToken } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Tag } from '../look/marks.tsx';
import { Answered, Empty, ProblemNotice } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { EnrolmentCommand } from './EnrolmentCommand.tsx';
import { expiryIn, LIFETIMES_DAYS } from './expiry.ts';
import { enrolmentTokensQuestion } from './questions.ts';
import { RevokeButton } from './RevokeButton.tsx';
import { Secret } from './Secret.tsx';
import styles from './settings.module.css';

export function Tab() {
  const text = useText();
  const tokens = useQuery(enrolmentTokensQuestion);
  return (
    <>
      <Panel title={text('enrolment-new')} note={text('enrolment-new-note')}>
        <EnrolmentForm />
      </Panel>
      <Panel flush title={text('enrolment-tokens')}>
        <Answered question={tokens}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty icon="devices" title={text('enrolment-none')} />
            ) : (
              <ul className={styles.tokens}>
                {data.items.map((token) => (
                  <EnrolmentRow key={token.enrolment_token} token={token} />
                ))}
              </ul>
            )
          }
        </Answered>
      </Panel>
    </>
  );
}

function EnrolmentRow({ token }: { token: EnrolmentToken }) {
  const text = useText();
  const { date, exact } = useFormats();
  const isOver = new Date(token.expires_at) < new Date();
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {token.name}
        {isOver && <Tag>{text('expired')}</Tag>}
      </span>
      <span className={styles.facts}>
        <time dateTime={token.expires_at} title={exact(token.expires_at)}>
          {text('expires', { date: date(token.expires_at) })}
        </time>{' '}
        · {usesOf(token, text)}
      </span>
      <RevokeButton
        name={token.name}
        queryKey={enrolmentTokensQuestion.queryKey}
        revoke={() => answered(api.DELETE('/api/v1/enrolment-tokens/{enrolment_token}', { params: { path: { enrolment_token: token.enrolment_token } } }))}
      />
    </li>
  );
}

function usesOf(token: EnrolmentToken, text: ReturnType<typeof useText>): string {
  if (token.uses_max) return text('uses-of', { uses: token.uses, most: token.uses_max });
  return text('uses-count', { count: token.uses });
}

function EnrolmentForm() {
  const text = useText();
  const questions = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const make = useMutation({
    mutationFn: (body: NewEnrolmentToken) => answered(api.POST('/api/v1/enrolment-tokens', { body })),
    onSuccess: async () => {
      form.current?.reset();
      await questions.invalidateQueries({ queryKey: enrolmentTokensQuestion.queryKey });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const uses = Number(fields.get('uses'));
    make.mutate({
      name: String(fields.get('name')).trim(),
      expires_at: expiryIn(Number(fields.get('days'))),
      ...(uses > 0 && { uses_max: uses }),
    });
  };
  return (
    <form ref={form} onSubmit={submit} className={styles.form}>
      <TextInput label={text('token-name')} name="name" required withAsterisk={false} maxLength={200} />
      <NativeSelect
        label={text('expires-after')}
        name="days"
        defaultValue="7"
        data={LIFETIMES_DAYS.map((days) => ({ value: String(days), label: text('days', { count: days }) }))}
      />
      <NumberInput label={text('uses-max')} name="uses" min={1} hideControls placeholder={text('uses-any')} />
      <div className={styles.whole}>
        <Button type="submit" loading={make.isPending}>
          {text('enrolment-make')}
        </Button>
      </div>
      <div className={styles.whole}>
        {make.error && <ProblemNotice failure={make.error} />}
        {make.data && (
          <Secret values={[{ label: text('token-secret-of', { name: make.data.name }), value: make.data.secret }]}>
            <EnrolmentCommand command={make.data.command} />
          </Secret>
        )}
      </div>
    </form>
  );
}
