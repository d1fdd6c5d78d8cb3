import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { CODE_OR_RECOVERY_CODE } from '../account/code.ts';
import { NewPassword } from '../account/NewPassword.tsx';
import { answered, api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { chosenLanguage, isLanguage } from '../language/catalogue.ts';
import { useLanguage } from '../language/Language.tsx';
import { Notice, ProblemNotice } from '../notice/Notice.tsx';
import { PasskeySignIn } from '../passkey/PasskeySignIn.tsx';
import { SignOnLink } from '../sign-on/SignOnLink.tsx';
import { Door } from './Door.tsx';
import styles from './Door.module.css';
import { sessionQuestion } from './session.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { text, speak } = useLanguage();
  const { to } = route.useSearch();
  const router = useRouter();
  const questions = useQueryClient();
  const code = useRef<HTMLInputElement>(null);
  const [isDue, setDue] = useState(false);
  const [isMismatch, setMismatch] = useState(false);
  const go = async () => {
    const session = await questions.fetchQuery({ ...sessionQuestion, staleTime: 0 });
    if (session && isLanguage(session.language) && !chosenLanguage()) await speak(session.language);
    router.history.push(to ?? '/devices');
  };
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string; totp_code: string; new_password?: string }) => answered(api.POST('/api/v1/session', { body })),
    onSuccess: () => go(),
    onError: (failure) => {
      // The code was not taken: it is good for the same once more, with a new password.
      if (failure instanceof ProblemError && failure.slug === 'password-due') {
        setDue(true);
        return;
      }
      // A code works once, so that the next try needs another one.
      if (code.current) code.current.value = '';
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const new_password = isDue ? String(fields.get('new_password')) : undefined;
    setMismatch(isDue && new_password !== fields.get('again'));
    if (isDue && new_password !== fields.get('again')) return;
    signIn.mutate({
      email: String(fields.get('email')).trim(),
      password: String(fields.get('password')),
      totp_code: String(fields.get('totp_code')).replace(/\s/g, ''),
      new_password,
    });
  };
  const isDenied = signIn.error instanceof ProblemError && signIn.error.slug === 'sign-in-refused';
  const isTold = isDenied || (signIn.error instanceof ProblemError && signIn.error.slug === 'password-due');

  return (
    <Door title={text('sign-in')} intro={to ? <p>{text('sign-in-first')}</p> : undefined}>
      <PasskeySignIn onSignedIn={go} />
      <form onSubmit={submit}>
        <Stack gap={12}>
          {isDenied && (
            <Notice tone="bad" role="alert" title={text('problem-kind-sign-in-refused')}>
              <p>{text('problem-help-sign-in-refused')}</p>
            </Notice>
          )}
          {isDue && (
            <Notice tone="warn" role="alert" title={text('problem-kind-password-due')}>
              <p>{text('problem-help-password-due')}</p>
            </Notice>
          )}
          {signIn.error && !isTold && <ProblemNotice failure={signIn.error} />}
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
            description={text('code-hint')}
            name="totp_code"
            autoComplete="one-time-code"
            pattern={CODE_OR_RECOVERY_CODE}
            title={text('code-format')}
            required
            withAsterisk={false}
          />
          {isDue && <NewPassword label={text('password-new')} isMismatch={isMismatch} autoFocus />}
          <Button type="submit" loading={signIn.isPending} fullWidth>
            {text('sign-in')}
          </Button>
        </Stack>
      </form>
      <div className={styles.other}>
        <SignOnLink />
      </div>
    </Door>
  );
}
