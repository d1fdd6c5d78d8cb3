// API and telemetry tokens. The kind fixes where a token works: a telemetry token can report and read nothing.
import { Button, Checkbox, Group, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { NewToken, Token } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Ago, Tag } from '../look/marks.tsx';
import { Answered, Empty, ProblemNotice } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { expiryIn, LIFETIMES_DAYS } from './expiry.ts';
import { PERMISSIONS } from './permissions.ts';
import { tokensQuestion } from './questions.ts';
import { RevokeButton } from './RevokeButton.tsx';
import { Secret } from './Secret.tsx';
import styles from './settings.module.css';

export function Tab() {
  const text = useText();
  const tokens = useQuery(tokensQuestion);
  return (
    <>
      <Panel title={text('token-new')} note={text('token-new-note')}>
        <TokenForm />
      </Panel>
      <Panel flush title={text('settings-tokens')}>
        <Answered question={tokens}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty icon="settings" title={text('tokens-none')} />
            ) : (
              <ul className={styles.tokens}>
                {data.items.map((token) => (
                  <TokenRow key={token.token} token={token} />
                ))}
              </ul>
            )
          }
        </Answered>
      </Panel>
    </>
  );
}

function TokenRow({ token }: { token: Token }) {
  const text = useText();
  const word = useWord();
  const { date, exact } = useFormats();
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {token.name}
        <Tag tone={token.kind === 'api' ? 'info' : 'plain'}>{text(`token-kind-${token.kind}`)}</Tag>
      </span>
      <span className={styles.facts}>
        {token.permissions.length > 0 && <>{token.permissions.map((one) => word('permission', one)).join(', ')} · </>}
        {token.expires_at ? (
          <time dateTime={token.expires_at} title={exact(token.expires_at)}>
            {text('expires', { date: date(token.expires_at) })}
          </time>
        ) : (
          text('expires-never')
        )}
        {token.last_used_at !== undefined && (
          <>
            {' · '}
            {text('last-used')}: <Ago time={token.last_used_at} />
          </>
        )}
      </span>
      <RevokeButton
        name={token.name}
        queryKey={tokensQuestion.queryKey}
        revoke={() => answered(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token: token.token } } }))}
      />
    </li>
  );
}

function TokenForm() {
  const text = useText();
  const word = useWord();
  const questions = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [kind, setKind] = useState<NewToken['kind']>('api');
  const [permissions, setPermissions] = useState<string[]>(['devices:read', 'inventory:read', 'vulnerabilities:read']);
  const make = useMutation({
    mutationFn: (body: NewToken) => answered(api.POST('/api/v1/tokens', { body })),
    onSuccess: async () => {
      form.current?.reset();
      await questions.invalidateQueries({ queryKey: tokensQuestion.queryKey });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const days = Number(fields.get('days'));
    make.mutate({
      name: String(fields.get('name')).trim(),
      kind,
      permissions: kind === 'api' ? permissions : [],
      ...(days > 0 && { expires_at: expiryIn(days) }),
    });
  };
  const secret = make.data;
  return (
    <form ref={form} onSubmit={submit} className={styles.form}>
      <TextInput label={text('token-name')} name="name" required withAsterisk={false} maxLength={200} />
      <NativeSelect
        label={text('token-kind')}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value as NewToken['kind'])}
        data={(['api', 'telemetry'] as const).map((one) => ({ value: one, label: text(`token-kind-${one}`) }))}
      />
      <NativeSelect
        label={text('expires-after')}
        name="days"
        defaultValue="90"
        data={[...LIFETIMES_DAYS.map((days) => ({ value: String(days), label: text('days', { count: days }) })), { value: '0', label: text('expires-never') }]}
      />
      {kind === 'api' && (
        <Checkbox.Group className={styles.whole} label={text('token-permissions')} value={permissions} onChange={setPermissions}>
          <Group gap={16} mt={6}>
            {PERMISSIONS.map((one) => (
              <Checkbox key={one} value={one} label={word('permission', one)} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <div className={styles.whole}>
        <p className={styles.soft} style={{ paddingBottom: 10 }}>
          {text(`token-kind-${kind}-note`)}
        </p>
        <Button type="submit" loading={make.isPending} disabled={kind === 'api' && permissions.length === 0}>
          {text('token-make')}
        </Button>
      </div>
      <div className={styles.whole}>
        {make.error && <ProblemNotice failure={make.error} />}
        {secret && <Secret values={[{ label: text('token-secret-of', { name: secret.name }), value: secret.secret }]} />}
      </div>
    </form>
  );
}
