// What a device is and how it stands: the answer about vulnerabilities first, then the facts it sent.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Device, DeviceFindings, Kind, SentState } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Ago, Count, Moment } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { Facts, Panel, Strip } from '../shell/Panel.tsx';
import styles from './device.module.css';
import { LabelEditor } from './LabelEditor.tsx';
import { bySource, inOrderOfUrgency, standingOf } from './findings.ts';
import { FindingsSummary } from './FindingsSummary.tsx';
import { FindingsTable } from './FindingsTable.tsx';
import { type Collected, HardwareFacts, NetworkFacts, SystemFacts } from './facts.tsx';
import { NotCollected } from './NotCollected.tsx';
import { deviceQuestion, deviceVulnerabilitiesQuestion, sentStateQuestion } from './questions.ts';

/** Findings that the overview shows. */
const URGENT_ROWS = 5;

const route = getRouteApi('/signed/devices/$device');

export function Tab() {
  const text = useText();
  const { device: id } = route.useParams();
  const device = useQuery(deviceQuestion(id));
  const findings = useQuery(deviceVulnerabilitiesQuestion(id));
  const sent = useQuery(sentStateQuestion(id));
  if (!device.data) return null;
  return (
    <>
      <Standing device={device.data} exposures={findings.data && findings.data.answer !== 'not-covered' ? standingOf(findings.data.items).software : undefined} />
      {findings.data && (
        <FindingsSummary findings={findings.data}>
          <Link from="/devices/$device" to="/devices/$device/vulnerabilities" search={{}}>
            {text('answer-see-list')}
          </Link>
        </FindingsSummary>
      )}
      {findings.data && <MostUrgent findings={findings.data} />}
      <Facets device={device.data} sent={sent} />
    </>
  );
}

/** What to look at first; the list of all of them is a tab further. */
function MostUrgent({ findings }: { findings: DeviceFindings }) {
  const text = useText();
  const first = bySource(inOrderOfUrgency(findings.items.filter((item) => item.class === 'software'))).slice(0, URGENT_ROWS);
  if (first.length === 0) return null;
  return (
    <Panel flush title={text('findings-urgent')} note={text('findings-urgent-note')}>
      <FindingsTable label={text('findings-urgent')} items={first} />
    </Panel>
  );
}

function Standing({ device, exposures }: { device: Device; exposures?: number }) {
  const text = useText();
  const { number } = useFormats();
  const security = device.updates_security ?? 0;
  const params = { device: device.device };
  return (
    <Strip
      label={text('device-standing')}
      entries={[
        { name: text('device-packages'), value: <Count value={device.packages} />, link: { to: '/devices/$device/packages', params, search: {} } },
        { name: text('updates-pending'), value: <Count value={device.updates_pending} />, link: { to: '/devices/$device/updates', params } },
        {
          name: text('updates-security'),
          value: <Count value={device.updates_security} />,
          tone: security > 0 ? 'warn' : undefined,
          link: { to: '/devices/$device/packages', params, search: { pending: 'security' } },
        },
        {
          name: text('device-cves'),
          value: exposures === undefined ? <Count value={null} reason={text('see-answer')} /> : number(exposures),
          tone: exposures ? 'bad' : undefined,
          link: { to: '/devices/$device/vulnerabilities', params, search: {} },
        },
      ]}
    />
  );
}

function Identity({ device }: { device: Device }) {
  const text = useText();
  return (
    <Panel title={text('device-identity')}>
      <Facts
        facts={[
          { name: text('device-id'), value: <code>{device.device}</code> },
          { name: text('device-name'), value: device.name || text('not-collected') },
          { name: text('device-enrolled'), value: <Moment time={device.enrolled_at} /> },
          { name: text('device-last-seen'), value: <Ago time={device.last_seen_at} /> },
        ]}
      />
    </Panel>
  );
}

function Facets({ device, sent }: { device: Device; sent: { data?: SentState; error: unknown; isPending: boolean; refetch: () => unknown } }) {
  const text = useText();
  if (!sent.data) {
    return (
      <>
        <Identity device={device} />
        <Answered question={sent}>{() => null}</Answered>
      </>
    );
  }
  const collected = (sent.data.state ?? {}) as Collected;
  const reasonOf = (kind: Kind) => (device.not_collected.includes(kind) ? 'switched-off' : sent.data?.state ? 'not-seen' : 'no-report-yet');
  const absent = (kind: Kind) => <NotCollected kind={kind} reason={reasonOf(kind)} />;
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <Identity device={device} />
        <Panel title={text('device-system')}>
          {collected.os || collected.kernel ? <SystemFacts os={collected.os} kernel={collected.kernel} /> : absent('os')}
        </Panel>
        <Panel title={text('device-network')}>
          {collected.network ? <NetworkFacts network={collected.network} /> : absent('network')}
        </Panel>
      </div>
      <div className={styles.column}>
        <Panel title={text('labels')}>
          <LabelEditor device={device} />
        </Panel>
        <Panel title={text('device-hardware')}>
          {collected.hardware ? <HardwareFacts hardware={collected.hardware} /> : absent('hardware')}
        </Panel>
        <Panel title={text('inspect-title')}>
          <p>{text('inspect-detail')}</p>
          <p style={{ paddingTop: 8 }}>
            <Link from="/devices/$device" to="/devices/$device/sent">
              {text('tab-sent')}
            </Link>
          </p>
        </Panel>
      </div>
    </div>
  );
}
