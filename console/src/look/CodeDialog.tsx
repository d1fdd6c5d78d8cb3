// Asks whether something grave shall be done, and takes a fresh code of the second factor for it, or a passkey.
import { Button, Group, Stack, TextInput } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { CODE_OR_RECOVERY_CODE } from '../account/code.ts';
import { useText } from '../language/Language.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { ShowInstead } from '../passkey/ShowInstead.tsx';
import { Dialog } from './Dialog.tsx';

export function CodeDialog(props: {
  isOpen: boolean;
  title: string;
  children: ReactNode;
  verb: string;
  isGrave?: boolean;
  isWide?: boolean;
  /** What is asked is not whole yet. */
  isUnready?: boolean;
  isPending: boolean;
  failure: Error | null;
  onCode: (code: string) => void;
  onClose: () => void;
}) {
  const text = useText();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    props.onCode(String(new FormData(event.currentTarget).get('totp_code')).replace(/\s/g, ''));
  };
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={props.title} wide={props.isWide}>
      <form onSubmit={submit}>
        <Stack gap={14}>
          {props.children}
          <TextInput
            label={text('totp-code')}
            description={text('erase-code-hint')}
            name="totp_code"
            autoComplete="one-time-code"
            pattern={CODE_OR_RECOVERY_CODE}
            title={text('code-format')}
            required
            withAsterisk={false}
          />
          <ShowInstead isUnready={props.isUnready} onCode={props.onCode} />
          {props.failure && <ProblemNotice failure={props.failure} />}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={props.onClose}>
              {text('cancel')}
            </Button>
            <Button type="submit" color={props.isGrave ? 'red' : undefined} loading={props.isPending} disabled={props.isUnready}>
              {props.verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
