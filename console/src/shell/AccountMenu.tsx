// Who is signed in, the language, the scheme, and the way out, in the browser's own popover.
import { Button, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useState, type ReactNode } from 'react';
import { answered, api } from '../api/client.ts';
import { LANGUAGE_NAMES, LANGUAGES } from '../language/catalogue.ts';
import { useLanguage } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { toastProblem } from '../notice/toast.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import styles from './AccountMenu.module.css';

const SCHEMES = ['auto', 'light', 'dark'] as const;

export function AccountMenu() {
  const { text, language, speak } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { data: session } = useQuery(sessionQuestion);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <button type="button" className={styles.button} popoverTarget={id} aria-expanded={isOpen} aria-label={text('account-menu')}>
        <Icon name="user" />
        <span className={styles.who}>
          <span className={styles.tenant}>{session?.tenant_name}</span>
          <span className={styles.email}>{session?.email}</span>
        </span>
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={text('account-menu')}
        className={styles.panel}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {isOpen && (
          <>
            <p className={styles.session}>
              <strong>{session?.tenant_name}</strong>
              <span>{session?.email}</span>
            </p>
            <Link to="/account" className={styles.own} onClick={() => document.getElementById(id)?.hidePopover()}>
              {text('account-open')}
            </Link>
            <Choices name={text('account-language')}>
              {LANGUAGES.map((one) => (
                <Choice key={one} group="language" language={one} isChosen={one === language} onChoose={() => void speak(one)}>
                  {LANGUAGE_NAMES[one]}
                </Choice>
              ))}
            </Choices>
            <Choices name={text('account-scheme')}>
              {SCHEMES.map((one) => (
                <Choice key={one} group="scheme" isChosen={one === colorScheme} onChoose={() => setColorScheme(one)}>
                  {text(`scheme-${one}`)}
                </Choice>
              ))}
            </Choices>
            <SignOut />
          </>
        )}
      </div>
    </>
  );
}

function Choices(props: { name: string; children: ReactNode }) {
  return (
    <fieldset className={styles.choices}>
      <legend>{props.name}</legend>
      {props.children}
    </fieldset>
  );
}

function Choice(props: { group: string; language?: string; isChosen: boolean; onChoose: () => void; children: ReactNode }) {
  return (
    <label className={styles.choice} lang={props.language}>
      <input type="radio" name={props.group} checked={props.isChosen} onChange={props.onChoose} />
      {props.children}
    </label>
  );
}

function SignOut() {
  const { text } = useLanguage();
  const questions = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/session')),
    onSuccess: async () => {
      questions.clear();
      await navigate({ to: '/sign-in', search: {} });
    },
    onError: (failure) => toastProblem(text, failure),
  });
  return (
    <Button variant="default" size="xs" fullWidth loading={signOut.isPending} onClick={() => signOut.mutate()}>
      {text('sign-out')}
    </Button>
  );
}
