// One person: what they hold, and what they can do by it, with the devices that each permission reaches.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Person } from '../api/shape.ts';
import { EraseButton } from '../erasure/EraseButton.tsx';
import { isLanguage, LANGUAGE_NAMES } from '../language/catalogue.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Answered } from '../notice/Notice.tsx';
import { ChangeRoles } from '../people/ChangeRoles.tsx';
import styles from '../people/people.module.css';
import { personQuestion, rolesQuestion } from '../people/questions.ts';
import { DirectoryTag, PersonRoles } from '../people/RoleList.tsx';
import { allRolesOf, type Reach, reachesOf } from '../people/roles.ts';
import { useRoleWords } from '../people/useRoleWords.ts';
import { usePageTitle } from '../shell/PageHead.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';

const route = getRouteApi('/signed/settings/people/$user');

export function Tab() {
  const text = useText();
  const { user } = route.useParams();
  const question = useQuery(personQuestion(user));
  return (
    <>
      <p className={styles.above}>
        <Link to="/settings/people">{text('person-to-all')}</Link>
      </p>
      <Answered question={question}>{(person) => <Page person={person} />}</Answered>
    </>
  );
}

function Page({ person }: { person: Person }) {
  const text = useText();
  const may = useMay();
  const session = useQuery(sessionQuestion).data;
  const isOwn = person.user === session?.user;
  usePageTitle(person.email);
  return (
    <>
      <div className={styles.head}>
        <h2>
          {person.email} {isOwn && <Tag tone="info">{text('person-you')}</Tag>} <DirectoryTag person={person} />
        </h2>
        {may.some('people:manage') && <ChangeRoles person={person} />}
      </div>
      <Panel title={text('person-account')}>
        <Facts
          facts={[
            { name: text('person-roles'), value: <PersonRoles person={person} /> },
            ...(person.groups?.length ? [{ name: text('person-groups'), value: person.groups.map((one) => one.name).join(', ') }] : []),
            { name: text('person-since-long'), value: <Moment time={person.created_at} /> },
            { name: text('person-language'), value: isLanguage(person.language) ? LANGUAGE_NAMES[person.language] : person.language },
            { name: text('person-id'), value: <code>{person.user}</code> },
          ]}
        />
      </Panel>
      <Panel title={text('person-may')} note={text('person-may-note')}>
        <Reaches person={person} />
      </Panel>
      {may.some('erasure:manage') && (
        <Panel title={text('person-remove')} note={text('person-remove-note')}>
          <EraseButton label={text('person-remove-verb')} subject="user" id={person.user} name={person.email} />
        </Panel>
      )}
    </>
  );
}

function Reaches({ person }: { person: Person }) {
  const text = useText();
  const word = useWord();
  const offers = useQuery(rolesQuestion);
  return (
    <Answered question={offers}>
      {({ items }) => {
        const reaches = reachesOf(allRolesOf(person), items);
        if (reaches.length === 0) return <p>{text('person-may-nothing')}</p>;
        const known = [...new Set(items.flatMap((one) => one.permissions))].filter((one) => one !== 'self:manage');
        const lacking = known.filter((one) => !reaches.some(({ permission }) => permission === one));
        return (
          <>
            <Facts facts={reaches.map(({ permission, reach }) => ({ name: word('permission', permission), value: <ReachWords reach={reach} /> }))} />
            {lacking.length > 0 && (
              <p className={styles.lacking}>
                {text('person-may-not')} {lacking.map((one) => word('permission', one)).join(', ')}.
              </p>
            )}
          </>
        );
      }}
    </Answered>
  );
}

/** How far a permission reaches. A selector leads to the devices that it chooses. */
function ReachWords({ reach }: { reach: Reach }) {
  const text = useText();
  const words = useRoleWords();
  if (typeof reach === 'string') return <>{text(`reach-${reach}`)}</>;
  return (
    <ul className={styles.selectors}>
      {reach.map((selector) => (
        <li key={selector}>
          <code>{words.selector(selector)}</code>
        </li>
      ))}
    </ul>
  );
}
