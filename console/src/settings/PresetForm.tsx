// What the organisation holds passwords and sessions to: one of two presets, each with what it asks.
import { Button, Radio, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { TenantSettings } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { settingsQuestion } from './questions.ts';

type Preset = TenantSettings['preset'];

const PRESETS: Preset[] = ['nist', 'pci'];

export function PresetForm({ chosen }: { chosen: Preset }) {
  const text = useText();
  const questions = useQueryClient();
  const [preset, setPreset] = useState<Preset>(chosen);
  const save = useMutation({
    mutationFn: () => answered(api.PATCH('/api/v1/settings', { body: { preset } })),
    onSuccess: async () => {
      toastDone(text('settings-saved'));
      await questions.invalidateQueries({ queryKey: settingsQuestion.queryKey });
      await questions.invalidateQueries({ queryKey: sessionQuestion.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={12}>
        <Radio.Group label={text('settings-preset-choice')} value={preset} onChange={(value) => setPreset(value as Preset)}>
          <Stack gap={12} mt={8}>
            {PRESETS.map((one) => (
              <Radio key={one} value={one} label={text(`preset-${one}`)} description={text(`preset-${one}-note`)} />
            ))}
          </Stack>
        </Radio.Group>
        {save.error && <ProblemNotice failure={save.error} />}
        <div>
          <Button type="submit" loading={save.isPending} disabled={preset === chosen}>
            {text('save')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
