import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { PasswordRules } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { CODE_OR_RECOVERY_CODE } from './code.ts';
import { NewPassword } from './NewPassword.tsx';

/** Changes the own password: the present one, a new one twice, and a code. */
export function PasswordForm({ rules }: { rules: PasswordRules }) {
  const text = useText();
  const questions = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [isMismatch, setMismatch] = useState(false);
  const change = useMutation({
    mutationFn: (body: { password: string; new_password: string; totp_code: string }) => answered(api.PUT('/api/v1/account/password', { body })),
    onSuccess: async () => {
      form.current?.reset();
      toastDone(text('account-password-changed'));
      await questions.invalidateQueries({ queryKey: ['account'] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const new_password = String(fields.get('new_password'));
    setMismatch(new_password !== fields.get('again'));
    if (new_password !== fields.get('again')) return;
    change.mutate({ password: String(fields.get('password')), new_password, totp_code: String(fields.get('totp_code')).trim() });
  };
  return (
    <form ref={form} onSubmit={submit}>
      <Stack gap={12}>
        <PasswordInput
          label={text('password-present')}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': text('password-show'), 'aria-hidden': false, tabIndex: 0 }}
        />
        <NewPassword label={text('password-new')} rules={rules} isMismatch={isMismatch} />
        <TextInput
          label={text('totp-code')}
          description={text('code-hint')}
          name="totp_code"
          autoComplete="one-time-code"
          pattern={CODE_OR_RECOVERY_CODE}
          title={text('code-format')}
          required
          withAsterisk={false}
        />
        {change.error && <ProblemNotice failure={change.error} />}
        <div>
          <Button type="submit" loading={change.isPending}>
            {text('account-password-change')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
