// The own passkeys: adding one, its name, and removing it.
import { Button, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { PasskeySignIn } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import styles from '../settings/settings.module.css';
import { Panel } from '../shell/Panel.tsx';
import { ObstacleNotice, PasskeyFailure } from './PasskeyNotice.tsx';
import { NAME_CHARS_MAX, PasskeyRow } from './PasskeyRow.tsx';
import { passkeySignInQuestion, passkeysQuestion } from './questions.ts';
import { makePasskey, obstacleOf, PasskeyError, thisPage } from './webauthn.ts';

export function PasskeysPanel() {
  const text = useText();
  const passkeys = useQuery(passkeysQuestion);
  const server = useQuery(passkeySignInQuestion);
  const obstacle = server.data && obstacleOf(thisPage(), server.data);
  return (
    <Panel flush title={text('passkeys')} note={text('passkeys-note')} action={server.data && !obstacle && <AddPasskey server={server.data} />}>
      {server.data && obstacle && (
        <div style={{ padding: '12px 16px' }}>
          <ObstacleNotice obstacle={obstacle} server={server.data} />
        </div>
      )}
      <Answered question={passkeys}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty icon="off" title={text('passkeys-none')}>
              <p>{text('passkeys-none-detail')}</p>
            </Empty>
          ) : (
            <ul className={styles.tokens}>
              {data.items.map((passkey) => (
                <PasskeyRow key={passkey.passkey} passkey={passkey} />
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}

function AddPasskey({ server }: { server: PasskeySignIn }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: async (totp_code: string) => {
      const offer = await answered(api.POST('/api/v1/account/passkeys/begin', { body: { totp_code } }));
      const made = await makePasskey(offer);
      return answered(api.POST('/api/v1/account/passkeys', { body: { name: name.trim(), ...made } }));
    },
    onSuccess: async (added) => {
      close();
      toastDone(text('passkey-added', { name: added.name }));
      await questions.invalidateQueries({ queryKey: ['account'] });
    },
  });
  const close = () => {
    asking.close();
    add.reset();
    setName('');
  };
  const isBrowsers = add.error instanceof PasskeyError;
  return (
    <>
      <Button variant="default" size="xs" onClick={asking.open}>
        {text('passkey-add')}
      </Button>
      <CodeDialog
        isOpen={isAsking}
        title={text('passkey-add')}
        verb={text('passkey-add')}
        isPending={add.isPending}
        isUnready={name.trim() === ''}
        failure={isBrowsers ? null : add.error}
        onCode={(code) => add.mutate(code)}
        onClose={close}
      >
        <Stack gap={14}>
          <p>{text('passkey-add-detail', { host: new URL(server.origin ?? location.origin).host })}</p>
          <TextInput
            label={text('passkey-name')}
            description={text('passkey-name-hint')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={NAME_CHARS_MAX}
            required
            withAsterisk={false}
            autoFocus
          />
          {isBrowsers && add.error && <PasskeyFailure failure={add.error} />}
        </Stack>
      </CodeDialog>
    </>
  );
}
