// The frame of every page but sign-in and set-up: the rail with the places to go, and the page beside it.
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useText } from '../language/Language.tsx';
import { Dialog } from '../look/Dialog.tsx';
import { Icon, type IconName } from '../look/Icon.tsx';
import { Mark } from '../look/Mark.tsx';
import { Waiting } from '../notice/Notice.tsx';
import { type Permission, useMay } from '../sign-in/may.ts';
import { AccountMenu } from './AccountMenu.tsx';
import { AwayBanner } from './AwayBanner.tsx';
import styles from './Shell.module.css';
import { useArrival } from './useArrival.ts';
import { useIdleSignOut } from './useIdleSignOut.ts';

/** Most people never see it. */
const NotYours = lazy(() => import('./NotYours.tsx'));

const PLACES: { to: string; icon: IconName; name: string; needs?: Permission }[] = [
  { to: '/devices', icon: 'devices', name: 'nav-devices', needs: 'devices:read' },
  { to: '/packages', icon: 'packages', name: 'nav-packages', needs: 'inventory:read' },
  { to: '/vulnerabilities', icon: 'vulnerabilities', name: 'nav-vulnerabilities', needs: 'vulnerabilities:read' },
  { to: '/feeds', icon: 'feeds', name: 'nav-feeds', needs: 'feeds:read' },
  { to: '/ledger', icon: 'ledger', name: 'nav-ledger', needs: 'ledger:read' },
  { to: '/trust', icon: 'trust', name: 'nav-trust' },
  { to: '/settings', icon: 'settings', name: 'nav-settings' },
];

export function Shell() {
  const text = useText();
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const [isOpen, drawer] = useDisclosure(false);
  const arrived = useArrival(main);
  useIdleSignOut();

  useEffect(() => drawer.close(), [pathname]);

  return (
    <div className={styles.shell}>
      <a
        className={styles.skip}
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {text('skip-to-content')}
      </a>
      <header className={styles.rail}>
        <Link to="/devices" className={styles.brand}>
          <Mark onDark size={26} />
          <span>Purser</span>
        </Link>
        <nav className={styles.places} aria-label={text('nav-label')}>
          <Places />
        </nav>
        <div className={styles.account}>
          <AccountMenu />
        </div>
        <button type="button" className={styles.menuButton} aria-label={text('nav-open')} aria-expanded={isOpen} onClick={drawer.open}>
          <Icon name="menu" size={22} />
        </button>
      </header>
      <Dialog isOpen={isOpen} onClose={drawer.close} title="Purser" side>
        <nav className={styles.places} aria-label={text('nav-label')}>
          <Places />
        </nav>
      </Dialog>
      <main id="content" ref={main} tabIndex={-1} className={styles.main}>
        <AwayBanner />
        <Page />
      </main>
      <p className="unseen" role="status">
        {arrived}
      </p>
    </div>
  );
}

/** The page, where every part of it is the reader's to see. */
function Page() {
  const may = useMay();
  const isOpen = useMatches({
    select: (matches) => matches.every(({ staticData: { needs, isOnAll } }) => needs === undefined || (isOnAll ? may.all(needs) : may.some(needs))),
  });
  if (isOpen) return <Outlet />;
  return (
    <Suspense fallback={<Waiting />}>
      <NotYours />
    </Suspense>
  );
}

function Places() {
  const text = useText();
  const may = useMay();
  return (
    <ul>
      {PLACES.filter(({ needs }) => needs === undefined || may.some(needs)).map((place) => (
        <li key={place.to}>
          <Link to={place.to} className={styles.place} activeProps={{ 'aria-current': 'page' }}>
            <Icon name={place.icon} />
            {text(place.name)}
          </Link>
        </li>
      ))}
    </ul>
  );
}
