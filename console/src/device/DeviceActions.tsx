// Retiring a device and bringing it back, each only after a yes; having it exported, and erased.
import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Device } from '../api/shape.ts';
import { deviceName } from '../devices/names.ts';
import { EraseButton } from '../erasure/EraseButton.tsx';
import { ExportButton } from '../export/ExportButton.tsx';
import { useText } from '../language/Language.tsx';
import { Confirm } from '../look/Confirm.tsx';
import { toastDone } from '../notice/toast.ts';
import { useMay } from '../sign-in/may.ts';
import { useMayChange } from './useMayChange.ts';

export function DeviceActions({ device }: { device: Device }) {
  const text = useText();
  const questions = useQueryClient();
  const may = useMay();
  const mayChange = useMayChange(device.device);
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
      toastDone(text(`device-${verb}-done`, { name: deviceName(device) }));
      await questions.invalidateQueries();
    },
  });

  return (
    <>
      <Group gap={8}>
        {mayChange && (
          <Button variant="default" onClick={asking.open}>
            {text(`device-${verb}`)}
          </Button>
        )}
        {may.some('exports:manage') && <ExportButton label={text('export-device')} subject="device" id={device.device} name={deviceName(device)} />}
        {may.some('erasure:manage') && <EraseButton label={text('erase-device')} subject="device" id={device.device} name={deviceName(device)} />}
      </Group>
      <Confirm
        isOpen={isAsking}
        title={text(`device-${verb}-ask`, { name: deviceName(device) })}
        detail={text(`device-${verb}-detail`)}
        verb={text(`device-${verb}`)}
        isGrave={verb === 'retire'}
        isPending={act.isPending}
        failure={act.error}
        onYes={() => act.mutate()}
        onNo={() => {
          asking.close();
          act.reset();
        }}
      />
    </>
  );
}
