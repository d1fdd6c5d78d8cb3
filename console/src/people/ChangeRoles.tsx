// Changes what somebody may do. Who holds less than that person is told whom to ask instead.
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Person } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { Notice } from '../notice/Notice.tsx';
import { fieldProblem } from '../notice/problems.ts';
import { toastDone } from '../notice/toast.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { PEOPLE_KEY, personQuestion, rolesQuestion } from './questions.ts';
import { refusalOfRoles } from './refusals.ts';
import { draftsOf, RolesEditor, rolesOf } from './RolesEditor.tsx';
import { allRolesOf, covers } from './roles.ts';

export function ChangeRoles({ person }: { person: Person }) {
  const text = useText();
  const [isOpen, opened] = useDisclosure(false);
  const offers = useQuery(rolesQuestion).data?.items;
  const session = useQuery(sessionQuestion).data;
  if (!offers || !session) return null;
  const mayChange = covers(session.on_all_devices, allRolesOf(person), offers);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        onClick={opened.open}
        disabled={!mayChange}
        title={mayChange ? undefined : text('problem-help-roles-more-than-own')}
        aria-label={text('roles-change-of', { name: person.email })}
      >
        {text('roles-change')}
      </Button>
      {isOpen && <ChangeDialog person={person} isOwn={person.user === session.user} onClose={opened.close} />}
    </>
  );
}

function ChangeDialog({ person, isOwn, onClose }: { person: Person; isOwn: boolean; onClose: () => void }) {
  const text = useText();
  const questions = useQueryClient();
  const [drafts, setDrafts] = useState(() => draftsOf(person.roles));
  const roles = rolesOf(drafts);
  const change = useMutation({
    mutationFn: (totp_code: string) =>
      answered(api.PUT('/api/v1/people/{user}/roles', { params: { path: { user: person.user } }, body: { roles: roles ?? [], totp_code } })),
    onSuccess: async (changed) => {
      onClose();
      toastDone(text('roles-changed', { name: person.email }));
      questions.setQueryData(personQuestion(person.user).queryKey, changed);
      if (isOwn) await questions.invalidateQueries({ queryKey: sessionQuestion.queryKey });
      await questions.invalidateQueries({ queryKey: PEOPLE_KEY });
      await questions.invalidateQueries({ queryKey: ['device'] });
    },
  });
  const told = fieldProblem(change.error, 'roles');
  return (
    <CodeDialog
      isOpen
      isWide
      title={text('roles-change-title', { name: person.email })}
      verb={text('roles-change')}
      isPending={change.isPending}
      isUnready={roles === undefined}
      failure={told ? null : refusalOfRoles(change.error)}
      onCode={(code) => change.mutate(code)}
      onClose={onClose}
    >
      <p>{text('roles-change-detail')}</p>
      {isOwn && <Notice tone="warn">{text('roles-change-own')}</Notice>}
      <RolesEditor drafts={drafts} onChange={setDrafts} error={told} />
    </CodeDialog>
  );
}
