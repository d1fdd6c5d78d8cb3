// Recovery codes: how many are left, and a new set, which is shown once.
import { Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { saveFile } from '../look/saveFile.ts';
import { Answered, Notice } from '../notice/Notice.tsx';
import { recoveryCodesQuestion } from './questions.ts';

export function RecoveryCodes() {
  const text = useText();
  const { date } = useFormats();
  const questions = useQueryClient();
  const left = useQuery(recoveryCodesQuestion);
  const [isAsking, asking] = useDisclosure(false);
  const make = useMutation({
    mutationFn: (totp_code: string) => answered(api.POST('/api/v1/account/recovery-codes', { body: { totp_code } })),
    onSuccess: async () => {
      asking.close();
      await questions.invalidateQueries({ queryKey: ['account'] });
    },
  });
  const codes = make.data?.codes.join('\n');
  return (
    <Stack gap={12}>
      <Answered question={left}>
        {(data) => (
          <p>
            {data.made_at ? text('recovery-codes-left', { count: data.left, date: date(data.made_at) }) : text('recovery-codes-none')}
          </p>
        )}
      </Answered>
      {codes && (
        <Notice tone="good" title={text('secret-once')} role="status">
          <Stack gap={10} mt={8}>
            <p>{text('recovery-codes-keep')}</p>
            <CopyField label={text('account-recovery-codes')} value={codes} />
            <Group>
              <Button variant="default" size="xs" onClick={() => saveFile('purser-recovery-codes.txt', codes, 'text/plain')}>
                {text('recovery-codes-save')}
              </Button>
            </Group>
          </Stack>
        </Notice>
      )}
      <div>
        <Button variant="default" onClick={asking.open}>
          {text('recovery-codes-make')}
        </Button>
      </div>
      <CodeDialog
        isOpen={isAsking}
        title={text('recovery-codes-make')}
        verb={text('recovery-codes-make')}
        isPending={make.isPending}
        failure={make.error}
        onCode={(code) => make.mutate(code)}
        onClose={asking.close}
      >
        <p>{text('recovery-codes-ask')}</p>
      </CodeDialog>
    </Stack>
  );
}
