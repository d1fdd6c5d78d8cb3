// Asks for something to be erased: says what that means and when it begins, and takes a fresh code of the second factor.
import { Checkbox } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Erasure } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { toastDone } from '../notice/toast.ts';
import { ERASURES_KEY } from './questions.ts';

export function EraseDialog(props: { isOpen: boolean; onClose: () => void; subject: Erasure['subject']; id: string; name: string }) {
  const { isOpen, onClose, subject, id, name } = props;
  const text = useText();
  const { exact } = useFormats();
  const questions = useQueryClient();
  const [isAtOnce, setAtOnce] = useState(false);
  const ask = useMutation({
    mutationFn: (totp_code: string) => answered(api.POST('/api/v1/erasures', { body: { subject, id, totp_code, delay_seconds: isAtOnce ? 0 : null } })),
    onSuccess: async (erasure) => {
      close();
      toastDone(text('erase-asked', { name, time: exact(erasure.due_at) }));
      await questions.invalidateQueries({ queryKey: ERASURES_KEY });
    },
  });
  const close = () => {
    onClose();
    setAtOnce(false);
    ask.reset();
  };
  return (
    <CodeDialog
      isOpen={isOpen}
      title={text(`erase-${subject}-ask`, { name })}
      verb={text('erase')}
      isGrave
      isPending={ask.isPending}
      failure={ask.error}
      onCode={(code) => ask.mutate(code)}
      onClose={close}
    >
      <p>{text(`erase-${subject}-detail`)}</p>
      {subject === 'tenant' ? (
        <p>{text('erase-delay-tenant')}</p>
      ) : (
        <>
          <p>{isAtOnce ? text('erase-delay-none') : text('erase-delay')}</p>
          <Checkbox label={text('erase-at-once')} checked={isAtOnce} onChange={(event) => setAtOnce(event.currentTarget.checked)} />
        </>
      )}
    </CodeDialog>
  );
}
