// One export: how far it is, the way to fetch it and to end it.
import { Button, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Export } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Tag, type Tone } from '../look/marks.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';
import styles from '../settings/settings.module.css';
import { EXPORTS_KEY, fileOf, isUnmade } from './questions.ts';

const TONES: Record<Export['state'], Tone> = {
  waiting: 'plain',
  running: 'info',
  ready: 'good',
  expired: 'plain',
  cancelled: 'plain',
  erased: 'warn',
  failed: 'bad',
  'too-large': 'bad',
  'no-room': 'bad',
};

export function ExportRow({ one }: { one: Export }) {
  const text = useText();
  const { exact, number, bytes } = useFormats();
  const questions = useQueryClient();
  const end = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/exports/{export}', { params: { path: { export: one.export } } })),
    onSuccess: () => {
      toastDone(text('export-ended-done'));
      return questions.invalidateQueries({ queryKey: EXPORTS_KEY });
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const name = text(`export-of-${one.subject}`, { id: one.id });
  const amount = text('export-amount', { tables: number(one.tables), rows: number(one.rows), size: bytes(one.size_bytes ?? one.bytes) });
  return (
    <li className={styles.token}>
      <span className={styles.name}>
        {name}
        <Tag tone={TONES[one.state]}>{text(`export-${one.state}`)}</Tag>
        {(one.altered_values ?? 0) > 0 && <Tag tone="bad">{text('export-altered', { values: number(one.altered_values ?? 0) })}</Tag>}
        {!one.is_yours && <Tag tone="plain">{text('export-of-somebody')}</Tag>}
      </span>
      <span className={styles.facts}>
        {one.state === 'ready' && one.expires_at ? text('export-until', { time: exact(one.expires_at) }) : text('export-from', { time: exact(one.requested_at) })}
        {one.rows > 0 && (
          <>
            <br />
            {amount}
          </>
        )}
      </span>
      {(one.state === 'ready' || isUnmade(one)) && (
        <Group gap={8}>
          {one.state === 'ready' && (
            <Button
              component="a"
              href={fileOf(one)}
              download
              size="xs"
              leftSection={<Icon name="download" size={15} />}
              aria-label={text('export-fetch-of', { name })}
            >
              {text('export-fetch')}
            </Button>
          )}
          <Button variant="default" size="xs" loading={end.isPending} onClick={() => end.mutate()} aria-label={text('export-end-of', { name })}>
            {text('export-end')}
          </Button>
        </Group>
      )}
    </li>
  );
}
