import { useText } from '../language/Language.tsx';
import styles from './LabelTags.module.css';

/** Labels in the order of their names. */
export function LabelTags(props: { labels: Record<string, string> }) {
  const text = useText();
  const labels = Object.entries(props.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (labels.length === 0) return <span className="unseen">{text('labels-none')}</span>;
  return (
    <span className={styles.labels}>
      {labels.map(([name, value]) => (
        <span key={name} className={styles.label} title={`${name}=${value}`}>
          <span className={styles.name}>{name}</span>
          {value && `=${value}`}
        </span>
      ))}
    </span>
  );
}
