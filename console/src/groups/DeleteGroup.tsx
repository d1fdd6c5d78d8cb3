import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import type { DeviceGroup } from '../api/shape.ts';
import { groupsQuestion } from '../devices/questions.ts';
import { useText } from '../language/Language.tsx';
import { Confirm } from '../look/Confirm.tsx';
import { toastDone } from '../notice/toast.ts';

/** Removes a group after a yes. Its devices stay. */
export function DeleteGroup({ group }: { group: DeviceGroup }) {
  const text = useText();
  const questions = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, asking] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/groups/{group}', { params: { path: { group: group.group } } })),
    onSuccess: async () => {
      asking.close();
      toastDone(text('group-deleted', { name: group.name }));
      questions.setQueryData(groupsQuestion.queryKey, (known) => known && { ...known, items: known.items.filter((one) => one.group !== group.group) });
      await navigate({ to: '/devices/groups' });
      questions.removeQueries({ queryKey: ['groups', group.group] });
      await questions.invalidateQueries({ queryKey: ['groups'] });
      await questions.invalidateQueries({ queryKey: ['devices'] });
    },
  });
  return (
    <>
      <Button variant="default" onClick={asking.open}>
        {text('group-delete')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={text('group-delete-ask', { name: group.name })}
        detail={text('group-delete-detail')}
        verb={text('group-delete')}
        isGrave
        isPending={remove.isPending}
        failure={remove.error}
        onYes={() => remove.mutate()}
        onNo={() => {
          asking.close();
          remove.reset();
        }}
      />
    </>
  );
}
