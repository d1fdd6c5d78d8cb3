import { useText } from '../language/Language.tsx';
import { Tag } from '../look/marks.tsx';

/** What mends a flaw today: a reboot into what is installed already comes before an update that waits. */
export function FixMark(props: { waitsForReboot: boolean; isAvailable: boolean }) {
  const text = useText();
  if (props.waitsForReboot) {
    return (
      <Tag tone="warn" title={text('fix-waits')}>
        {text('fix-waits-short')}
      </Tag>
    );
  }
  return props.isAvailable ? <Tag tone="good">{text('fix-available')}</Tag> : null;
}
