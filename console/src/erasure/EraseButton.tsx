import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Erasure } from '../api/shape.ts';
import { EraseDialog } from './EraseDialog.tsx';

/** Opens the question whether something shall be erased. */
export function EraseButton(props: { label: string; subject: Erasure['subject']; id: string; name: string }) {
  const [isOpen, opened] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={opened.open}>
        {props.label}
      </Button>
      <EraseDialog isOpen={isOpen} onClose={opened.close} subject={props.subject} id={props.id} name={props.name} />
    </>
  );
}
