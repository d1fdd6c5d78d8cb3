// The open invitations: whom each is for, what it gives, until when its link works, and the way to take it back.
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { rowsOf } from '../api/pages.ts';
import type { Invitation } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Confirm } from '../look/Confirm.tsx';
import { Moment } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import styles from './people.module.css';
import { invitationsQuestion, PEOPLE_KEY } from './questions.ts';
import { refusalOfRoles } from './refusals.ts';
import { RoleList } from './RoleList.tsx';

export function Invitations() {
  const text = useText();
  const list = useInfiniteQuery(invitationsQuestion);
  return (
    <Panel flush title={text('invitations')} note={text('invitations-note')}>
      <Answered question={list}>
        {(data) => {
          const rows = rowsOf(data).toSorted((one, other) => one.expires_at.localeCompare(other.expires_at));
          if (rows.length === 0) return <p className={styles.more}>{text('invitations-none')}</p>;
          return (
            <ul className={styles.people}>
              {rows.map((one) => (
                <Row key={one.user} invitation={one} />
              ))}
            </ul>
          );
        }}
      </Answered>
    </Panel>
  );
}

function Row({ invitation }: { invitation: Invitation }) {
  const text = useText();
  const may = useMay();
  return (
    <li className={styles.person}>
      <span className={styles.who}>{invitation.note}</span>
      <RoleList roles={invitation.roles} />
      <span className={styles.facts}>
        {text('invitation-until')} <Moment time={invitation.expires_at} />
      </span>
      <span className={styles.end}>{may.some('people:manage') && <TakeBack invitation={invitation} />}</span>
    </li>
  );
}

function TakeBack({ invitation }: { invitation: Invitation }) {
  const text = useText();
  const questions = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const name = invitation.note;
  const revoke = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/invitations/{invitation}', { params: { path: { invitation: invitation.user } } })),
    onSuccess: async () => {
      asking.close();
      toastDone(text('invitation-taken-back', { name }));
      await questions.invalidateQueries({ queryKey: PEOPLE_KEY });
    },
  });
  return (
    <>
      <Button variant="default" size="xs" onClick={asking.open} aria-label={text('invitation-take-back-of', { name })}>
        {text('invitation-take-back')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={text('invitation-take-back-ask', { name })}
        detail={text('invitation-take-back-detail')}
        verb={text('invitation-take-back')}
        isGrave
        isPending={revoke.isPending}
        failure={refusalOfRoles(revoke.error)}
        onYes={() => revoke.mutate()}
        onNo={() => {
          asking.close();
          revoke.reset();
        }}
      />
    </>
  );
}
