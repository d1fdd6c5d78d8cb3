// What the organisation decides (its name, when a device counts as stale or lost) and what this browser does (language, scheme).
import { Button, NativeSelect, NumberInput, Stack, TextInput, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { TenantSettings } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from '../language/catalogue.ts';
import { useLanguage, useText } from '../language/Language.tsx';
import { Answered, ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { PresetForm } from './PresetForm.tsx';
import { settingsQuestion } from './questions.ts';
import styles from './settings.module.css';

const HOUR = 3_600;
const DAY = 86_400;

export function Tab() {
  const text = useText();
  const may = useMay();
  return (
    <div className={styles.columns}>
      {may.some('settings:manage') && <Organisation />}
      <Panel title={text('settings-browser')} note={text('settings-browser-note')}>
        <BrowserChoices />
      </Panel>
    </div>
  );
}

function Organisation() {
  const text = useText();
  const settings = useQuery(settingsQuestion);
  return (
    <>
      <Panel title={text('settings-organisation')}>
        <Answered question={settings}>{(data) => <OrganisationForm settings={data} />}</Answered>
      </Panel>
      <Panel title={text('settings-preset')} note={text('settings-preset-note')}>
        <Answered question={settings}>{(data) => <PresetForm chosen={data.preset} />}</Answered>
      </Panel>
    </>
  );
}

function OrganisationForm({ settings }: { settings: TenantSettings }) {
  const text = useText();
  const { duration } = useFormats();
  const questions = useQueryClient();
  const [name, setName] = useState(settings.tenant_name);
  const [stale, setStale] = useState<number | string>(settings.stale_after_seconds / HOUR);
  const [lost, setLost] = useState<number | string>(settings.lost_after_seconds / DAY);
  const save = useMutation({
    mutationFn: (body: Omit<TenantSettings, 'preset'>) => answered(api.PATCH('/api/v1/settings', { body })),
    onSuccess: async () => {
      toastDone(text('settings-saved'));
      await questions.invalidateQueries({ queryKey: settingsQuestion.queryKey });
      await questions.invalidateQueries({ queryKey: sessionQuestion.queryKey });
      await questions.invalidateQueries({ queryKey: ['devices'] });
    },
  });
  const staleSeconds = Math.round(Number(stale) * HOUR);
  const lostSeconds = Math.round(Number(lost) * DAY);
  const isUpsideDown = lostSeconds <= staleSeconds;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isUpsideDown) save.mutate({ tenant_name: name.trim(), stale_after_seconds: staleSeconds, lost_after_seconds: lostSeconds });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={12}>
        <TextInput label={text('settings-name')} value={name} onChange={(event) => setName(event.currentTarget.value)} required withAsterisk={false} />
        <NumberInput
          label={text('settings-stale')}
          description={text('settings-stale-note', { time: duration(staleSeconds) })}
          value={stale}
          onChange={setStale}
          min={1}
          hideControls
          required
          withAsterisk={false}
        />
        <NumberInput
          label={text('settings-lost')}
          description={text('settings-lost-note', { time: duration(lostSeconds) })}
          value={lost}
          onChange={setLost}
          min={1}
          hideControls
          required
          withAsterisk={false}
          error={isUpsideDown && text('settings-lost-after-stale')}
        />
        {save.error && <ProblemNotice failure={save.error} />}
        <div>
          <Button type="submit" loading={save.isPending}>
            {text('save')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function BrowserChoices() {
  const { text, language, speak } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Stack gap={12}>
      <NativeSelect
        label={text('account-language')}
        value={language}
        onChange={(event) => isLanguage(event.currentTarget.value) && void speak(event.currentTarget.value)}
        data={LANGUAGES.map((one) => ({ value: one, label: LANGUAGE_NAMES[one] }))}
      />
      <NativeSelect
        label={text('account-scheme')}
        value={colorScheme}
        onChange={(event) => setColorScheme(event.currentTarget.value as typeof colorScheme)}
        data={['auto', 'light', 'dark'].map((scheme) => ({ value: scheme, label: text(`scheme-${scheme}`) }))}
      />
    </Stack>
  );
}
