import type { Kind, NotCollectedReason } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';

/** Says that a kind of data is not there, why, and what is lost with it; which is never "none". */
export function NotCollected(props: { kind: Kind; reason?: NotCollectedReason | null }) {
  const text = useText();
  return (
    <Notice tone="plain" title={text('not-collected-kind', { kind: text(`kind-${props.kind}`) })}>
      <p>{text(`not-collected-${props.reason ?? 'not-seen'}`)}</p>
      <p>{text(`lost-without-${props.kind}`)}</p>
    </Notice>
  );
}
