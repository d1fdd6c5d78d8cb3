// The proof of an entry of the ledger, as a file, and the command that verifies it anywhere.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../language/Language.tsx';
import { proofOf } from '../ledger/questions.ts';
import { CopyField } from '../look/CopyField.tsx';
import { Icon } from '../look/Icon.tsx';
import { saveFile } from '../look/saveFile.ts';
import { toastProblem } from '../notice/toast.ts';

export function SaveProof({ leaf, what }: { leaf: string; what: string }) {
  const text = useText();
  const [command, setCommand] = useState<string>();
  const proving = useMutation({
    mutationFn: proofOf,
    onSuccess: (proof) => {
      saveFile(proof.name, proof.text, 'application/json');
      setCommand(`purser verify proof ${proof.name} --key '${proof.key}'`);
    },
    onError: (failure) => toastProblem(text, failure),
  });
  return (
    <>
      <Button
        variant="default"
        size="xs"
        loading={proving.isPending}
        leftSection={<Icon name="download" size={15} />}
        aria-label={text('trust-save-proof-of', { what })}
        onClick={() => proving.mutate(leaf)}
      >
        {text('trust-save-proof')}
      </Button>
      {command && <CopyField label={text('trust-verify-with')} value={command} />}
    </>
  );
}
