import { Outlet, useLocation } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { type LinkTab, LinkTabs } from '../shell/LinkTabs.tsx';
import { PageHead } from '../shell/PageHead.tsx';

export function SettingsPage() {
  const text = useText();
  const { pathname } = useLocation();
  const tabs: LinkTab[] = [
    { name: text('settings-organisation'), link: { to: '/settings' }, exact: true },
    { name: text('settings-enrolment'), link: { to: '/settings/enrolment' } },
    { name: text('settings-tokens'), link: { to: '/settings/tokens' } },
    { name: text('settings-export'), link: { to: '/settings/export' } },
    { name: text('settings-erasure'), link: { to: '/settings/erasure' } },
  ];
  return (
    <>
      <PageHead title={text('settings-title')} part={tabs.find((tab) => tab.link.to === pathname)?.name} />
      <LinkTabs label={text('settings-tabs')} tabs={tabs} />
      <Outlet />
    </>
  );
}
