// Groups of people: who is in each, as the directory says, and which roles it gives, as somebody here says.
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { PeopleGroup } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { CodeDialog } from '../look/CodeDialog.tsx';
import { Answered } from '../notice/Notice.tsx';
import { fieldProblem } from '../notice/problems.ts';
import { toastDone } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import styles from './PeopleGroups.module.css';
import { everybodyQuestion, PEOPLE_KEY, peopleGroupsQuestion, rolesQuestion } from './questions.ts';
import { refusalOfRoles } from './refusals.ts';
import { RoleList } from './RoleList.tsx';
import { draftsOf, RolesEditor, rolesOf } from './RolesEditor.tsx';
import { covers, GROUP_ROLES_MAX } from './roles.ts';

/** Members that are named; of a larger group the rest is counted. */
const NAMED_MAX = 12;

export function PeopleGroups() {
  const text = useText();
  const groups = useQuery(peopleGroupsQuestion);
  return (
    <Panel flush title={text('people-groups')} note={text('people-groups-note')}>
      <Answered question={groups}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles.empty}>{text('people-groups-none')}</p>
          ) : (
            <ul className={styles.groups}>
              {items
                .toSorted((one, other) => one.name.localeCompare(other.name))
                .map((one) => (
                  <Row key={one.group} group={one} />
                ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}

function Row({ group }: { group: PeopleGroup }) {
  const text = useText();
  const may = useMay();
  return (
    <li className={styles.group}>
      <h3>{group.name}</h3>
      <Members users={group.members} />
      {group.roles.length > 0 ? <RoleList roles={group.roles} /> : <span className={styles.soft}>{text('people-group-gives-none')}</span>}
      <span className={styles.end}>{may.some('people:manage') && <ChangeGroupRoles group={group} text={text} />}</span>
    </li>
  );
}

function Members({ users }: { users: string[] }) {
  const text = useText();
  const everybody = useQuery(everybodyQuestion).data;
  if (users.length === 0) return <p className={styles.soft}>{text('people-group-empty')}</p>;
  const named = everybody ? users.slice(0, NAMED_MAX) : [];
  const nameOf = (user: string) => rowsOfOne(everybody?.items, user) ?? user;
  return (
    <p className={styles.members}>
      {text('people-group-members', { count: users.length })}
      {named.length > 0 && ': '}
      {named.map((user, index) => (
        <span key={user}>
          {index > 0 && ', '}
          <Link to="/settings/people/$user" params={{ user }}>
            {nameOf(user)}
          </Link>
        </span>
      ))}
      {named.length > 0 && users.length > named.length && ' …'}
    </p>
  );
}

function rowsOfOne(people: { user: string; email: string }[] | undefined, user: string): string | undefined {
  return people?.find((one) => one.user === user)?.email;
}

function ChangeGroupRoles({ group, text }: { group: PeopleGroup; text: ReturnType<typeof useText> }) {
  const [isOpen, opened] = useDisclosure(false);
  const offers = useQuery(rolesQuestion).data?.items;
  const session = useQuery(sessionQuestion).data;
  if (!offers || !session) return null;
  const mayChange = covers(session.on_all_devices, group.roles, offers);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        onClick={opened.open}
        disabled={!mayChange}
        title={mayChange ? undefined : text('problem-help-roles-more-than-own')}
        aria-label={text('roles-change-of', { name: group.name })}
      >
        {text('roles-change')}
      </Button>
      {isOpen && <ChangeDialog group={group} onClose={opened.close} />}
    </>
  );
}

function ChangeDialog({ group, onClose }: { group: PeopleGroup; onClose: () => void }) {
  const text = useText();
  const questions = useQueryClient();
  const [drafts, setDrafts] = useState(() => draftsOf(group.roles));
  const roles = rolesOf(drafts);
  const change = useMutation({
    mutationFn: (totp_code: string) =>
      answered(
        api.PUT('/api/v1/people/groups/{people_group}/roles', { params: { path: { people_group: group.group } }, body: { roles: roles ?? [], totp_code } }),
      ),
    onSuccess: async () => {
      onClose();
      toastDone(text('roles-changed', { name: group.name }));
      await questions.invalidateQueries({ queryKey: PEOPLE_KEY });
      await questions.invalidateQueries({ queryKey: ['device'] });
    },
  });
  const told = fieldProblem(change.error, 'roles');
  return (
    <CodeDialog
      isOpen
      isWide
      title={text('people-group-roles-title', { name: group.name })}
      verb={text('roles-change')}
      isPending={change.isPending}
      isUnready={roles === undefined}
      failure={told ? null : refusalOfRoles(change.error)}
      onCode={(code) => change.mutate(code)}
      onClose={onClose}
    >
      <p>{text('people-group-roles-detail')}</p>
      <RolesEditor drafts={drafts} onChange={setDrafts} error={told} isOfGroup rolesMax={GROUP_ROLES_MAX} />
    </CodeDialog>
  );
}
