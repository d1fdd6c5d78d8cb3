// One passkey: its name, when it was used, and the ways to rename and to remove it.
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Passkey } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Confirm } from '../look/Confirm.tsx';
import { Dialog } from '../look/Dialog.tsx';
import { Ago, Tag } from '../look/marks.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import styles from '../settings/settings.module.css';

/** Longest name, in characters; the server has the same limit. */
export const NAME_CHARS_MAX = 200;

export function PasskeyRow({ passkey }: { passkey: Passkey }) {
  const text = useText();
  const { date } = useFormats();
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {passkey.name}
        <Tag tone="plain" title={text(passkey.synced ? 'passkey-synced-note' : 'passkey-bound-note')}>
          {text(passkey.synced ? 'passkey-synced' : 'passkey-bound')}
        </Tag>
      </span>
      <span className={styles.facts}>
        {text('passkey-added-on', { date: date(passkey.added_at) })}
        {' · '}
        {text('session-last-used')}: {passkey.last_used_at ? <Ago time={passkey.last_used_at} /> : text('never')}
      </span>
      <span className={styles.acts}>
        <Rename passkey={passkey} />
        <Remove passkey={passkey} />
      </span>
    </li>
  );
}

function Rename({ passkey }: { passkey: Passkey }) {
  const text = useText();
  const questions = useQueryClient();
  const [isOpen, opened] = useDisclosure(false);
  const path = { passkey: passkey.passkey };
  const rename = useMutation({
    mutationFn: (name: string) => answered(api.PATCH('/api/v1/account/passkeys/{passkey}', { params: { path }, body: { name } })),
    onSuccess: async () => {
      close();
      await questions.invalidateQueries({ queryKey: ['account'] });
    },
  });
  const close = () => {
    opened.close();
    rename.reset();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    rename.mutate(String(new FormData(event.currentTarget).get('name')).trim());
  };
  return (
    <>
      <Button variant="default" size="xs" onClick={opened.open} aria-label={text('passkey-rename-of', { name: passkey.name })}>
        {text('passkey-rename')}
      </Button>
      <Dialog isOpen={isOpen} onClose={close} title={text('passkey-rename')}>
        <form onSubmit={submit}>
          <Stack gap={14}>
            <TextInput
              label={text('passkey-name')}
              name="name"
              defaultValue={passkey.name}
              maxLength={NAME_CHARS_MAX}
              pattern=".*\S.*"
              required
              withAsterisk={false}
              autoFocus
            />
            {rename.error && <ProblemNotice failure={rename.error} />}
            <Group justify="flex-end" gap={8}>
              <Button variant="default" onClick={close}>
                {text('cancel')}
              </Button>
              <Button type="submit" loading={rename.isPending}>
                {text('save')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}

function Remove({ passkey }: { passkey: Passkey }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const path = { passkey: passkey.passkey };
  const remove = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/account/passkeys/{passkey}', { params: { path } })),
    onSuccess: async () => {
      asking.close();
      toastDone(text('passkey-removed', { name: passkey.name }));
      await questions.invalidateQueries({ queryKey: ['account'] });
    },
  });
  return (
    <>
      <Button variant="default" size="xs" onClick={asking.open} aria-label={text('passkey-remove-of', { name: passkey.name })}>
        {text('passkey-remove')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={text('passkey-remove-ask', { name: passkey.name })}
        detail={text('passkey-remove-detail')}
        verb={text('passkey-remove')}
        isGrave
        isPending={remove.isPending}
        failure={remove.error}
        onYes={() => remove.mutate()}
        onNo={() => {
          asking.close();
          remove.reset();
        }}
      />
    </>
  );
}
