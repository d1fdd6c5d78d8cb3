// The policy on how data are treated here: its versions, when each came and what changed, and the signature of the newest.
import type { SignedPolicy } from '../api/shape.ts';
import { useLanguage, useText } from '../language/Language.tsx';
import { Moment } from '../look/marks.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import styles from './trust.module.css';

export function PolicyVersions({ policy }: { policy: SignedPolicy }) {
  const text = useText();
  const { language } = useLanguage();
  return (
    <Panel title={text('policy-title')} note={text('policy-note')}>
      <ol className={styles.changes} aria-label={text('policy-title')} reversed start={policy.versions[0]?.version}>
        {policy.versions.map((one) => (
          <li key={one.version}>
            <strong>
              {text('policy-version', { number: one.version })} <Moment time={one.made_at} />
            </strong>{' '}
            {one.said.map((said) => said[language]).join(' ')}{' '}
            <span className={styles.soft}>
              {one.told_at ? (
                <>
                  {text('policy-told')} <Moment time={one.told_at} />
                </>
              ) : (
                text('policy-telling')
              )}
            </span>
          </li>
        ))}
      </ol>
      <Facts
        facts={[
          { name: 'SHA-256', value: <code>{policy.sha256}</code> },
          { name: text('trust-key'), value: <code>{policy.key}</code> },
        ]}
      />
      <CopyField label={text('policy-verify')} value={`curl -s ${window.location.origin}/api/v1/trust/policy > policy.json && purser verify policy policy.json`} />
    </Panel>
  );
}
