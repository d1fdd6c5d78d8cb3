// Every address of the console. Pages are fetched when they are first visited; the filters of a list live in its address.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouteComponent,
} from '@tanstack/react-router';
import { readDeviceFindingFilter } from '../device/findings.ts';
import { readDeviceFilter } from '../devices/filter.ts';
import { readPackageFilter } from '../packages/filter.ts';
import { Shell } from '../shell/Shell.tsx';
import { sessionQuestion } from '../sign-in/session.ts';
import { readFindingFilter } from '../vulnerabilities/filter.ts';
import { Missing } from './Missing.tsx';
import { parseSearch, stringifySearch } from './search.ts';
import { Failed } from './Failed.tsx';

interface Context {
  questions: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ notFoundComponent: Missing });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({ to: ownAddress(search.to) }),
  component: lazyRouteComponent(() => import('../sign-in/SignInPage.tsx'), 'SignInPage'),
});

const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('../set-up/SetUpPage.tsx'), 'SetUpPage'),
});

/** For anybody; whoever is signed in sees more of it. */
const trust = createRoute({
  getParentRoute: () => root,
  path: '/trust',
  component: lazyRouteComponent(() => import('../trust/TrustPage.tsx'), 'TrustPage'),
});

/** Everything that needs a session: without one, the way leads over sign-in and back here. */
const signed = createRoute({
  getParentRoute: () => root,
  id: 'signed',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await context.questions.ensureQueryData(sessionQuestion);
    if (!session) throw redirect({ to: '/sign-in', search: { to: location.pathname === '/' ? undefined : location.href } });
  },
});

const home = createRoute({
  getParentRoute: () => signed,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/devices', search: {}, replace: true });
  },
});

const devices = createRoute({
  getParentRoute: () => signed,
  path: '/devices',
  validateSearch: readDeviceFilter,
  component: lazyRouteComponent(() => import('../devices/DevicesPage.tsx'), 'DevicesPage'),
});

const device = createRoute({
  getParentRoute: () => signed,
  path: '/devices/$device',
  component: lazyRouteComponent(() => import('../device/DevicePage.tsx'), 'DevicePage'),
});

const groups = createRoute({
  getParentRoute: () => signed,
  path: '/devices/groups',
  component: lazyRouteComponent(() => import('../groups/GroupsPage.tsx'), 'GroupsPage'),
});

const newGroup = createRoute({
  getParentRoute: () => signed,
  path: '/devices/groups/new',
  validateSearch: (search: Record<string, unknown>): { selector?: string } => ({ selector: textOrNone(search.selector) }),
  component: lazyRouteComponent(() => import('../groups/GroupPage.tsx'), 'NewGroupPage'),
});

const group = createRoute({
  getParentRoute: () => signed,
  path: '/devices/groups/$group',
  component: lazyRouteComponent(() => import('../groups/GroupPage.tsx'), 'GroupPage'),
});

const deviceTab = <Path extends string>(path: Path, page: () => Promise<{ Tab: RouteComponent }>) =>
  createRoute({ getParentRoute: () => device, path, component: lazyRouteComponent(page, 'Tab') });

const devicePackages = createRoute({
  getParentRoute: () => device,
  path: '/packages',
  validateSearch: readPackageFilter,
  component: lazyRouteComponent(() => import('../device/PackagesTab.tsx'), 'Tab'),
});

const deviceVulnerabilities = createRoute({
  getParentRoute: () => device,
  path: '/vulnerabilities',
  validateSearch: readDeviceFindingFilter,
  component: lazyRouteComponent(() => import('../device/VulnerabilitiesTab.tsx'), 'Tab'),
});

const packages = createRoute({
  getParentRoute: () => signed,
  path: '/packages',
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: textOrNone(search.q) }),
  component: lazyRouteComponent(() => import('../packages/PackagesPage.tsx'), 'PackagesPage'),
});

const onePackage = createRoute({
  getParentRoute: () => signed,
  path: '/packages/$manager/$name',
  validateSearch: (search: Record<string, unknown>): { version?: string } => ({ version: textOrNone(search.version) }),
  component: lazyRouteComponent(() => import('../packages/PackagePage.tsx'), 'PackagePage'),
});

const vulnerabilities = createRoute({
  getParentRoute: () => signed,
  path: '/vulnerabilities',
  validateSearch: readFindingFilter,
  component: lazyRouteComponent(() => import('../vulnerabilities/VulnerabilitiesPage.tsx'), 'VulnerabilitiesPage'),
});

const vulnerability = createRoute({
  getParentRoute: () => signed,
  path: '/vulnerabilities/$cve',
  component: lazyRouteComponent(() => import('../vulnerabilities/VulnerabilityPage.tsx'), 'VulnerabilityPage'),
});

const feeds = createRoute({
  getParentRoute: () => signed,
  path: '/feeds',
  component: lazyRouteComponent(() => import('../feeds/FeedsPage.tsx'), 'FeedsPage'),
});

const ledger = createRoute({
  getParentRoute: () => signed,
  path: '/ledger',
  component: lazyRouteComponent(() => import('../ledger/LedgerPage.tsx'), 'LedgerPage'),
});

const settings = createRoute({
  getParentRoute: () => signed,
  path: '/settings',
  component: lazyRouteComponent(() => import('../settings/SettingsPage.tsx'), 'SettingsPage'),
});

const settingsTab = <Path extends string>(path: Path, page: () => Promise<{ Tab: RouteComponent }>) =>
  createRoute({ getParentRoute: () => settings, path, component: lazyRouteComponent(page, 'Tab') });

const tree = root.addChildren([
  signIn,
  setUp,
  trust,
  signed.addChildren([
    home,
    devices,
    groups,
    newGroup,
    group,
    device.addChildren([
      deviceTab('/', () => import('../device/OverviewTab.tsx')),
      devicePackages,
      deviceTab('/history', () => import('../device/HistoryTab.tsx')),
      deviceVulnerabilities,
      deviceTab('/updates', () => import('../device/UpdatesTab.tsx')),
      deviceTab('/sent', () => import('../device/SentTab.tsx')),
    ]),
    packages,
    onePackage,
    vulnerabilities,
    vulnerability,
    feeds,
    ledger,
    settings.addChildren([
      settingsTab('/', () => import('../settings/OrganisationTab.tsx')),
      settingsTab('/tokens', () => import('../settings/TokensTab.tsx')),
      settingsTab('/enrolment', () => import('../settings/EnrolmentTab.tsx')),
      settingsTab('/export', () => import('../settings/ExportTab.tsx')),
      settingsTab('/erasure', () => import('../settings/ErasureTab.tsx')),
    ]),
  ]),
]);

export function routerOf(questions: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { questions },
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultErrorComponent: Failed,
    defaultPreload: 'intent',
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof routerOf>;
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An address of this console: a path, never another host. */
function ownAddress(value: unknown): string | undefined {
  const text = textOrNone(value);
  return text?.startsWith('/') && !text.startsWith('//') && !text.includes('\\') ? text : undefined;
}
