// One token: whose it is, what it may do, where and until when it works, and what is wrong with it.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answered, api } from '../api/client.ts';
import type { Token } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Ago, Tag } from '../look/marks.tsx';
import { ownersQuestion, tokensQuestion } from './questions.ts';
import { RevokeButton } from './RevokeButton.tsx';
import { RotateButton } from './RotateButton.tsx';
import styles from './settings.module.css';

const STANDING_TONES = { working: 'plain', reduced: 'warn', orphaned: 'bad', expired: 'plain' } as const;

export function TokenRow({ token }: { token: Token }) {
  const text = useText();
  const word = useWord();
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {token.name}
        <Tag tone={token.kind === 'api' ? 'info' : 'plain'}>{text(`token-kind-${token.kind}`)}</Tag>
        {token.standing !== 'working' && (
          <Tag tone={STANDING_TONES[token.standing]} title={text(`token-standing-${token.standing}-note`)}>
            {text(`token-standing-${token.standing}`)}
          </Tag>
        )}
        {token.requires_certificate && (
          <Tag tone="plain" title={text('token-certificate-note')}>
            {text('token-certificate')}
          </Tag>
        )}
        {token.shared_at && (
          <Tag tone="bad" title={text('token-shared-note')}>
            {text('token-shared')}
          </Tag>
        )}
      </span>
      <div className={styles.facts}>
        {token.permissions.length > 0 && <p>{token.permissions.map((one) => word('permission', one)).join(', ')}</p>}
        <p>
          <Ends token={token} /> · <LastUsed token={token} /> · <Owner token={token} />
        </p>
        {token.devices && <Listed label={text('token-devices')}>{token.devices.join(' · ')}</Listed>}
        {token.networks.length > 0 && <Listed label={text('token-networks')}>{token.networks.join(' · ')}</Listed>}
        {token.retiring_until && <Retiring until={token.retiring_until} />}
      </div>
      <span className={styles.acts}>
        <RotateButton token={token} />
        <RevokeButton
          name={token.name}
          queryKey={tokensQuestion.queryKey}
          revoke={() => answered(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token: token.token } } }))}
        />
      </span>
    </li>
  );
}

function Ends({ token }: { token: Token }) {
  const text = useText();
  const { date, exact } = useFormats();
  if (!token.expires_at) return <>{text('expires-never')}</>;
  return (
    <time dateTime={token.expires_at} title={exact(token.expires_at)}>
      {text('expires', { date: date(token.expires_at) })}
    </time>
  );
}

function LastUsed({ token }: { token: Token }) {
  const text = useText();
  if (!token.last_used_at) return <>{text('token-never-used')}</>;
  return (
    <>
      {text('last-used')}: <Ago time={token.last_used_at} />
    </>
  );
}

/** By e-mail address for whoever may see the people; else by number. */
function Owner({ token }: { token: Token }) {
  const text = useText();
  const owners = useQuery(ownersQuestion);
  if (!token.owner) return <span title={text('token-owner-none-note')}>{text('token-owner-none')}</span>;
  const known = owners.data?.items.find((person) => person.user === token.owner);
  return <>{text('token-owner', { owner: known?.email ?? token.owner })}</>;
}

function Retiring({ until }: { until: string }) {
  const text = useText();
  const { exact } = useFormats();
  return <p>{text('token-retiring', { time: exact(until) })}</p>;
}

function Listed(props: { label: string; children: ReactNode }) {
  return (
    <p>
      {props.label}: <span className="mono">{props.children}</span>
    </p>
  );
}
