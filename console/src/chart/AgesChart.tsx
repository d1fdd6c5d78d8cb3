// How much is known of updates: devices by the age of the package lists that they read them from.
import type { UpdatesSummary } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import styles from './AgesChart.module.css';

/** Bars lie, so that their names have room in any language and on any screen. */
export function AgesChart({ ages }: { ages: UpdatesSummary['ages'] }) {
  const text = useText();
  const word = useWord();
  const { number, percent } = useFormats();
  const most = Math.max(1, ...ages.map((one) => one.devices));
  const total = Math.max(1, ages.reduce((sum, one) => sum + one.devices, 0));
  return (
    <table className={styles.ages}>
      <caption className="unseen">{text('ages-title')}</caption>
      <thead className="unseen">
        <tr>
          <th scope="col">{text('age')}</th>
          <th scope="col">{text('devices-title')}</th>
        </tr>
      </thead>
      <tbody>
        {ages.map((one) => (
          <tr key={one.bucket}>
            <th scope="row">{word('age', one.bucket)}</th>
            <td>
              <svg className={styles.bar} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect data-bucket={one.bucket} width={(100 * one.devices) / most} height="10" />
              </svg>
              <strong>{number(one.devices)}</strong>
              <span className={styles.share}>{percent(one.devices / total)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
