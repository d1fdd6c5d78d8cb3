// The Trust page, for anybody: what is promised and how it stands, what is stored and for how long; to whoever is signed in, also
// how the organisation's own data fare. Not one promise is written here: all of it comes from the server.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { PublicTrust } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { LANGUAGE_NAMES, LANGUAGES } from '../language/catalogue.ts';
import { useLanguage, useText } from '../language/Language.tsx';
import { Mark } from '../look/Mark.tsx';
import { Ago } from '../look/marks.tsx';
import { Answered, Notice } from '../notice/Notice.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Facts, Panel, Strip } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { OwnData } from './OwnData.tsx';
import { Promises } from './Promises.tsx';
import { PolicyVersions } from './PolicyVersions.tsx';
import { ownTrustQuestion, policyQuestion, retentionQuestion, subProcessorsQuestion, trustQuestion } from './questions.ts';
import { Retention } from './Retention.tsx';
import { StoredData } from './StoredData.tsx';
import { SubProcessors } from './SubProcessors.tsx';
import styles from './trust.module.css';

export function TrustPage() {
  const { language, text, speak } = useLanguage();
  const trust = useQuery(trustQuestion);
  const session = useQuery(sessionQuestion);
  const isSignedIn = Boolean(session.data);
  const maySeeOwn = useMay().some('trust:read');
  const own = useQuery({ ...ownTrustQuestion, enabled: maySeeOwn });
  const retention = useQuery({ ...retentionQuestion, enabled: maySeeOwn });
  const shared = useQuery(subProcessorsQuestion);
  const policy = useQuery(policyQuestion);
  return (
    <div className={styles.frame}>
      <header className={styles.top}>
        <Link to="/trust" className={styles.brand}>
          <Mark size={28} />
          <span>Purser</span>
        </Link>
        <ul className={styles.languages} aria-label={text('account-language')}>
          {LANGUAGES.map((one) => (
            <li key={one}>
              <button type="button" lang={one} aria-pressed={one === language} onClick={() => void speak(one)}>
                {LANGUAGE_NAMES[one]}
              </button>
            </li>
          ))}
        </ul>
        {isSignedIn ? <Link to="/devices">{text('trust-to-console')}</Link> : <Link to="/sign-in">{text('sign-in')}</Link>}
      </header>
      <main className={styles.main}>
        <PageHead title={text('trust-title')} below={<span>{text('trust-intro')}</span>} />
        <Answered question={trust}>
          {(data) => (
            <>
              <Summary trust={data} />
              {maySeeOwn && <Answered question={own}>{(fares) => <OwnData own={fares} />}</Answered>}
              {maySeeOwn && <Answered question={retention}>{(list) => <Retention list={list} />}</Answered>}
              <Promises trust={data} evidence={own.data?.evidence ?? []} />
              <StoredData tables={data.tables} />
              <Answered question={shared}>{(register) => <SubProcessors entries={register.sub_processors} />}</Answered>
              <Answered question={policy}>{(signed) => <PolicyVersions policy={signed} />}</Answered>
              <Version trust={data} />
            </>
          )}
        </Answered>
      </main>
    </div>
  );
}

function Summary({ trust }: { trust: PublicTrust }) {
  const text = useText();
  const { number } = useFormats();
  const count = (...standings: string[]) => trust.promises.filter((one) => standings.includes(one.standing)).length;
  const failed = count('failed');
  const warned = count('warning');
  return (
    <>
      {failed > 0 && (
        <div className={styles.broken}>
          <Notice tone="bad" role="alert" title={text('trust-broken', { count: failed })}>
            <p>{text('trust-broken-note')}</p>
          </Notice>
        </div>
      )}
      <Strip
        label={text('trust-promises')}
        entries={[
          { name: text('trust-promises'), value: number(trust.promises.length) },
          { name: text('standing-ok'), value: number(count('ok')), tone: 'good' },
          { name: text('standing-proven-by-tests'), value: number(count('proven-by-tests')) },
          { name: text('standing-unknown'), value: number(count('unknown')) },
          ...(warned > 0 ? [{ name: text('standing-warning'), value: number(warned), tone: 'warn' }] : []),
          { name: text('standing-failed'), value: number(failed), tone: failed > 0 ? 'bad' : undefined },
        ]}
      />
    </>
  );
}

function Version({ trust }: { trust: PublicTrust }) {
  const text = useText();
  const { language } = useLanguage();
  const { date } = useFormats();
  const { version } = trust;
  const contact = (uri?: string | null) => (uri ? <a href={uri}>{uri.replace(/^(mailto|tel):/, '')}</a> : text('trust-contact-none'));
  return (
    <Panel title={text('trust-version')} note={text('trust-version-note')}>
      <Facts
        facts={[
          { name: text('trust-privacy-contact'), value: contact(trust.privacy_contact) },
          { name: text('trust-security-contact'), value: contact(trust.security_contact) },
          { name: text('trust-checked'), value: <Ago time={trust.checked_at} /> },
          { name: text('trust-version-number'), value: text('trust-version-of', { number: version.number, date: date(version.date) }) },
          { name: 'SHA-256', value: <code>{version.digest}</code> },
          { name: text('trust-signature'), value: <code>{version.signature}</code> },
          { name: text('trust-key'), value: <code>{version.key}</code> },
        ]}
      />
      <h3 className={styles.subtitle}>{text('trust-changes')}</h3>
      <ul className={styles.changes}>
        {trust.changes.map((one) => (
          <li key={one.version}>
            <strong>{text('trust-version-of', { number: one.version, date: date(one.date) })}</strong> {one.said[language]}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
