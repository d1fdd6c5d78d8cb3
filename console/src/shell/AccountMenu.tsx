// Who is signed in, the language, the scheme, and the way out.
import { Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
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
    <Menu width={240} position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton className={styles.button} aria-label={text('account-menu')}>
          <Icon name="user" />
          <span className={styles.who}>
            <span className={styles.tenant}>{session?.tenant_name}</span>
            <span className={styles.email}>{session?.email}</span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text('account-language')}</Menu.Label>
        {LANGUAGES.map((one) => (
          <Menu.Item
            key={one}
            lang={one}
            role="menuitemradio"
            aria-checked={one === language}
            rightSection={one === language ? <Icon name="check" size={14} /> : null}
            onClick={() => void speak(one)}
          >
            {LANGUAGE_NAMES[one]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{text('account-scheme')}</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={scheme === colorScheme}
            rightSection={scheme === colorScheme ? <Icon name="check" size={14} /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {text(`scheme-${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="arrow" size={16} />} onClick={() => signOut.mutate()}>
          {text('sign-out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
