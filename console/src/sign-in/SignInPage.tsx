import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useRef } from 'react';
import { answered, api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { chosenLanguage, isLanguage } from '../language/catalogue.ts';
import { useLanguage } from '../language/Language.tsx';
import { Notice, ProblemNotice } from '../notice/Notice.tsx';
import { Door } from './Door.tsx';
import { sessionQuestion } from './session.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { text, speak } = useLanguage();
  const { to } = route.useSearch();
  const router = useRouter();
  const questions = useQueryClient();
  const code = useRef<HTMLInputElement>(null);
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string; totp_code: string }) => answered(api.POST('/api/v1/session', { body })),
    onSuccess: async () => {
      const session = await questions.fetchQuery({ ...sessionQuestion, staleTime: 0 });
      if (session && isLanguage(session.language) && !chosenLanguage()) await speak(session.language);
      router.history.push(to ?? '/devices');
    },
    // A code works once, so that the next try needs another one.
    onError: () => {
      if (code.current) code.current.value = '';
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    signIn.mutate({
      email: String(fields.get('email')).trim(),
      password: String(fields.get('password')),
      totp_code: String(fields.get('totp_code')).replace(/\s/g, ''),
    });
  };
  const isDenied = signIn.error instanceof ProblemError && signIn.error.slug === 'sign-in-refused';

  return (
    <Door title={text('sign-in')} intro={to ? <p>{text('sign-in-first')}</p> : undefined}>
      <form onSubmit={submit}>
        <Stack gap={12}>
          {isDenied && (
            <Notice tone="bad" role="alert" title={text('problem-kind-sign-in-refused')}>
              <p>{text('problem-help-sign-in-refused')}</p>
            </Notice>
          )}
          {signIn.error && !isDenied && <ProblemNotice failure={signIn.error} />}
          <TextInput label={text('email')} name="email" type="email" autoComplete="username" required withAsterisk={false} autoFocus />
          <PasswordInput
            label={text('password')}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': text('password-show'), 'aria-hidden': false, tabIndex: 0 }}
          />
          <TextInput
            ref={code}
            label={text('totp-code')}
            description={text('totp-code-hint')}
            name="totp_code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="[0-9 ]{6,7}"
            title={text('totp-code-format')}
            required
            withAsterisk={false}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth>
            {text('sign-in')}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
