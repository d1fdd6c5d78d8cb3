import { useText } from '../language/Language.tsx';
import { LinkTabs } from '../shell/LinkTabs.tsx';

/** The devices one by one, and the groups that they are in. */
export function DevicesTabs() {
  const text = useText();
  return (
    <LinkTabs
      label={text('devices-views')}
      tabs={[
        { name: text('devices-all'), link: { to: '/devices', search: {} }, exact: true },
        { name: text('groups-short'), link: { to: '/devices/groups' } },
      ]}
    />
  );
}
