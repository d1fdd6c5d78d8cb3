// Asks for something to be erased: says what that means, and takes a fresh code of the second factor.
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Erasure } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Dialog } from '../look/Dialog.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { ERASURES_KEY } from './questions.ts';

export function EraseDialog(props: { isOpen: boolean; onClose: () => void; subject: Erasure['subject']; id: string; name: string }) {
  const { isOpen, onClose, subject, id, name } = props;
  const text = useText();
  const { exact } = useFormats();
  const questions = useQueryClient();
  const ask = useMutation({
    mutationFn: (totp_code: string) => answered(api.POST('/api/v1/erasures', { body: { subject, id, totp_code } })),
    onSuccess: async (erasure) => {
      close();
      toastDone(text('erase-asked', { name, time: exact(erasure.due_at) }));
      await questions.invalidateQueries({ queryKey: ERASURES_KEY });
    },
  });
  const close = () => {
    onClose();
    ask.reset();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(String(new FormData(event.currentTarget).get('totp_code')).replace(/\s/g, ''));
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} title={text(`erase-${subject}-ask`, { name })}>
      <form onSubmit={submit}>
        <Stack gap={14}>
          <p>{text(`erase-${subject}-detail`)}</p>
          <p>{subject === 'tenant' ? text('erase-delay-tenant') : text('erase-delay')}</p>
          <TextInput
            label={text('totp-code')}
            description={text('erase-code-hint')}
            name="totp_code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="[0-9 ]{6,7}"
            title={text('totp-code-format')}
            required
            withAsterisk={false}
          />
          {ask.error && <ProblemNotice failure={ask.error} />}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={close}>
              {text('cancel')}
            </Button>
            <Button type="submit" color="red" loading={ask.isPending}>
              {text('erase')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
