// The facts that a device's state tells about its system, hardware and network.
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Facts } from '../shell/Panel.tsx';
import styles from './device.module.css';

/** The parts of a state that the overview shows; each is absent where it is not collected. */
export interface Collected {
  os?: { pretty_name?: string; id: string; version_id?: string; codename?: string };
  kernel?: { release: string; version: string; machine: string; package?: string };
  hardware?: {
    cpu_model?: string;
    cpu_count?: number;
    memory_bytes?: number;
    vendor?: string;
    model?: string;
    serial_number?: string;
    disks?: { name: string; size_bytes: number }[];
  };
  network?: { interfaces: { name: string; up: boolean; mac_address?: string; addresses?: string[] }[] };
}

function Unseen() {
  const text = useText();
  return <span className={styles.soft}>{text('not-seen')}</span>;
}

export function SystemFacts({ os, kernel }: Pick<Collected, 'os' | 'kernel'>) {
  const text = useText();
  return (
    <Facts
      facts={[
        { name: text('device-os'), value: os ? (os.pretty_name ?? os.id) : text('not-collected') },
        { name: text('kernel-booted'), value: kernel ? <code>{kernel.release}</code> : text('not-collected') },
        { name: text('kernel-package'), value: kernel?.package ? <code>{kernel.package}</code> : <Unseen /> },
        { name: text('machine'), value: kernel?.machine ?? <Unseen /> },
      ]}
    />
  );
}

export function HardwareFacts({ hardware }: { hardware: NonNullable<Collected['hardware']> }) {
  const text = useText();
  const { bytes, number } = useFormats();
  const disks = hardware.disks?.map((disk) => `${disk.name} ${bytes(disk.size_bytes)}`).join(', ');
  return (
    <Facts
      facts={[
        { name: text('model'), value: [hardware.vendor, hardware.model].filter(Boolean).join(' ') || <Unseen /> },
        { name: text('processor'), value: hardware.cpu_model ?? <Unseen /> },
        { name: text('processor-count'), value: hardware.cpu_count ? number(hardware.cpu_count) : <Unseen /> },
        { name: text('memory'), value: hardware.memory_bytes ? bytes(hardware.memory_bytes) : <Unseen /> },
        { name: text('disks'), value: disks || <Unseen /> },
        { name: text('serial-number'), value: hardware.serial_number ?? <Unseen /> },
      ]}
    />
  );
}

export function NetworkFacts({ network }: { network: NonNullable<Collected['network']> }) {
  const text = useText();
  if (network.interfaces.length === 0) return <p>{text('network-none')}</p>;
  return (
    <Facts
      facts={network.interfaces.map((one) => ({
        name: `${one.name} (${text(one.up ? 'link-up' : 'link-down')})`,
        value: [one.mac_address, ...(one.addresses ?? [])]
          .filter((address) => address !== undefined)
          .map((address) => (
            <div key={address} className="mono">
              {address}
            </div>
          )),
      }))}
    />
  );
}
