// Leaving Purser, step by step: everything exported and verified, what proves the erasure later, then the erasure itself.
import { Button, Checkbox, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Export } from '../api/shape.ts';
import { EraseButton } from '../erasure/EraseButton.tsx';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Icon } from '../look/Icon.tsx';
import { saveFile } from '../look/saveFile.ts';
import { toastProblem } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { ExportButton } from './ExportButton.tsx';
import { isWhole, mayErase } from './leaving.ts';
import { fileOf } from './questions.ts';
import styles from './leave.module.css';

export function LeavePanel(props: { tenant: string; name: string; exported?: Export | undefined }) {
  const { tenant, name, exported } = props;
  const text = useText();
  const { exact, number } = useFormats();
  // Which export was verified: it may end, or be replaced by a newer one.
  const [verified, setVerified] = useState<string>();
  const [isKept, setKept] = useState(false);
  const keep = useMutation({
    mutationFn: () => answered(api.GET('/api/v1/ledger/instance/checkpoint')),
    onSuccess: ({ key, checkpoint }) => {
      const policy = { log_keys: [key], subject: tenant, hours_max: 72 };
      saveFile('policy.json', `${JSON.stringify(policy, null, 2)}\n`, 'application/json');
      saveFile('checkpoint.txt', checkpoint, 'text/plain');
      setKept(true);
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const file = exported && `purser-tenant-${exported.export}.tar`;
  return (
    <Panel title={text('leave')} note={text('leave-note')}>
      <ol className={styles.steps}>
        <li>
          <h3>{text('leave-export')}</h3>
          <p>{exported ? text('leave-exported', { time: exact(exported.requested_at), rows: number(exported.rows), tables: number(exported.tables) }) : text('leave-export-detail')}</p>
          <Group gap={8}>
            <ExportButton label={text('export-tenant')} subject="tenant" id={tenant} name={name} />
            {exported && (
              <Button component="a" href={fileOf(exported)} download leftSection={<Icon name="download" size={15} />}>
                {text('export-fetch')}
              </Button>
            )}
          </Group>
        </li>
        <li>
          <h3>{text('leave-verify')}</h3>
          <p>{text('leave-verify-detail')}</p>
          <Stack gap={10}>
            {exported?.digest && <CopyField label={text('leave-digest')} value={exported.digest} />}
            {exported?.key && <CopyField label={text('leave-command')} value={`purser verify export ${file} --key ${exported.key}`} />}
            {exported && !isWhole(exported) && (
              <p className={styles.bad} role="alert">
                {text('leave-altered', { values: number(exported.altered_values ?? 0) })}
              </p>
            )}
            <Checkbox
              label={text('leave-verified')}
              checked={exported !== undefined && verified === exported.export}
              disabled={!isWhole(exported)}
              onChange={(event) => setVerified(event.currentTarget.checked ? exported?.export : undefined)}
            />
          </Stack>
        </li>
        <li>
          <h3>{text('leave-keep')}</h3>
          <p>{text('leave-keep-detail')}</p>
          <Button variant="default" leftSection={<Icon name="download" size={15} />} loading={keep.isPending} onClick={() => keep.mutate()}>
            {text('leave-keep-save')}
          </Button>
        </li>
        <li>
          <h3>{text('leave-erase')}</h3>
          <p>{text('leave-erase-detail')}</p>
          {mayErase(exported, verified, isKept) ? <EraseButton label={text('erase-tenant')} subject="tenant" id={tenant} name={name} /> : <p className={styles.soft}>{text('leave-not-yet')}</p>}
        </li>
        <li>
          <h3>{text('leave-receipt')}</h3>
          <p>{text('leave-receipt-detail')}</p>
          <CopyField label={text('leave-receipt-host')} value={`purser erasure list --tenant ${tenant} && purser erasure receipt ERASURE receipt.json`} />
          <CopyField label={text('leave-receipt-verify')} value="purser verify receipt receipt.json --policy policy.json" />
        </li>
      </ol>
    </Panel>
  );
}
