import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useText } from '../language/Language.tsx';
import { Confirm } from '../look/Confirm.tsx';
import { toastDone } from '../notice/toast.ts';

/** Takes a token back, after a yes. */
export function RevokeButton(props: { name: string; queryKey: readonly string[]; revoke: () => Promise<unknown> }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const revoke = useMutation({
    mutationFn: props.revoke,
    onSuccess: async () => {
      asking.close();
      toastDone(text('token-revoked', { name: props.name }));
      await questions.invalidateQueries({ queryKey: props.queryKey });
    },
  });
  return (
    <>
      <Button variant="default" size="xs" onClick={asking.open} aria-label={text('token-revoke-of', { name: props.name })}>
        {text('token-revoke')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={text('token-revoke-ask', { name: props.name })}
        detail={text('token-revoke-detail')}
        verb={text('token-revoke')}
        isGrave
        isPending={revoke.isPending}
        failure={revoke.error}
        onYes={() => revoke.mutate()}
        onNo={() => {
          asking.close();
          revoke.reset();
        }}
      />
    </>
  );
}
