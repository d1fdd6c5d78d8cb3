// What an answer rests on, and what of covered devices it leaves out: silence about that is no good news.
import type { Coverage, DeviceFindings } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import styles from './vulnerabilities.module.css';

type Partly = Coverage['partly'][number] | DeviceFindings['partly'][number];
type Basis = DeviceFindings['basis'][number];

/** Each part left out as a sentence, in the reader's language. */
export function LeftOut({ partly }: { partly: Partly[] }) {
  const text = useText();
  const word = useWord();
  const { number } = useFormats();
  return partly.map((one) => {
    const known = word('reason', one.reason);
    const reason = known === one.reason ? one.detail : known;
    return (
      <li key={one.reason}>
        {one.packages > 0 ? text('partly-packages', { count: one.packages, packages: number(one.packages) }) : text('partly-kernel')}
        {'devices' in one && ` (${text('partly-devices', { count: one.devices, devices: number(one.devices) })})`}: {reason}
      </li>
    );
  });
}

/** How many advisories of which feeds an answer rests on, and how new they are. */
export function RestsOn({ basis }: { basis: Basis[] }) {
  const text = useText();
  const { number, date } = useFormats();
  return basis.map((one) => (
    <p key={`${one.ecosystem} ${one.feed}`} className={styles.soft}>
      {text('basis', { count: one.advisories, advisories: number(one.advisories), ecosystem: one.ecosystem, feed: one.feed })}
      {one.newest_at && ` ${text('basis-newest', { date: date(one.newest_at) })}`}
    </p>
  ));
}
