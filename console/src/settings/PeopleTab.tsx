// Who has an account and what each may do; the invitations that are open.
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Person } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { ChangeRoles } from '../people/ChangeRoles.tsx';
import { Invitations } from '../people/Invitations.tsx';
import { InviteButton, type Made } from '../people/InviteButton.tsx';
import styles from '../people/people.module.css';
import { peopleQuestion } from '../people/questions.ts';
import { DirectoryTag, PersonRoles } from '../people/RoleList.tsx';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { Secret } from './Secret.tsx';

export function Tab() {
  const text = useText();
  const may = useMay();
  const list = useInfiniteQuery(peopleQuestion);
  const [made, setMade] = useState<Made>();
  return (
    <>
      {made && (
        <div className={styles.made}>
          <Secret values={[{ label: text('invitation-link-of', { name: made.note }), value: made.url }]}>
            <p>{text('invitation-hand-over')}</p>
          </Secret>
        </div>
      )}
      <Panel flush title={text('settings-people')} note={text('people-note')} action={may.some('people:manage') && <InviteButton onMade={setMade} />}>
        <Answered question={list}>
          {(data) => {
            const rows = rowsOf(data).toSorted((one, other) => one.email.localeCompare(other.email));
            return (
              <>
                <ul className={styles.people}>
                  {rows.map((one) => (
                    <Row key={one.user} person={one} />
                  ))}
                </ul>
                {rows.length === 1 && !list.hasNextPage && <p className={styles.more}>{text(may.some('people:manage') ? 'people-alone-invite' : 'people-alone')}</p>}
                {list.hasNextPage && (
                  <div className={styles.more}>
                    <Button variant="default" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
                      {text('people-more')}
                    </Button>
                  </div>
                )}
              </>
            );
          }}
        </Answered>
      </Panel>
      <Invitations />
    </>
  );
}

function Row({ person }: { person: Person }) {
  const text = useText();
  const may = useMay();
  const own = useQuery(sessionQuestion).data?.user;
  return (
    <li className={styles.person}>
      <span className={styles.who}>
        <Link to="/settings/people/$user" params={{ user: person.user }}>
          {person.email}
        </Link>
        {person.user === own && <Tag tone="info">{text('person-you')}</Tag>}
        <DirectoryTag person={person} />
      </span>
      <PersonRoles person={person} />
      <span className={styles.facts}>
        {text('person-since')} <Moment time={person.created_at} dayOnly />
      </span>
      <span className={styles.end}>{may.some('people:manage') && <ChangeRoles person={person} />}</span>
    </li>
  );
}
