import { Outlet, useLocation } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { type LinkTab, LinkTabs } from '../shell/LinkTabs.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { useMay } from '../sign-in/may.ts';

export function SettingsPage() {
  const text = useText();
  const { pathname } = useLocation();
  const may = useMay();
  const tabs: LinkTab[] = [
    { name: text(may.some('settings:manage') ? 'settings-organisation' : 'settings-browser'), link: { to: '/settings' }, exact: true },
    { name: text('settings-people'), link: { to: '/settings/people' }, needs: 'people:read' },
    { name: text('settings-enrolment'), link: { to: '/settings/enrolment' }, needs: 'enrolment:manage' },
    { name: text('settings-tokens'), link: { to: '/settings/tokens' }, needs: 'tokens:manage' },
    { name: text('settings-access'), link: { to: '/settings/access' }, needs: 'settings:manage' },
    { name: text('settings-sign-on'), link: { to: '/settings/sign-on' }, needs: 'settings:manage' },
    { name: text('settings-directory'), link: { to: '/settings/directory' }, needs: 'settings:manage' },
    { name: text('settings-export'), link: { to: '/settings/export' } },
    { name: text('settings-erasure'), link: { to: '/settings/erasure' }, needs: 'erasure:manage' },
  ];
  return (
    <>
      <PageHead title={text('settings-title')} part={tabs.find((tab) => tab.link.to === pathname)?.name} />
      <LinkTabs label={text('settings-tabs')} tabs={tabs} />
      <Outlet />
    </>
  );
}
