import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Tag } from '../look/marks.tsx';
import styles from './device.module.css';

/** A version, and the one that waits to take its place, on one line of a narrow table. */
export function VersionChange(props: { from: string; to?: string | null; isSecurity?: boolean | null }) {
  const text = useText();
  return (
    <span className={styles.line}>
      <span className={styles.version}>{props.from}</span>
      {props.to && (
        <>
          <Icon name="arrow" size={13} />
          <span className="unseen">{text('package-candidate')}</span>
          <span className={styles.version}>{props.to}</span>
        </>
      )}
      {props.to && props.isSecurity && (
        <Tag tone="warn" title={text('security-long')}>
          {text('security')}
        </Tag>
      )}
    </span>
  );
}
