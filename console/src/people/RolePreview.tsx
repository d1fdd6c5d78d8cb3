// What a role would see: how many devices, how they stand, and the first of them by name.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { deviceName, osName } from '../devices/names.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { StatusMark } from '../look/marks.tsx';
import { fieldProblem } from '../notice/problems.ts';
import styles from './people.module.css';
import { countsQuestion, firstDevicesQuestion } from './questions.ts';

/** How long after the last key the preview is asked for. */
const PAUSE_MS = 350;

/** What is wrong with a selector, in the server's words. */
export function useSelectorProblem(selector: string | undefined): string | undefined {
  const [asked] = useDebouncedValue(selector?.trim(), PAUSE_MS);
  const counts = useQuery({ ...countsQuestion(asked), enabled: asked !== '' });
  return fieldProblem(counts.error, 'selector');
}

/** `selector` is undefined for a role on all devices, and empty while nothing is written. */
export function RolePreview({ selector }: { selector: string | undefined }) {
  const text = useText();
  const { number } = useFormats();
  const [asked] = useDebouncedValue(selector?.trim(), PAUSE_MS);
  const isAsked = asked !== '';
  const counts = useQuery({ ...countsQuestion(asked), enabled: isAsked });
  const first = useQuery({ ...firstDevicesQuestion(asked), enabled: isAsked });
  if (!isAsked) return <p className={styles.preview}>{text('role-preview-nothing')}</p>;
  if (!counts.data || !first.data) return <p className={styles.preview}>{counts.isPending ? text('loading') : text('role-preview-none')}</p>;
  const { total, fresh, stale, lost } = counts.data;
  const shown = first.data.items;
  const rest = total - shown.length;
  return (
    <div className={styles.preview}>
      <p role="status">
        <strong>{text('role-preview-count', { count: total, devices: number(total) })}</strong>
        {total > 0 && <> {text('role-preview-standing', { fresh: number(fresh), stale: number(stale), lost: number(lost) })}</>}
      </p>
      {total === 0 && <p>{text('role-preview-empty')}</p>}
      <ul className={styles.devices}>
        {shown.map((device) => (
          <li key={device.device}>
            <span className={styles.cut}>{deviceName(device)}</span>
            <span className={styles.soft}>{osName(device.os) ?? text('not-collected')}</span>
            <StatusMark status={device.status} />
          </li>
        ))}
      </ul>
      {rest > 0 && shown.length > 0 && <p className={styles.soft}>{text('role-preview-rest', { count: rest, devices: number(rest) })}</p>}
    </div>
  );
}
