import { Outlet } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { LinkTabs } from '../shell/LinkTabs.tsx';
import { PageHead } from '../shell/PageHead.tsx';

export function SettingsPage() {
  const text = useText();
  return (
    <>
      <PageHead title={text('settings-title')} />
      <LinkTabs
        label={text('settings-tabs')}
        tabs={[
          { name: text('settings-organisation'), link: { to: '/settings' }, exact: true },
          { name: text('settings-enrolment'), link: { to: '/settings/enrolment' } },
          { name: text('settings-tokens'), link: { to: '/settings/tokens' } },
        ]}
      />
      <Outlet />
    </>
  );
}
