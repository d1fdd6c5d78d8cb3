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
import { withLateWords } from '../language/catalogue.ts';
import { readPackageFilter } from '../packages/filter.ts';
import { Shell } from '../shell/Shell.tsx';
import type { Permission } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { readFindingFilter } from '../vulnerabilities/filter.ts';
import { Missing } from './Missing.tsx';
import { parseSearch, stringifySearch } from './search.ts';
import { Failed } from './Failed.tsx';

interface Context {
  questions: QueryClient;
}

/** What a page asks its reader to be allowed, on all devices or on some; `Shell` shows another page in its place otherwise. */
const needs = (permission: Permission, isOnAll = false) => ({ staticData: { needs: permission, isOnAll } });

const root = createRootRouteWithContext<Context>()({ notFoundComponent: Missing });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({ to: ownAddress(search.to) }),
  component: lazyRouteComponent(() => import('../sign-in/SignInPage.tsx'), 'SignInPage'),
});

/** An organisation's sign-in link. */
const signOn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/$provider',
  component: lazyRouteComponent(() => import('../sign-on/SignOnPage.tsx'), 'SignOnPage'),
});

/** Where its provider sends people back to. */
const signOnBack = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/$provider/back',
  component: lazyRouteComponent(() => import('../sign-on/SignOnBackPage.tsx'), 'SignOnBackPage'),
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
  component: lazyRouteComponent(() => withLateWords(import('../trust/TrustPage.tsx')), 'TrustPage'),
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
  ...needs('devices:read'),
  validateSearch: readDeviceFilter,
  component: lazyRouteComponent(() => import('../devices/DevicesPage.tsx'), 'DevicesPage'),
});

const device = createRoute({
  getParentRoute: () => signed,
  path: '/devices/$device',
  ...needs('devices:read'),
  component: lazyRouteComponent(() => import('../device/DevicePage.tsx'), 'DevicePage'),
});

const groups = createRoute({
  getParentRoute: () => signed,
  path: '/devices/groups',
  ...needs('devices:read'),
  component: lazyRouteComponent(() => import('../groups/GroupsPage.tsx'), 'GroupsPage'),
});

const newGroup = createRoute({
  getParentRoute: () => signed,
  path: '/devices/groups/new',
  ...needs('devices:write', true),
  validateSearch: (search: Record<string, unknown>): { selector?: string } => ({ selector: textOrNone(search.selector) }),
  component: lazyRouteComponent(() => import('../groups/GroupPage.tsx'), 'NewGroupPage'),
});

const group = createRoute({
  getParentRoute: () => signed,
  path: '/devices/groups/$group',
  ...needs('devices:read'),
  component: lazyRouteComponent(() => import('../groups/GroupPage.tsx'), 'GroupPage'),
});

const deviceTab = <Path extends string>(path: Path, page: () => Promise<{ Tab: RouteComponent }>, permission: Permission) =>
  createRoute({ getParentRoute: () => device, path, ...needs(permission), component: lazyRouteComponent(page, 'Tab') });

const devicePackages = createRoute({
  getParentRoute: () => device,
  path: '/packages',
  ...needs('inventory:read'),
  validateSearch: readPackageFilter,
  component: lazyRouteComponent(() => import('../device/PackagesTab.tsx'), 'Tab'),
});

const deviceVulnerabilities = createRoute({
  getParentRoute: () => device,
  path: '/vulnerabilities',
  ...needs('vulnerabilities:read'),
  validateSearch: readDeviceFindingFilter,
  component: lazyRouteComponent(() => import('../device/VulnerabilitiesTab.tsx'), 'Tab'),
});

const packages = createRoute({
  getParentRoute: () => signed,
  path: '/packages',
  ...needs('inventory:read'),
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: textOrNone(search.q) }),
  component: lazyRouteComponent(() => import('../packages/PackagesPage.tsx'), 'PackagesPage'),
});

