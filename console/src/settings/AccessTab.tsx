// From which networks each kind of credential works, and how long API tokens live. A change takes a fresh code of the second factor.
import { Button, Checkbox, NumberInput, Stack, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answered, api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import type { AccessPolicy, NewAccessPolicy } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { Answered } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { linesOf } from './lines.ts';
import { accessPolicyQuestion } from './questions.ts';

const KINDS = ['people', 'api', 'agents'] as const;

export function Tab() {
  const text = useText();
  const policy = useQuery(accessPolicyQuestion);
  return (
    <Panel title={text('settings-access')} note={text('access-note')}>
      <Answered question={policy}>{(data) => <PolicyForm key={JSON.stringify(data)} policy={data} />}</Answered>
    </Panel>
  );
}

function PolicyForm({ policy }: { policy: AccessPolicy }) {
  const text = useText();
  const questions = useQueryClient();
  const [days, setDays] = useState<number | string>(policy.token_days_max);
  const [lists, setLists] = useState(() => mapped((kind) => policy.networks[kind].join('\n')));
  const [isAsking, setAsking] = useState(false);
  const [isMeant, setMeant] = useState(false);
  const save = useMutation({
    mutationFn: (body: NewAccessPolicy) => answered(api.PUT('/api/v1/access-policy', { body })),
    onSuccess: async () => {
      setAsking(false);
      toastDone(text('settings-saved'));
      await questions.invalidateQueries({ queryKey: accessPolicyQuestion.queryKey });
    },
  });
  const wouldLockOut = save.error instanceof ProblemError && save.error.slug === 'would-lock-out';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.reset();
    setMeant(false);
    setAsking(true);
  };
  const send = (code: string) =>
    save.mutate({ token_days_max: Number(days), networks: mapped((kind) => linesOf(lists[kind])), lock_me_out: isMeant, totp_code: code });
  return (
    <>
      <form onSubmit={submit}>
        <Stack gap={14} maw={560}>
          {policy.your_address && <p>{text('access-your-address', { address: policy.your_address })}</p>}
          {KINDS.map((kind) => (
            <Textarea
              key={kind}
              label={text(`access-${kind}`)}
              description={text(`access-${kind}-note`)}
              placeholder={text('access-everybody')}
              value={lists[kind]}
              onChange={(event) => setLists({ ...lists, [kind]: event.currentTarget.value })}
              autosize
              minRows={2}
              spellCheck={false}
            />
          ))}
          <NumberInput
            label={text('access-token-days')}
            description={text('access-token-days-note')}
            value={days}
            onChange={setDays}
            min={1}
            max={1_096}
            hideControls
            required
            withAsterisk={false}
          />
          <div>
            <Button type="submit">{text('save')}</Button>
          </div>
        </Stack>
      </form>
      <CodeDialog
        isOpen={isAsking}
        title={text('access-change')}
        verb={text('save')}
        isGrave={isMeant}
        isPending={save.isPending}
        failure={save.error}
        onCode={send}
        onClose={() => setAsking(false)}
      >
        <p>{text('access-change-detail')}</p>
        {(wouldLockOut || isMeant) && (
          <Checkbox label={text('access-lock-me-out')} checked={isMeant} onChange={(event) => setMeant(event.currentTarget.checked)} />
        )}
      </CodeDialog>
    </>
  );
}

function mapped<T>(of: (kind: (typeof KINDS)[number]) => T): Record<(typeof KINDS)[number], T> {
  return { people: of('people'), api: of('api'), agents: of('agents') };
}
