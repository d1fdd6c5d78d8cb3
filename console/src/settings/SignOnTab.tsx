// By which providers the organisation's people sign in. What is changed takes a fresh code of the second factor.
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { SignOnProvider } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Tag } from '../look/marks.tsx';
import { Answered, Notice, ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { RoleList } from '../people/RoleList.tsx';
import { Panel } from '../shell/Panel.tsx';
import { ProviderDialog } from './ProviderDialog.tsx';
import { providersQuestion } from './questions.ts';
import styles from './SignOnTab.module.css';

export function Tab() {
  const text = useText();
  const providers = useQuery(providersQuestion);
  const [isAdding, adding] = useDisclosure(false);
  return (
    <Panel title={text('settings-sign-on')} note={text('sign-on-note')} action={<Button onClick={adding.open}>{text('provider-add')}</Button>}>
      <Answered question={providers}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{text('providers-none')}</p>
          ) : (
            <ul className={styles.providers}>
              {items.map((one) => (
                <Provider key={one.provider} provider={one} />
              ))}
            </ul>
          )
        }
      </Answered>
      {isAdding && <ProviderDialog onClose={adding.close} />}
    </Panel>
  );
}

function Provider({ provider }: { provider: SignOnProvider }) {
  const text = useText();
  const [isChanging, changing] = useDisclosure(false);
  return (
    <li className={styles.provider}>
      <h3 className={styles.name}>
        {provider.name}
        {provider.required && <Tag tone="info">{text('provider-required')}</Tag>}
        {provider.takes_newcomers && <Tag>{text('provider-takes-newcomers')}</Tag>}
      </h3>
      <p className={styles.soft}>{provider.issuer}</p>
      <div className={styles.addresses}>
        <CopyField label={text('provider-sign-in-url')} value={provider.sign_in_url} />
        <CopyField label={text('provider-redirect-uri')} value={provider.redirect_uri} />
      </div>
      {provider.groups.length > 0 && (
        <dl className={styles.groups}>
          {provider.groups.map(({ group, role, devices }) => (
            <div key={`${group} ${role} ${devices ?? ''}`}>
              <dt>{group}</dt>
              <dd>
                <RoleList roles={[devices ? { role, devices } : { role }]} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <div className={styles.acts}>
        <CheckButton provider={provider} />
        <Button variant="default" size="xs" onClick={changing.open} aria-label={text('provider-change-of', { name: provider.name })}>
          {text('provider-change')}
        </Button>
        <RemoveButton provider={provider} />
      </div>
      {isChanging && <ProviderDialog provider={provider} onClose={changing.close} />}
    </li>
  );
}

/** Has the server ask the provider what it is, and says in words what is wrong. */
function CheckButton({ provider: { provider, name } }: { provider: SignOnProvider }) {
  const text = useText();
  const word = useWord();
  const check = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/sign-on/providers/{provider}/check', { params: { path: { provider } } })),
  });
  return (
    <>
      <Button variant="default" size="xs" onClick={() => check.mutate()} loading={check.isPending} aria-label={text('provider-check-of', { name })}>
        {text('provider-check')}
      </Button>
      <div className={styles.checked} role="status">
        {check.data && !check.data.fault && <Notice tone="good" title={text('provider-good')}><p>{text('provider-good-detail')}</p></Notice>}
        {check.data?.fault && <Notice tone="bad" title={text('provider-bad')}><p>{word('fault', check.data.fault)}</p></Notice>}
        {check.error && <ProblemNotice failure={check.error} />}
      </div>
    </>
  );
}

function RemoveButton({ provider: { provider, name } }: { provider: SignOnProvider }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: (totp_code: string) =>
      answered(api.POST('/api/v1/sign-on/providers/{provider}/remove', { params: { path: { provider } }, body: { totp_code } })),
    onSuccess: async () => {
      asking.close();
      toastDone(text('provider-removed', { name }));
      await questions.invalidateQueries({ queryKey: providersQuestion.queryKey });
    },
  });
  return (
    <>
      <Button variant="default" size="xs" onClick={asking.open} aria-label={text('provider-remove-of', { name })}>
        {text('provider-remove')}
      </Button>
      <CodeDialog
        isOpen={isAsking}
        title={text('provider-remove-ask', { name })}
        verb={text('provider-remove')}
        isGrave
        isPending={remove.isPending}
        failure={remove.error}
        onCode={(code) => remove.mutate(code)}
        onClose={asking.close}
      >
        <p>{text('provider-remove-detail')}</p>
      </CodeDialog>
    </>
  );
}
