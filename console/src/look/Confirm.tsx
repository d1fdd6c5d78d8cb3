import { Button, Group } from '@mantine/core';
import { useText } from '../language/Language.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { Dialog } from './Dialog.tsx';

/** Asks before something is done that others will feel. The way back has the focus. */
export function Confirm(props: {
  isOpen: boolean;
  title: string;
  detail: string;
  verb: string;
  isGrave?: boolean;
  isPending: boolean;
  /** Why it was not done: told here, since a modal dialog covers whatever else could tell it. */
  failure?: unknown;
  onYes: () => void;
  onNo: () => void;
}) {
  const text = useText();
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onNo} title={props.title}>
      <p>{props.detail}</p>
      {Boolean(props.failure) && (
        <div style={{ paddingTop: 14 }}>
          <ProblemNotice failure={props.failure} />
        </div>
      )}
      <Group justify="flex-end" mt={20} gap={8}>
        <Button variant="default" onClick={props.onNo} autoFocus>
          {text('cancel')}
        </Button>
        <Button color={props.isGrave ? 'red' : undefined} onClick={props.onYes} loading={props.isPending}>
          {props.verb}
        </Button>
      </Group>
    </Dialog>
  );
}
