// The frame of the two pages that come before a session.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { LANGUAGE_NAMES, LANGUAGES } from '../language/catalogue.ts';
import { useLanguage } from '../language/Language.tsx';
import { Mark } from '../look/Mark.tsx';
import { usePageTitle } from '../shell/PageHead.tsx';
import styles from './Door.module.css';

export function Door(props: { title: string; intro?: ReactNode; wide?: boolean; children: ReactNode }) {
  const { language, text, speak } = useLanguage();
  usePageTitle(props.title);
  return (
    <div className={styles.door}>
      <header className={styles.brand}>
        <Mark size={36} />
        <span>Purser</span>
      </header>
      <main className={styles.sheet} data-wide={props.wide || undefined}>
        <h1 className={styles.title}>{props.title}</h1>
        {props.intro && <div className={styles.intro}>{props.intro}</div>}
        {props.children}
      </main>
      <footer className={styles.languages}>
        <ul aria-label={text('account-language')}>
          {LANGUAGES.map((one) => (
            <li key={one}>
              <button type="button" lang={one} aria-pressed={one === language} onClick={() => void speak(one)}>
                {LANGUAGE_NAMES[one]}
              </button>
            </li>
          ))}
          <li>
            <Link to="/trust">{text('nav-trust')}</Link>
          </li>
        </ul>
      </footer>
    </div>
  );
}
