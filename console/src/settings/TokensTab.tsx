// API and telemetry tokens. The kind fixes where a token works: a telemetry token can report and read nothing.
// What is narrower than that (devices, networks, an end) is said when it is made.
import { Button, Checkbox, Group, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { NewToken } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Answered, Empty, ProblemNotice } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { expiryIn } from './expiry.ts';
import { linesOf } from './lines.ts';
import { PERMISSIONS } from './permissions.ts';
import { tokensQuestion } from './questions.ts';
import { lifetimes } from './RotateButton.tsx';
import { Secret } from './Secret.tsx';
import styles from './settings.module.css';
import { TokenRow } from './TokenRow.tsx';

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
    const devices = linesOf(String(fields.get('devices') ?? ''));
    make.mutate({
      name: String(fields.get('name')).trim(),
      kind,
      permissions: kind === 'api' ? permissions : [],
      networks: linesOf(String(fields.get('networks'))),
      ...(devices.length > 0 && { devices }),
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
        data={lifetimes(text, kind === 'telemetry')}
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
      <div className={styles.limits}>
        {kind === 'api' && (
          <Textarea label={text('token-devices')} description={text('token-devices-note')} name="devices" autosize minRows={1} placeholder="os:windows" />
        )}
        <Textarea label={text('token-networks')} description={text('token-networks-note')} name="networks" autosize minRows={1} placeholder="192.0.2.0/24" />
      </div>
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
