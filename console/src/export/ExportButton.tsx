// Opens the question whether everything that is held of something shall be exported; takes a fresh code of the second factor.
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Export } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { toastDone } from '../notice/toast.ts';
import { EXPORTS_KEY } from './questions.ts';

export function ExportButton(props: { label: string; subject: Export['subject']; id: string; name: string }) {
  const { label, subject, id, name } = props;
  const text = useText();
  const [isOpen, opened] = useDisclosure(false);
  const questions = useQueryClient();
  const ask = useMutation({
    mutationFn: (totp_code: string) => answered(api.POST('/api/v1/exports', { body: { subject, id, totp_code } })),
    onSuccess: async () => {
      close();
      toastDone(text('export-asked', { name }));
      await questions.invalidateQueries({ queryKey: EXPORTS_KEY });
    },
  });
  const close = () => {
    opened.close();
    ask.reset();
  };
  return (
    <>
      <Button variant="default" onClick={opened.open}>
        {label}
      </Button>
      <CodeDialog
        isOpen={isOpen}
        title={text(`export-${subject}-ask`, { name })}
        verb={text('export-verb')}
        isPending={ask.isPending}
        failure={ask.error}
        onCode={(code) => ask.mutate(code)}
        onClose={close}
      >
        <p>{text(`export-${subject}-detail`)}</p>
        <p>{text('export-lifetime')}</p>
      </CodeDialog>
    </>
  );
}
