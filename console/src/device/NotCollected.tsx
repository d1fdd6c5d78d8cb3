import type { Kind } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';

/** Says that a kind of data is not there, and who decided so. */
export function NotCollected(props: { kind: Kind; switchedOff: boolean; reason?: string | null }) {
  const text = useText();
  const detail = props.switchedOff ? text('not-collected-off') : text('not-collected-unknown');
  return (
    <Notice tone="plain" title={text('not-collected-kind', { kind: text(`kind-${props.kind}`) })}>
      <p>{props.reason || detail}</p>
    </Notice>
  );
}