const onePackage = createRoute({
  getParentRoute: () => signed,
  path: '/packages/$manager/$name',
  ...needs('inventory:read'),
  validateSearch: (search: Record<string, unknown>): { version?: string } => ({ version: textOrNone(search.version) }),
  component: lazyRouteComponent(() => import('../packages/PackagePage.tsx'), 'PackagePage'),
});

const vulnerabilities = createRoute({
  getParentRoute: () => signed,
  path: '/vulnerabilities',
  ...needs('vulnerabilities:read'),
  validateSearch: readFindingFilter,
  component: lazyRouteComponent(() => import('../vulnerabilities/VulnerabilitiesPage.tsx'), 'VulnerabilitiesPage'),
});

const vulnerability = createRoute({
  getParentRoute: () => signed,
  path: '/vulnerabilities/$cve',
  ...needs('vulnerabilities:read'),
  component: lazyRouteComponent(() => import('../vulnerabilities/VulnerabilityPage.tsx'), 'VulnerabilityPage'),
});

const feeds = createRoute({
  getParentRoute: () => signed,
  path: '/feeds',
  ...needs('feeds:read'),
  component: lazyRouteComponent(() => import('../feeds/FeedsPage.tsx'), 'FeedsPage'),
});

const ledger = createRoute({
  getParentRoute: () => signed,
  path: '/ledger',
  ...needs('ledger:read'),
  component: lazyRouteComponent(() => withLateWords(import('../ledger/LedgerPage.tsx')), 'LedgerPage'),
});

const account = createRoute({
  getParentRoute: () => signed,
  path: '/account',
  component: lazyRouteComponent(() => import('../account/AccountPage.tsx'), 'AccountPage'),
});

const settings = createRoute({
  getParentRoute: () => signed,
  path: '/settings',
  component: lazyRouteComponent(() => import('../settings/SettingsPage.tsx'), 'SettingsPage'),
});

const settingsTab = <Path extends string>(path: Path, page: () => Promise<{ Tab: RouteComponent }>, permission: Permission) =>
  createRoute({ getParentRoute: () => settings, path, ...needs(permission), component: lazyRouteComponent(page, 'Tab') });

const tree = root.addChildren([
  signIn,
  signOn,
  signOnBack,
  setUp,
  trust,
  signed.addChildren([
    home,
    devices,
    groups,
    newGroup,
    group,
    device.addChildren([
      deviceTab('/', () => import('../device/OverviewTab.tsx'), 'devices:read'),
      devicePackages,
      deviceTab('/history', () => import('../device/HistoryTab.tsx'), 'inventory:read'),
      deviceVulnerabilities,
      deviceTab('/updates', () => import('../device/UpdatesTab.tsx'), 'inventory:read'),
      deviceTab('/people', () => import('../device/PeopleTab.tsx'), 'people:read'),
      deviceTab('/sent', () => import('../device/SentTab.tsx'), 'inventory:read'),
    ]),
    packages,
    onePackage,
    vulnerabilities,
    vulnerability,
    feeds,
    ledger,
    account,
    settings.addChildren([
      settingsTab('/', () => import('../settings/OrganisationTab.tsx'), 'self:manage'),
      settingsTab('/people', () => import('../settings/PeopleTab.tsx'), 'people:read'),
      settingsTab('/people/$user', () => import('../settings/PersonTab.tsx'), 'people:read'),
      settingsTab('/access', () => import('../settings/AccessTab.tsx'), 'settings:manage'),
      settingsTab('/sign-on', () => import('../settings/SignOnTab.tsx'), 'settings:manage'),
      settingsTab('/directory', () => import('../settings/DirectoryTab.tsx'), 'settings:manage'),
      settingsTab('/tokens', () => import('../settings/TokensTab.tsx'), 'tokens:manage'),
      settingsTab('/enrolment', () => import('../settings/EnrolmentTab.tsx'), 'enrolment:manage'),
      settingsTab('/export', () => import('../settings/ExportTab.tsx'), 'self:manage'),
      settingsTab('/erasure', () => import('../settings/ErasureTab.tsx'), 'erasure:manage'),
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

  interface StaticDataRouteOption {
    needs?: Permission;
    isOnAll?: boolean;
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
