// Retiring a device and bringing it back, each only after a yes.
import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Device } from '../api/shape.ts';
import { deviceName } from '../devices/names.ts';
import { useText } from '../language/Language.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';

export function DeviceActions({ device }: { device: Device }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const verb = device.status === 'retired' ? 'restore' : 'retire';
  const act = useMutation({
    mutationFn: () => {
      const params = { path: { device: device.device } };
      return verb === 'retire'
        ? answered(api.POST('/api/v1/devices/{device}/retire', { params }))
        : answered(api.POST('/api/v1/devices/{device}/restore', { params }));
    },
    onSuccess: async () => {
      asking.close();
      toastDone(text, text(`device-${verb}-done`, { name: deviceName(device) }));
      await questions.invalidateQueries();
    },
    onError: (failure) => toastProblem(text, failure),
  });

  return (
    <>
      <Button variant="default" onClick={asking.open}>
        {text(`device-${verb}`)}
      </Button>
      <Modal
        opened={isAsking}
        onClose={asking.close}
        title={text(`device-${verb}-ask`, { name: deviceName(device) })}
        closeButtonProps={{ 'aria-label': text('close') }}
      >
        <p>{text(`device-${verb}-detail`)}</p>
        <Group justify="flex-end" mt={20} gap={8}>
          <Button variant="default" onClick={asking.close} data-autofocus>
            {text('cancel')}
          </Button>
          <Button color={verb === 'retire' ? 'red' : undefined} onClick={() => act.mutate()} loading={act.isPending}>
            {text(`device-${verb}`)}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
