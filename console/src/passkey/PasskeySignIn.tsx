// Signing in with a passkey: the first thing that the page offers where it can, and the reason where it cannot.
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { useText } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';
import { ObstacleNotice, PasskeyFailure } from './PasskeyNotice.tsx';
import styles from './PasskeySignIn.module.css';
import { passkeySignInQuestion } from './questions.ts';
import { obstacleOf, showPasskey, thisPage } from './webauthn.ts';

export function PasskeySignIn({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const text = useText();
  const server = useQuery(passkeySignInQuestion);
  const signIn = useMutation({
    mutationFn: async () => {
      const question = await answered(api.POST('/api/v1/session/passkey/begin'));
      await answered(api.POST('/api/v1/session/passkey/finish', { body: await showPasskey(question) }));
    },
    onSuccess: onSignedIn,
  });
  // Where the server does not say, password and code are offered below as ever.
  if (!server.data) return null;
  const obstacle = obstacleOf(thisPage(), server.data);
  const isUnknown = signIn.error instanceof ProblemError && signIn.error.slug === 'sign-in-refused';
  return (
    <div className={styles.passkey}>
      {obstacle ? (
        <ObstacleNotice obstacle={obstacle} server={server.data} />
      ) : (
        <>
          {isUnknown && (
            <Notice tone="bad" role="alert" title={text('problem-kind-sign-in-refused')}>
              <p>{text('passkey-unknown')}</p>
            </Notice>
          )}
          {signIn.error && !isUnknown && <PasskeyFailure failure={signIn.error} />}
          <Button fullWidth onClick={() => signIn.mutate()} loading={signIn.isPending}>
            {text('passkey-sign-in')}
          </Button>
        </>
      )}
      <p className={styles.or}>{text('passkey-or')}</p>
    </div>
  );
}
