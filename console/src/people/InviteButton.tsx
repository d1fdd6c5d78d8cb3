// Invites somebody: whom, and with which roles. The link comes back once, for the page to show.
import { Button, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { fieldProblem } from '../notice/problems.ts';
import { PEOPLE_KEY } from './questions.ts';
import { refusalOfRoles } from './refusals.ts';
import { type RoleDraft, RolesEditor, rolesOf } from './RolesEditor.tsx';

/** Longest note, in characters; the server has the same limit. */
const NOTE_CHARS_MAX = 200;
/** What is offered first: a role, with its devices still to be chosen. */
const FIRST: RoleDraft[] = [{ key: 0, role: 'technician', selector: '' }];

/** An invitation with its link. */
export interface Made {
  note: string;
  url: string;
}

export function InviteButton({ onMade }: { onMade: (made: Made) => void }) {
  const text = useText();
  const questions = useQueryClient();
  const [isOpen, opened] = useDisclosure(false);
  const [note, setNote] = useState('');
  const [drafts, setDrafts] = useState(FIRST);
  const roles = rolesOf(drafts);
  const invite = useMutation({
    mutationFn: (totp_code: string) => answered(api.POST('/api/v1/invitations', { body: { note: note.trim(), roles: roles ?? [], totp_code } })),
    onSuccess: async (made) => {
      close();
      onMade(made);
      await questions.invalidateQueries({ queryKey: PEOPLE_KEY });
    },
  });
  const close = () => {
    opened.close();
    invite.reset();
    setNote('');
    setDrafts(FIRST);
  };
  const told = { note: fieldProblem(invite.error, 'note'), roles: fieldProblem(invite.error, 'roles') };
  return (
    <>
      <Button onClick={opened.open}>{text('invite')}</Button>
      <CodeDialog
        isOpen={isOpen}
        isWide
        title={text('invite-title')}
        verb={text('invite-verb')}
        isPending={invite.isPending}
        isUnready={note.trim() === '' || roles === undefined}
        failure={told.note || told.roles ? null : refusalOfRoles(invite.error)}
        onCode={(code) => invite.mutate(code)}
        onClose={close}
      >
        <p>{text('invite-detail')}</p>
        <TextInput
          label={text('invite-note')}
          description={text('invite-note-hint')}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={told.note && <span lang="en">{told.note}</span>}
          maxLength={NOTE_CHARS_MAX}
          required
          withAsterisk={false}
          autoFocus
        />
        <RolesEditor drafts={drafts} onChange={setDrafts} error={told.roles} />
      </CodeDialog>
    </>
  );
}
