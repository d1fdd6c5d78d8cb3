// Why passkeys do not work here, or did not this time, in plain words.
import type { PasskeySignIn } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Notice, ProblemNotice } from '../notice/Notice.tsx';
import { type Obstacle, PasskeyError } from './webauthn.ts';

export function ObstacleNotice({ obstacle, server }: { obstacle: Obstacle; server: PasskeySignIn }) {
  const text = useText();
  return (
    <Notice tone="plain" title={text('passkey-not-here')}>
      <p>{text(`passkey-obstacle-${obstacle}`)}</p>
      {server.origin && (obstacle === 'elsewhere' || obstacle === 'page-ip-address') && (
        <p>
          <a href={server.origin}>{server.origin}</a>
        </p>
      )}
    </Notice>
  );
}

export function PasskeyFailure({ failure }: { failure: Error }) {
  const text = useText();
  if (!(failure instanceof PasskeyError)) return <ProblemNotice failure={failure} />;
  return (
    <Notice tone="warn" role="alert" title={text('passkey-not-shown')}>
      <p>{text(`passkey-refusal-${failure.refusal}`)}</p>
    </Notice>
  );
}
