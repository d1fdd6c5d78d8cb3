// What a device is and how it stands: the answer about vulnerabilities first, then the facts it sent.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Device, Kind, SentState } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Ago, Count } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { Facts, Panel, Strip } from '../shell/Panel.tsx';
import { AnswerNotice } from './AnswerNotice.tsx';
import styles from './device.module.css';
import { LabelEditor } from './LabelEditor.tsx';
import { NotCollected } from './NotCollected.tsx';
import { deviceQuestion, deviceVulnerabilitiesQuestion, sentStateQuestion } from './questions.ts';

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
      <Standing device={device.data} exposures={findings.data?.answer === 'affected' ? countCves(findings.data.items) : undefined} />
      {findings.data && (
        <div className={styles.spaced}>
          <AnswerNotice findings={findings.data} device={id} />
        </div>
      )}
      <div className={styles.columns}>
        <Identity device={device.data} />
        <Panel title={text('labels')}>
          <LabelEditor device={device.data} />
        </Panel>
      </div>
      <Answered question={sent}>{(data) => <SystemFacts sent={data} notCollected={device.data.not_collected} />}</Answered>
    </>
  );
}

function countCves(items: { cve: string; class: string }[]): number {
  return new Set(items.filter((item) => item.class === 'software').map((item) => item.cve)).size;
}

function Standing({ device, exposures }: { device: Device; exposures?: number }) {
  const text = useText();
  const { number } = useFormats();
  const security = device.updates_security ?? 0;
  return (
    <Strip
      label={text('device-standing')}
      entries={[
        { name: text('device-packages'), value: <Count value={device.packages} /> },
        { name: text('updates-pending'), value: <Count value={device.updates_pending} /> },
        { name: text('updates-security'), value: <Count value={device.updates_security} />, tone: security > 0 ? 'warn' : undefined },
        {
          name: text('device-cves'),
          value: exposures === undefined ? <Count value={null} reason={text('see-answer')} /> : number(exposures),
          tone: exposures ? 'bad' : undefined,
        },
      ]}
    />
  );
}

function Identity({ device }: { device: Device }) {
  const text = useText();
  const { dateTime } = useFormats();
  return (
    <Panel title={text('device-identity')}>
      <Facts
        facts={[
          { name: text('device-id'), value: <code>{device.device}</code> },
          { name: text('device-name'), value: device.name || text('not-collected') },
          { name: text('device-enrolled'), value: dateTime(device.enrolled_at) },
          { name: text('device-last-seen'), value: <Ago time={device.last_seen_at} /> },
        ]}
      />
    </Panel>
  );
}

interface Collected {
  os?: { pretty_name?: string; id: string; version_id?: string; codename?: string };
  kernel?: { release: string; version: string; machine: string; package?: string };
  hardware?: {
    cpu_model?: string;
    cpu_count?: number;
    memory_bytes?: number;
    vendor?: string;
    model?: string;
    firmware_version?: string;
    serial_number?: string;
    disks?: { name: string; size_bytes: number; model?: string; rotational: boolean }[];
  };
  network?: { interfaces: { name: string; up: boolean; mac_address?: string; addresses?: string[] }[] };
}

function SystemFacts({ sent, notCollected }: { sent: SentState; notCollected: Kind[] }) {
  const text = useText();
  const { bytes, number } = useFormats();
  const { os, kernel, hardware, network } = (sent.state ?? {}) as Collected;
  const unknown = <span className={styles.soft}>{text('not-seen')}</span>;
  const reasonOf = (kind: Kind) => (notCollected.includes(kind) ? 'switched-off' : sent.state ? 'not-seen' : 'no-report-yet');
  const absent = (kind: Kind) => <NotCollected kind={kind} reason={reasonOf(kind)} />;
  return (
    <div className={styles.columns}>
      <Panel title={text('device-system')}>
        {os || kernel ? (
          <Facts
            facts={[
              { name: text('device-os'), value: os ? (os.pretty_name ?? os.id) : text('not-collected') },
              { name: text('kernel-booted'), value: kernel ? <code>{kernel.release}</code> : text('not-collected') },
              { name: text('kernel-package'), value: kernel?.package ? <code>{kernel.package}</code> : unknown },
              { name: text('machine'), value: kernel?.machine ?? unknown },
            ]}
          />
        ) : (
          absent('os')
        )}
      </Panel>
      <Panel title={text('device-hardware')}>
        {hardware ? (
          <Facts
            facts={[
              { name: text('model'), value: [hardware.vendor, hardware.model].filter(Boolean).join(' ') || unknown },
              { name: text('processor'), value: hardware.cpu_model ?? unknown },
              { name: text('processor-count'), value: hardware.cpu_count ? number(hardware.cpu_count) : unknown },
              { name: text('memory'), value: hardware.memory_bytes ? bytes(hardware.memory_bytes) : unknown },
              {
                name: text('disks'),
                value: hardware.disks?.length
                  ? hardware.disks.map((disk) => `${disk.name} ${bytes(disk.size_bytes)}`).join(', ')
                  : unknown,
              },
              { name: text('serial-number'), value: hardware.serial_number ?? unknown },
            ]}
          />
        ) : (
          absent('hardware')
        )}
      </Panel>
      <Panel title={text('device-network')}>
        {network ? (
          <Facts
            facts={network.interfaces.map((one) => ({
              name: `${one.name} (${text(one.up ? 'link-up' : 'link-down')})`,
              value: (
                <>
                  {one.mac_address && <div className="mono">{one.mac_address}</div>}
                  {one.addresses?.map((address) => (
                    <div key={address} className="mono">
                      {address}
                    </div>
                  ))}
                </>
              ),
            }))}
          />
        ) : (
          absent('network')
        )}
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
  );
}
