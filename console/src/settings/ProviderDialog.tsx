// Adds a provider of single sign-on, or changes one: where it is and who this server is to it stay as they were.
import { Button, Checkbox, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { ProviderRules, RoleName, SignOnProvider } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { Icon } from '../look/Icon.tsx';
import { fieldProblem } from '../notice/problems.ts';
import { toastDone } from '../notice/toast.ts';
import { rolesQuestion } from '../people/questions.ts';
import { covers } from '../people/roles.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { providersQuestion } from './questions.ts';
import styles from './SignOnTab.module.css';

/** Most rows of groups; the server has the same limit. */
const GROUPS_MAX = 16;
const SCOPES = ['email', 'profile'];

interface GroupDraft {
  key: number;
  group: string;
  role: RoleName;
  devices: string;
}

export function ProviderDialog({ provider, onClose }: { provider?: SignOnProvider; onClose: () => void }) {
  const text = useText();
  const questions = useQueryClient();
  const [issuer, setIssuer] = useState('');
  const [clientId, setClientId] = useState('');
  const [secret, setSecret] = useState('');
  const [name, setName] = useState(provider?.name ?? '');
  const [scopes, setScopes] = useState((provider?.scopes ?? SCOPES).join(' '));
  const [claim, setClaim] = useState(provider?.groups_claim ?? 'groups');
  const [takesNewcomers, setNewcomers] = useState(provider?.takes_newcomers ?? false);
  const [required, setRequired] = useState(provider?.required ?? false);
  const [groups, setGroups] = useState<GroupDraft[]>(() =>
    (provider?.groups ?? []).map(({ group, role, devices }, key) => ({ key, group, role, devices: devices ?? '' })),
  );
  const rules = (): ProviderRules => ({
    name: name.trim(),
    scopes: scopes.split(/\s+/).filter((one) => one !== ''),
    takes_newcomers: takesNewcomers,
    groups_claim: claim.trim(),
    groups: groups.map(({ group, role, devices }) => ({ group: group.trim(), role, ...(devices.trim() === '' ? {} : { devices: devices.trim() }) })),
    required,
  });
  const save = useMutation({
    mutationFn: async (totp_code: string): Promise<SignOnProvider> => {
      const client_secret = secret === '' ? undefined : secret;
      if (!provider) {
        const body = { issuer: issuer.trim(), client_id: clientId.trim(), client_secret, rules: rules(), totp_code };
        return answered(api.POST('/api/v1/sign-on/providers', { body }));
      }
      const params = { path: { provider: provider.provider } };
      return answered(api.PUT('/api/v1/sign-on/providers/{provider}', { params, body: { client_secret, rules: rules(), totp_code } }));
    },
    onSuccess: async () => {
      toastDone(text('provider-saved', { name: name.trim() }));
      await questions.invalidateQueries({ queryKey: providersQuestion.queryKey });
      onClose();
    },
  });
  const told = (field: string) => fieldProblem(save.error, field);
  const isUnready = name.trim() === '' || (!provider && (issuer.trim() === '' || clientId.trim() === '')) || groups.some(({ group }) => group.trim() === '');
  return (
    <CodeDialog
      isOpen
      isWide
      title={text(provider ? 'provider-change-title' : 'provider-add')}
      verb={text('save')}
      isUnready={isUnready}
      isPending={save.isPending}
      failure={save.error}
      onCode={(code) => save.mutate(code)}
      onClose={onClose}
    >
      <TextInput label={text('provider-name')} description={text('provider-name-note')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={200} error={told('name')} data-autofocus />
      {!provider && (
        <>
          <TextInput label={text('provider-issuer')} description={text('provider-issuer-note')} placeholder="https://" value={issuer} onChange={(event) => setIssuer(event.currentTarget.value)} maxLength={1_024} spellCheck={false} error={told('issuer')} />
          <TextInput label={text('provider-client-id')} value={clientId} onChange={(event) => setClientId(event.currentTarget.value)} maxLength={1_024} autoComplete="off" spellCheck={false} error={told('client_id')} />
        </>
      )}
      <PasswordInput
        label={text('provider-client-secret')}
        description={text(provider?.has_secret ? 'provider-client-secret-keep' : 'provider-client-secret-note')}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        maxLength={1_024}
        autoComplete="off"
        error={told('client_secret')}
        visibilityToggleButtonProps={{ 'aria-label': text('password-show'), 'aria-hidden': false, tabIndex: 0 }}
      />
      <TextInput label={text('provider-scopes')} description={text('provider-scopes-note')} value={scopes} onChange={(event) => setScopes(event.currentTarget.value)} spellCheck={false} error={told('scopes')} />
      <Checkbox label={text('provider-newcomers')} description={text('provider-newcomers-note')} checked={takesNewcomers} onChange={(event) => setNewcomers(event.currentTarget.checked)} />
      <Checkbox label={text('provider-require')} description={text('provider-require-note')} checked={required} onChange={(event) => setRequired(event.currentTarget.checked)} />
      <TextInput label={text('provider-groups-claim')} description={text('provider-groups-claim-note')} value={claim} onChange={(event) => setClaim(event.currentTarget.value)} maxLength={256} spellCheck={false} error={told('groups_claim')} />
      <Groups drafts={groups} onChange={setGroups} />
    </CodeDialog>
  );
}

/** What groups at the provider give. */
function Groups({ drafts, onChange }: { drafts: GroupDraft[]; onChange: (drafts: GroupDraft[]) => void }) {
  const text = useText();
  const word = useWord();
  const offers = useQuery(rolesQuestion).data?.items ?? [];
  const own = useQuery(sessionQuestion).data?.on_all_devices ?? [];
  const mine = offers.filter(({ role }) => role !== 'owner' && covers(own, [{ role }], offers));
  const turn = (key: number, change: Partial<GroupDraft>) => onChange(drafts.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const add = () => onChange([...drafts, { key: Math.max(-1, ...drafts.map((one) => one.key)) + 1, group: '', role: 'technician', devices: '' }]);
  return (
    <fieldset>
      <legend>{text('provider-groups')}</legend>
      <p className={styles.soft}>{text('provider-groups-note')}</p>
      {drafts.map(({ key, group, role, devices }) => (
        <div key={key} className={styles.row}>
          <TextInput label={text('provider-group')} value={group} onChange={(event) => turn(key, { group: event.currentTarget.value })} maxLength={256} />
          <NativeSelect label={text('role')} value={role} onChange={(event) => turn(key, { role: event.currentTarget.value as RoleName })} data={mine.map((one) => ({ value: one.role, label: word('role', one.role) }))} />
          <TextInput label={text('provider-group-devices')} placeholder={text('role-devices-all')} value={devices} onChange={(event) => turn(key, { devices: event.currentTarget.value })} maxLength={512} spellCheck={false} />
          <Button variant="subtle" color="gray" onClick={() => onChange(drafts.filter((one) => one.key !== key))} aria-label={text('provider-group-remove', { group })}>
            <Icon name="trash" size={15} />
          </Button>
        </div>
      ))}
      <Button variant="default" size="xs" mt={8} onClick={add} disabled={drafts.length >= GROUPS_MAX}>
        {text('provider-group-add')}
      </Button>
    </fieldset>
  );
}
