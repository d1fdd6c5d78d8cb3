// Tabs that are addresses: each is a link, so that the browser's own keys, history and "open in a new tab" work.
import { type LinkProps, useLinkProps, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { type Permission, useMay } from '../sign-in/may.ts';
import styles from './LinkTabs.module.css';

export interface LinkTab {
  name: string;
  count?: string;
  link: Pick<LinkProps, 'to' | 'params' | 'search'>;
  exact?: boolean;
  /** Shown to who may do this. */
  needs?: Permission;
  /** Says which tab is current where two of them differ in the search alone. */
  isCurrent?: boolean;
}

export function LinkTabs(props: { label: string; tabs: LinkTab[] }) {
  const nav = useRef<HTMLElement>(null);
  const { href } = useLocation();
  const may = useMay();
  const tabs = props.tabs.filter((tab) => tab.needs === undefined || may.some(tab.needs));
  // Where the tabs do not fit, the current one is brought into view.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [href]);
  return (
    <nav ref={nav} aria-label={props.label} className={styles.tabs}>
      <ul>
        {tabs.map((tab) => (
          <li key={tab.name}>
            <Tab tab={tab} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Tab({ tab }: { tab: LinkTab }) {
  const link = useLinkProps({ ...tab.link, activeOptions: { exact: tab.exact ?? false, includeSearch: false } });
  const current = tab.isCurrent === undefined ? link['aria-current'] : tab.isCurrent ? 'page' : undefined;
  return (
    <a {...link} className={styles.tab} aria-current={current}>
      {tab.name}
      {tab.count && <span className={styles.count}>{tab.count}</span>}
    </a>
  );
}
