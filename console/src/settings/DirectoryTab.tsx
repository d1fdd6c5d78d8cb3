// The organisation's directory: where it sends its requests and by which credential, by which provider its people sign in, and
// which roles its groups give.
import { Button, NativeSelect } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Directory } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Answered, ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { PeopleGroups } from '../people/PeopleGroups.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import styles from './DirectoryTab.module.css';
import { expiryIn } from './expiry.ts';
import { directoryQuestion, providersQuestion, tokensQuestion } from './questions.ts';
import { lifetimes } from './RotateButton.tsx';
import { Secret } from './Secret.tsx';
import list from './settings.module.css';
import { TokenRow } from './TokenRow.tsx';

/** What the credential may, and nothing else. */
const WRITES = 'directory:write';

export function Tab() {
  const text = useText();
  const may = useMay();
  const directory = useQuery(directoryQuestion);
  return (
    <>
      <Panel title={text('settings-directory')} note={text('directory-note')}>
        <Answered question={directory}>{(one) => <Kept directory={one} />}</Answered>
      </Panel>
      {may.some('tokens:manage') && <Credentials />}
      {may.some('people:read') && <PeopleGroups />}
    </>
  );
}

function Kept({ directory }: { directory: Directory }) {
  const text = useText();
  const may = useMay();
  return (
    <div className={styles.kept}>
      <CopyField label={text('directory-url')} value={directory.url} />
      <Provider directory={directory} />
      <Facts
        facts={[
          { name: text('directory-users'), value: text('directory-users-of', { count: directory.users, inactive: directory.inactive }) },
          { name: text('directory-groups'), value: String(directory.groups) },
          ...(may.some('ledger:read') ? [{ name: text('directory-acts'), value: <Link to="/ledger">{text('directory-acts-link')}</Link> }] : []),
        ]}
      />
    </div>
  );
}

/** Which provider vouches for the directory's people; the choice takes a code. */
function Provider({ directory }: { directory: Directory }) {
  const text = useText();
  const questions = useQueryClient();
  const providers = useQuery(providersQuestion);
  const [isAsking, asking] = useDisclosure(false);
  const [chosen, setChosen] = useState(directory.provider ?? '');
  const change = useMutation({
    mutationFn: (totp_code: string) => answered(api.PUT('/api/v1/directory', { body: { ...(chosen && { provider: chosen }), totp_code } })),
    onSuccess: (changed) => {
      asking.close();
      toastDone(text('directory-provider-saved'));
      questions.setQueryData(directoryQuestion.queryKey, changed);
    },
  });
  return (
    <Answered question={providers}>
      {({ items }) => (
        <div className={styles.provider}>
          <NativeSelect
            label={text('directory-provider')}
            description={text(items.length > 0 ? 'directory-provider-note' : 'directory-provider-none-yet')}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={[{ value: '', label: text('directory-provider-none') }, ...items.map((one) => ({ value: one.provider, label: one.name }))]}
          />
          <Button variant="default" onClick={asking.open} disabled={chosen === (directory.provider ?? '')}>
            {text('directory-provider-save')}
          </Button>
          <CodeDialog
            isOpen={isAsking}
            title={text('directory-provider-ask')}
            verb={text('directory-provider-save')}
            isPending={change.isPending}
            failure={change.error}
            onCode={(code) => change.mutate(code)}
            onClose={asking.close}
          >
            <p>{text('directory-provider-detail')}</p>
          </CodeDialog>
        </div>
      )}
    </Answered>
  );
}

/** The keys by which a directory comes in: made, seen when they were last used, revoked. */
function Credentials() {
  const text = useText();
  const questions = useQueryClient();
  const tokens = useQuery(tokensQuestion);
  const make = useMutation({
    mutationFn: (days: number) =>
      answered(
        api.POST('/api/v1/tokens', {
          body: { name: text('directory-credential-name'), kind: 'api', permissions: [WRITES], networks: [], expires_at: expiryIn(days) },
        }),
      ),
    onSuccess: () => questions.invalidateQueries({ queryKey: tokensQuestion.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    make.mutate(Number(new FormData(event.currentTarget).get('days')));
  };
  return (
    <Panel flush title={text('directory-credentials')} note={text('directory-credentials-note')}>
      <Answered question={tokens}>
        {({ items }) => {
          const own = items.filter((one) => one.permissions.includes(WRITES));
          if (own.length === 0) return <p className={styles.empty}>{text('directory-credentials-none')}</p>;
          return (
            <ul className={list.tokens}>
              {own.map((token) => (
                <TokenRow key={token.token} token={token} />
              ))}
            </ul>
          );
        }}
      </Answered>
      <form onSubmit={submit} className={styles.make}>
        <NativeSelect label={text('expires-after')} name="days" defaultValue="365" data={lifetimes(text, false)} />
        <Button type="submit" loading={make.isPending}>
          {text('directory-credential-make')}
        </Button>
      </form>
      {(make.error || make.data) && (
        <div className={styles.made}>
          {make.error && <ProblemNotice failure={make.error} />}
          {make.data && <Secret values={[{ label: text('token-secret-of', { name: make.data.name }), value: make.data.secret }]} />}
        </div>
      )}
    </Panel>
  );
}
