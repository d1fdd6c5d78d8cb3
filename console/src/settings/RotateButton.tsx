// Another secret for a token, while the one before goes on for a while.
import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Token } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Dialog } from '../look/Dialog.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { expiryIn, LIFETIMES_DAYS } from './expiry.ts';
import { tokensQuestion } from './questions.ts';
import { Secret } from './Secret.tsx';

const HOUR = 3_600;
/** For how long the secret before goes on; 0 is for after a leak. */
const OVERLAPS_SECONDS = [0, HOUR, 24 * HOUR, 7 * 24 * HOUR] as const;

export function RotateButton({ token }: { token: Token }) {
  const text = useText();
  const questions = useQueryClient();
  const [isOpen, dialog] = useDisclosure(false);
  const rotate = useMutation({
    mutationFn: (body: { expires_at?: string; overlap_seconds: number }) =>
      answered(api.POST('/api/v1/tokens/{token}/rotate', { params: { path: { token: token.token } }, body })),
    onSuccess: () => questions.invalidateQueries({ queryKey: tokensQuestion.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const days = Number(fields.get('days'));
    rotate.mutate({ overlap_seconds: Number(fields.get('overlap')), ...(days > 0 && { expires_at: expiryIn(days) }) });
  };
  const close = () => {
    dialog.close();
    rotate.reset();
  };
  return (
    <>
      <Button variant="default" size="xs" onClick={dialog.open} aria-label={text('token-rotate-of', { name: token.name })}>
        {text('token-rotate')}
      </Button>
      <Dialog isOpen={isOpen} onClose={close} title={text('token-rotate-of', { name: token.name })}>
        {rotate.data ? (
          <Stack gap={14}>
            <Secret values={[{ label: text('token-secret-of', { name: token.name }), value: rotate.data.secret }]} />
            <Group justify="flex-end">
              <Button onClick={close}>{text('close')}</Button>
            </Group>
          </Stack>
        ) : (
          <form onSubmit={submit}>
            <Stack gap={14}>
              <p>{text('token-rotate-note')}</p>
              <NativeSelect
                label={text('token-overlap')}
                name="overlap"
                defaultValue={String(24 * HOUR)}
                data={OVERLAPS_SECONDS.map((seconds) => ({ value: String(seconds), label: text(`token-overlap-${seconds / HOUR}`) }))}
              />
              <NativeSelect label={text('expires-after')} name="days" defaultValue="90" data={lifetimes(text, token.kind === 'telemetry')} />
              {rotate.error && <ProblemNotice failure={rotate.error} />}
              <Group justify="flex-end" gap={8}>
                <Button variant="default" onClick={close}>
                  {text('cancel')}
                </Button>
                <Button type="submit" loading={rotate.isPending}>
                  {text('token-rotate')}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Dialog>
    </>
  );
}

/** The lifetimes that are offered; a telemetry token may have no end. */
export function lifetimes(text: ReturnType<typeof useText>, mayBeEndless: boolean): { value: string; label: string }[] {
  const ended = LIFETIMES_DAYS.map((days) => ({ value: String(days), label: text('days', { count: days }) }));
  return mayBeEndless ? [...ended, { value: '0', label: text('expires-never') }] : ended;
}
