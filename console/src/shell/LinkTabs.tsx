// Tabs that are addresses: each is a link, so that the browser's own keys, history and "open in a new tab" work.
import { Link, type LinkProps } from '@tanstack/react-router';
import styles from './LinkTabs.module.css';

export interface LinkTab {
  name: string;
  count?: string;
  link: Pick<LinkProps, 'to' | 'params' | 'search'>;
  exact?: boolean;
  /** Says which tab is current where two of them differ in the search alone. */
  isCurrent?: boolean;
}

export function LinkTabs(props: { label: string; tabs: LinkTab[] }) {
  return (
    <nav aria-label={props.label} className={styles.tabs}>
      <ul>
        {props.tabs.map((tab) => (
          <li key={tab.name}>
            <Link
              {...tab.link}
              className={styles.tab}
              activeOptions={{ exact: tab.exact ?? false, includeSearch: false }}
              {...currency(tab.isCurrent)}
            >
              {tab.name}
              {tab.count && <span className={styles.count}>{tab.count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function currency(isCurrent: boolean | undefined) {
  if (isCurrent === undefined) return { activeProps: { 'aria-current': 'page' as const } };
  const current = isCurrent ? ('page' as const) : undefined;
  return { activeProps: { 'aria-current': current }, inactiveProps: { 'aria-current': current } };
}
