import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useText } from '../language/Language.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';

/** Takes a token back, after a yes. */
export function RevokeButton(props: { name: string; queryKey: readonly string[]; revoke: () => Promise<unknown> }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const revoke = useMutation({
    mutationFn: props.revoke,
    onSuccess: async () => {
      asking.close();
      toastDone(text, text('token-revoked', { name: props.name }));
      await questions.invalidateQueries({ queryKey: props.queryKey });
    },
    onError: (failure) => toastProblem(text, failure),
  });
  return (
    <>
      <Button variant="default" size="xs" onClick={asking.open} aria-label={text('token-revoke-of', { name: props.name })}>
        {text('token-revoke')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={asking.close}
        title={text('token-revoke-ask', { name: props.name })}
        closeButtonProps={{ 'aria-label': text('close') }}
      >
        <p>{text('token-revoke-detail')}</p>
        <Group justify="flex-end" mt={20} gap={8}>
          <Button variant="default" onClick={asking.close} data-autofocus>
            {text('cancel')}
          </Button>
          <Button color="red" onClick={() => revoke.mutate()} loading={revoke.isPending}>
            {text('token-revoke')}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
