// The owner's first set-up, from the one-time link `/setup#LINK`. The link is a secret: it stays in the fragment, which is
// never sent in a request line, and leaves the address as soon as it is read.
import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { SetupOffer } from '../api/shape.ts';
import { useLanguage, useText } from '../language/Language.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Answered, Notice, ProblemNotice } from '../notice/Notice.tsx';
import { NewPassword } from '../account/NewPassword.tsx';
import { toastDone } from '../notice/toast.ts';
import { Door } from '../sign-in/Door.tsx';
import { useDeparture } from '../sign-on/useDeparture.ts';
import { CodePicture } from './CodePicture.tsx';
import styles from './SetUpPage.module.css';

export function SetUpPage() {
  const text = useText();
  const [link] = useState(() => decodeURIComponent(location.hash.slice(1)));
  useEffect(() => history.replaceState(history.state, '', location.pathname), []);
  const offer = useQuery({
    queryKey: ['setup', link],
    queryFn: () => answered(api.POST('/api/v1/setup/begin', { body: { link } })),
    enabled: link !== '',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

  if (link === '') {
    return (
      <Door title={text('set-up')}>
        <Notice tone="warn" title={text('set-up-no-link')}>
          <p>{text('set-up-no-link-detail')}</p>
        </Notice>
      </Door>
    );
  }
  return (
    <Door title={text('set-up')} wide intro={offer.data && <p>{text(`set-up-intro-${offer.data.purpose}`, { tenant: offer.data.tenant_name })}</p>}>
      <Answered question={offer}>
        {(data) => (
          <>
            {data.sign_on.length > 0 && <Providers link={link} offer={data} />}
            {!data.sign_on_required && <SetUpForm link={link} offer={data} />}
          </>
        )}
      </Answered>
    </Door>
  );
}

/** The providers of single sign-on by which an invitation can be accepted. */
function Providers({ link, offer }: { link: string; offer: SetupOffer }) {
  const text = useText();
  const depart = useDeparture();
  return (
    <Stack gap={12} mb={20}>
      <p>{text(offer.sign_on_required ? 'set-up-by-provider-only' : 'set-up-by-provider')}</p>
      {depart.error && <ProblemNotice failure={depart.error} />}
      {offer.sign_on.map(({ provider, name }) => (
        <Button key={provider} variant="default" onClick={() => depart.mutate({ provider, link })} loading={depart.isPending || depart.isSuccess}>
          {text('set-up-with', { name })}
        </Button>
      ))}
    </Stack>
  );
}

function SetUpForm({ link, offer }: { link: string; offer: SetupOffer }) {
  const { text, language } = useLanguage();
  const navigate = useNavigate();
  const questions = useQueryClient();
  const [mismatch, setMismatch] = useState(false);
  const finish = useMutation({
    mutationFn: (body: { email: string; password: string; totp_code: string }) =>
      answered(api.POST('/api/v1/setup/finish', { body: { link, language, ...body } })),
    onSuccess: async () => {
      questions.removeQueries({ queryKey: ['session'] });
      toastDone(text('set-up-done'));
      await navigate({ to: '/devices', search: {} });
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const password = String(fields.get('new_password'));
    setMismatch(password !== fields.get('again'));
    if (password !== fields.get('again')) return;
    const totp_code = String(fields.get('totp_code')).replace(/\s/g, '');
    finish.mutate({ email: String(fields.get('email')).trim(), password, totp_code });
  };

  return (
    <form onSubmit={submit} className={styles.columns}>
      <fieldset className={styles.part}>
        <legend>{text('set-up-account')}</legend>
        <Stack gap={12}>
          <TextInput label={text('email')} name="email" type="email" autoComplete="username" required withAsterisk={false} autoFocus />
          <NewPassword label={text('password')} rules={offer.password_rules} isMismatch={mismatch} />
        </Stack>
      </fieldset>
      <fieldset className={styles.part}>
        <legend>{text('set-up-second-factor')}</legend>
        <p className={styles.hint}>{text('set-up-scan')}</p>
        <div className={styles.code}>
          <CodePicture svg={offer.totp_svg} label={text('set-up-code-picture')} />
        </div>
        <Stack gap={12}>
          <CopyField label={text('set-up-secret')} value={offer.totp_secret} />
          <TextInput
            label={text('totp-code')}
            name="totp_code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="[0-9 ]{6,7}"
            title={text('totp-code-format')}
            required
            withAsterisk={false}
          />
        </Stack>
      </fieldset>
      <div className={styles.end}>
        {finish.error && <ProblemNotice failure={finish.error} />}
        <Button type="submit" loading={finish.isPending}>
          {text('set-up-finish')}
        </Button>
      </div>
    </form>
  );
}
