import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../language/Language.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Notice } from '../notice/Notice.tsx';

/** A secret just made: the only time that it can be read. */
export function Secret(props: { values: { label: string; value: string }[]; children?: ReactNode }) {
  const text = useText();
  return (
    <Notice tone="good" title={text('secret-once')} role="status">
      <Stack gap={10} mt={8}>
        {props.children}
        {props.values.map((one) => (
          <CopyField key={one.label} label={one.label} value={one.value} />
        ))}
      </Stack>
    </Notice>
  );
}
