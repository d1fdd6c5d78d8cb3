import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet, useLocation } from '@tanstack/react-router';
import type { Device } from '../api/shape.ts';
import { deviceName, osName } from '../devices/names.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Ago, StatusMark } from '../look/marks.tsx';
import { Answered, Notice } from '../notice/Notice.tsx';
import { type LinkTab, LinkTabs } from '../shell/LinkTabs.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { DeviceActions } from './DeviceActions.tsx';
import { deviceQuestion } from './questions.ts';

const route = getRouteApi('/signed/devices/$device');

export function DevicePage() {
  const { device } = route.useParams();
  const question = useQuery(deviceQuestion(device));
  if (question.data) return <Page device={question.data} />;
  return (
    <>
      <PageHead title={device} mono above={<ToDevices />} />
      <Answered question={question}>{() => null}</Answered>
    </>
  );
}

function ToDevices() {
  const text = useText();
  return (
    <Link to="/devices" search={{}}>
      {text('devices-title')}
    </Link>
  );
}

function Page({ device }: { device: Device }) {
  const text = useText();
  const { number } = useFormats();
  const { pathname } = useLocation();
  const params = { device: device.device };
  const count = (value?: number | null) => (typeof value === 'number' ? number(value) : undefined);
  const tabs: LinkTab[] = [
    { name: text('tab-overview'), link: { to: '/devices/$device', params }, exact: true },
    { name: text('tab-packages'), count: count(device.packages), link: { to: '/devices/$device/packages', params }, needs: 'inventory:read' },
    { name: text('tab-vulnerabilities'), link: { to: '/devices/$device/vulnerabilities', params }, needs: 'vulnerabilities:read' },
    { name: text('tab-updates'), count: count(device.updates_pending), link: { to: '/devices/$device/updates', params }, needs: 'inventory:read' },
    { name: text('tab-history'), link: { to: '/devices/$device/history', params }, needs: 'inventory:read' },
    { name: text('tab-sent'), link: { to: '/devices/$device/sent', params }, needs: 'inventory:read' },
    { name: text('tab-people'), link: { to: '/devices/$device/people', params }, needs: 'people:read' },
  ];
  const current = tabs.find((tab) => tab.link.to?.split('/')[3] === tabOf(pathname));
  return (
    <>
      <PageHead
        title={deviceName(device)}
        part={tabOf(pathname) && current?.name}
        above={<ToDevices />}
        below={
          <>
            <StatusMark status={device.status} />
            <span>{device.os?.pretty_name ?? osName(device.os) ?? text('os-not-collected')}</span>
            <span>
              {text('device-last-seen')}: <Ago time={device.last_seen_at} />
            </span>
          </>
        }
      >
        <DeviceActions device={device} />
      </PageHead>
      {device.status === 'retired' && (
        <Spaced>
          <Notice tone="plain" title={text('device-is-retired')}>
            <p>{text('device-is-retired-detail')}</p>
          </Notice>
        </Spaced>
      )}
      {device.cloned_from && (
        <Spaced>
          <Notice tone="warn" title={text('device-is-clone')}>
            <p>
              {text('device-is-clone-detail')}{' '}
              <Link to="/devices/$device" params={{ device: device.cloned_from }}>
                {device.cloned_from}
              </Link>
            </p>
          </Notice>
        </Spaced>
      )}
      <LinkTabs label={text('device-tabs')} tabs={tabs} />
      <Outlet />
    </>
  );
}

/** The last part of `/devices/dev_…/packages`; undefined on the overview. */
function tabOf(pathname: string): string | undefined {
  return pathname.split('/')[3] || undefined;
}

function Spaced(props: { children: React.ReactNode }) {
  return <div style={{ marginBottom: 16 }}>{props.children}</div>;
}
