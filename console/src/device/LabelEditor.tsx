// Labels of a device: shown as pairs, edited as pairs. A label is set by people or at enrolment, never by a report.
import { ActionIcon, Button, Group, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Device } from '../api/shape.ts';
import { LabelTags } from '../devices/LabelTags.tsx';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';
import styles from './LabelEditor.module.css';
import { deviceQuestion } from './questions.ts';
import { useMayChange } from './useMayChange.ts';

/** A pair while it is edited; the key keeps React's rows apart while names change. */
interface Draft {
  key: number;
  name: string;
  value: string;
}

export function LabelEditor({ device }: { device: Device }) {
  const text = useText();
  const mayChange = useMayChange(device.device);
  const [isEditing, setEditing] = useState(false);
  if (isEditing) return <LabelForm device={device} onEnd={() => setEditing(false)} />;
  const isEmpty = Object.keys(device.labels).length === 0;
  return (
    <div className={styles.shown}>
      {isEmpty ? <span className={styles.soft}>{text('labels-none')}</span> : <LabelTags labels={device.labels} />}
      {mayChange && (
        <Button variant="default" size="xs" leftSection={<Icon name="pencil" size={14} />} onClick={() => setEditing(true)}>
          {text('labels-edit')}
        </Button>
      )}
    </div>
  );
}

function LabelForm({ device, onEnd }: { device: Device; onEnd: () => void }) {
  const text = useText();
  const questions = useQueryClient();
  const [drafts, setDrafts] = useState<Draft[]>(() => [...draftsOf(device.labels), { key: -1, name: '', value: '' }]);
  const save = useMutation({
    mutationFn: (labels: Record<string, string>) =>
      answered(api.PATCH('/api/v1/devices/{device}', { params: { path: { device: device.device } }, body: { labels } })),
    onSuccess: async () => {
      await questions.invalidateQueries({ queryKey: deviceQuestion(device.device).queryKey });
      await questions.invalidateQueries({ queryKey: ['devices'] });
      toastDone(text('labels-saved'));
      onEnd();
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const change = (key: number, part: Partial<Draft>) =>
    setDrafts((all) => all.map((draft) => (draft.key === key ? { ...draft, ...part } : draft)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(labelsOf(drafts));
  };

  return (
    <form onSubmit={submit}>
      <ul className={styles.drafts}>
        {drafts.map((draft, index) => (
          <li key={draft.key} className={styles.draft}>
            <TextInput
              size="xs"
              aria-label={text('label-name', { number: index + 1 })}
              placeholder={text('label-name-short')}
              value={draft.name}
              autoFocus={index === drafts.length - 1}
              onChange={(event) => change(draft.key, { name: event.currentTarget.value })}
            />
            <TextInput
              size="xs"
              aria-label={text('label-value', { number: index + 1 })}
              placeholder={text('label-value-short')}
              value={draft.value}
              onChange={(event) => change(draft.key, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={text('label-remove', { number: index + 1 })}
              onClick={() => setDrafts((all) => all.filter((one) => one.key !== draft.key))}
            >
              <Icon name="trash" size={16} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <Group gap={8} mt={10}>
        <Button size="xs" type="submit" loading={save.isPending}>
          {text('save')}
        </Button>
        <Button size="xs" variant="default" onClick={onEnd}>
          {text('cancel')}
        </Button>
        <Button
          size="xs"
          variant="subtle"
          onClick={() => setDrafts((all) => [...all, { key: nextKey(all), name: '', value: '' }])}
        >
          {text('label-add')}
        </Button>
      </Group>
    </form>
  );
}

function draftsOf(labels: Record<string, string>): Draft[] {
  return Object.entries(labels).map(([name, value], key) => ({ key, name, value }));
}

function nextKey(drafts: Draft[]): number {
  return Math.max(0, ...drafts.map((draft) => draft.key + 1));
}

/** The labels that the drafts name; a pair without a name is left out. */
function labelsOf(drafts: Draft[]): Record<string, string> {
  const named = drafts.filter((draft) => draft.name.trim() !== '');
  return Object.fromEntries(named.map((draft) => [draft.name.trim(), draft.value.trim()]));
}
