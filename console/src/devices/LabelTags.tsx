import { useText } from '../language/Language.tsx';
import styles from './LabelTags.module.css';

/** Labels in the order of their names. Where only `most` of them have room, the others are counted, and named in the title. */
export function LabelTags(props: { labels: Record<string, string>; most?: number }) {
  const text = useText();
  const labels = Object.entries(props.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (labels.length === 0) return <span className="unseen">{text('labels-none')}</span>;
  const most = props.most ?? labels.length;
  const [shown, hidden] = [labels.slice(0, most), labels.slice(most)];
  return (
    <span className={styles.labels}>
      {shown.map(([name, value]) => (
        <span key={name} className={styles.label} title={`${name}=${value}`}>
          <span className={styles.name}>{name}</span>
          {value && `=${value}`}
        </span>
      ))}
      {hidden.length > 0 && (
        <span className={styles.others} title={hidden.map(([name, value]) => `${name}=${value}`).join(', ')}>
          <span aria-hidden="true">+{hidden.length}</span>
          <span className="unseen">{text('labels-more', { count: hidden.length })}</span>
        </span>
      )}
    </span>
  );
}
