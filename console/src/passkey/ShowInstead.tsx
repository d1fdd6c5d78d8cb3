// A passkey in the place of a code, for whoever has one.
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useText } from '../language/Language.tsx';
import { PasskeyFailure } from './PasskeyNotice.tsx';
import { passkeySignInQuestion, passkeysQuestion } from './questions.ts';
import { obstacleOf, showPasskey, thisPage } from './webauthn.ts';

export function ShowInstead({ isUnready, onCode }: { isUnready?: boolean; onCode: (code: string) => void }) {
  const text = useText();
  const server = useQuery(passkeySignInQuestion);
  const passkeys = useQuery(passkeysQuestion);
  const show = useMutation({
    mutationFn: async () => {
      const question = await answered(api.POST('/api/v1/account/passkeys/confirm/begin'));
      return answered(api.POST('/api/v1/account/passkeys/confirm/finish', { body: await showPasskey(question) }));
    },
    onSuccess: (confirmation) => onCode(confirmation.totp_code),
  });
  const isOffered = server.data && !obstacleOf(thisPage(), server.data) && (passkeys.data?.items.length ?? 0) > 0;
  if (!isOffered) return null;
  return (
    <>
      <div>
        <Button variant="default" size="xs" onClick={() => show.mutate()} loading={show.isPending} disabled={isUnready}>
          {text('passkey-instead')}
        </Button>
      </div>
      {show.error && <PasskeyFailure failure={show.error} />}
    </>
  );
}
