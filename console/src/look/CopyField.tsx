// A value to take elsewhere: shown whole, selectable, with a button that copies it.
import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useId } from 'react';
import { useText } from '../language/Language.tsx';
import styles from './CopyField.module.css';
import { Icon } from './Icon.tsx';

export function CopyField(props: { label: string; value: string; hideLabel?: boolean }) {
  const text = useText();
  const id = useId();
  const clipboard = useClipboard({ timeout: 2_000 });
  return (
    <div>
      <p id={id} className={props.hideLabel ? 'unseen' : styles.label}>
        {props.label}
      </p>
      <div className={styles.field}>
        <code className={styles.value} tabIndex={0} role="group" aria-labelledby={id}>
          {props.value}
        </code>
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name={clipboard.copied ? 'check' : 'copy'} size={15} />}
          onClick={() => clipboard.copy(props.value)}
          aria-describedby={id}
        >
          {clipboard.copied ? text('copied') : text('copy')}
        </Button>
      </div>
    </div>
  );
}
