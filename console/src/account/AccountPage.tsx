// One's own account: the profile, the password, passkeys, recovery codes, where one is signed in, and what was done with the account.
import { Group, NativeSelect, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Session } from '../api/shape.ts';
import { EraseButton } from '../erasure/EraseButton.tsx';
import { ExportButton } from '../export/ExportButton.tsx';
import { isLanguage, LANGUAGE_NAMES, LANGUAGES, type Language } from '../language/catalogue.ts';
import { useLanguage, useText } from '../language/Language.tsx';
import { Answered, ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { PasskeysPanel } from '../passkey/PasskeysPanel.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { sessionQuestion } from '../sign-in/session.ts';
import styles from '../settings/settings.module.css';
import { HistoryPanel } from './HistoryPanel.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { SessionsPanel } from './SessionsPanel.tsx';

export function AccountPage() {
  const text = useText();
  const question = useQuery(sessionQuestion);
  return (
    <>
      <PageHead title={text('account-title')} />
      <Answered question={question}>{(session) => session && <Account session={session} />}</Answered>
    </>
  );
}

function Account({ session }: { session: Session }) {
  const text = useText();
  return (
    <>
      <div className={styles.columns}>
        <Panel title={text('account-profile')}>
          <Profile session={session} />
        </Panel>
        <Panel title={text('account-password')} note={text('account-password-note')}>
          <PasswordForm rules={session.password_rules} />
        </Panel>
      </div>
      <PasskeysPanel />
      <Panel title={text('account-recovery-codes')} note={text('account-recovery-codes-note')}>
        <RecoveryCodes />
      </Panel>
      <SessionsPanel />
      <HistoryPanel />
      <Panel title={text('account-data')} note={text('account-data-note')}>
        <Group gap={12}>
          <ExportButton label={text('account-export')} subject="user" id={session.user} name={session.email} />
          <EraseButton label={text('erase-user')} subject="user" id={session.user} name={session.email} />
        </Group>
      </Panel>
    </>
  );
}

function Profile({ session }: { session: Session }) {
  const { text, speak } = useLanguage();
  const questions = useQueryClient();
  const change = useMutation({
    mutationFn: (language: Language) => answered(api.PATCH('/api/v1/account', { body: { language } })),
    onSuccess: async (_nothing, language) => {
      await speak(language);
      toastDone(text('account-saved'));
      await questions.invalidateQueries({ queryKey: sessionQuestion.queryKey });
    },
  });
  return (
    <Stack gap={14}>
      <Facts
        facts={[
          { name: text('email'), value: session.email },
          { name: text('settings-organisation'), value: session.tenant_name },
        ]}
      />
      <NativeSelect
        label={text('account-language')}
        description={text('account-language-note')}
        value={session.language}
        onChange={(event) => isLanguage(event.currentTarget.value) && change.mutate(event.currentTarget.value)}
        data={LANGUAGES.map((one) => ({ value: one, label: LANGUAGE_NAMES[one] }))}
      />
      {change.error && <ProblemNotice failure={change.error} />}
    </Stack>
  );
}
