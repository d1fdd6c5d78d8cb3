// Who may see the device, because of which roles, and what they may do with it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Button } from '@mantine/core';
import { rowsOf } from '../api/pages.ts';
import type { Seer } from '../api/shape.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import people from '../people/people.module.css';
import { RoleList } from '../people/RoleList.tsx';
import { seersQuestion } from '../people/questions.ts';
import { Panel } from '../shell/Panel.tsx';

/** People shown without being asked for more: a page of the server's can be short, or empty, while there are more. */
const FIRST_PEOPLE = 50;

const route = getRouteApi('/signed/devices/$device/people');

export function Tab() {
  const text = useText();
  const { device } = route.useParams();
  const list = useInfiniteQuery(seersQuestion(device));
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = list;
  const rows = rowsOf(list.data);
  const isShort = hasNextPage && rows.length < FIRST_PEOPLE;
  useEffect(() => {
    if (isShort && !isFetchingNextPage && !error) void fetchNextPage();
  }, [isShort, isFetchingNextPage, fetchNextPage, error]);
  return (
    <Panel flush title={text('seers')} note={text('seers-note')}>
      <Answered question={list}>
        {() => (
          <>
            {rows.length === 0 && !hasNextPage && <Empty icon="user" title={text('seers-none')} />}
            <ul className={people.people} data-seers>
              {rows.map((one) => (
                <Row key={one.user} seer={one} />
              ))}
            </ul>
            {hasNextPage && (
              <div className={people.more}>
                <Button variant="default" onClick={() => fetchNextPage()} loading={isFetchingNextPage}>
                  {text('people-more')}
                </Button>
              </div>
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}

function Row({ seer }: { seer: Seer }) {
  const text = useText();
  const word = useWord();
  return (
    <li className={people.person}>
      <span className={people.who}>
        <Link to="/settings/people/$user" params={{ user: seer.user }}>
          {seer.email}
        </Link>
      </span>
      <div>
        <span className="unseen">{text('seer-because')} </span>
        <RoleList roles={seer.because_of} />
      </div>
      <span className={people.facts}>
        {text('seer-may')} {seer.permissions.map((one) => word('permission', one)).join(', ')}
      </span>
    </li>
  );
}
