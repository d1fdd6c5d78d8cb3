// Which devices an answer speaks for. What is not covered is named with its reason and its number, on every list.
import type { Coverage } from '../api/shape.ts';
import { ToFeeds } from '../feeds/ToFeeds.tsx';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';
import { LeftOut, RestsOn } from './LeftOut.tsx';
import styles from './vulnerabilities.module.css';

export function CoverageBanner({ coverage }: { coverage: Coverage }) {
  const text = useText();
  const word = useWord();
  // A reason that the catalogue does not know is told in the server's own words.
  const sentence = (one: Coverage['not_covered'][number]) => {
    const known = word('reason', one.reason);
    return known === one.reason ? one.detail : known;
  };
  const { number } = useFormats();
  const missed = coverage.not_covered.reduce((sum, one) => sum + one.devices, 0);
  const values = { covered: number(coverage.covered_devices), count: coverage.covered_devices };
  if (missed === 0 && coverage.covered_devices === 0) return null;
  if (missed === 0) {
    return (
      <div className={styles.banner}>
        <Notice tone="info">
          <p>{text('coverage-all', values)}</p>
          {coverage.partly.length > 0 && (
            <ul>
              <LeftOut partly={coverage.partly} />
            </ul>
          )}
          <RestsOn basis={coverage.basis} />
        </Notice>
      </div>
    );
  }
  return (
    <div className={styles.banner}>
      <Notice tone="warn" title={text('coverage-some', { ...values, total: number(missed + coverage.covered_devices) })}>
        <ul>
          {coverage.not_covered.map((one) => (
            <li key={`${one.reason} ${one.os ?? ''}`}>
              {text('coverage-missing', { count: one.devices, devices: number(one.devices) })}
              {one.os && ` (${one.os})`}: {sentence(one)}
            </li>
          ))}
          <LeftOut partly={coverage.partly} />
        </ul>
        <RestsOn basis={coverage.basis} />
        <ToFeeds />
      </Notice>
    </div>
  );
}
