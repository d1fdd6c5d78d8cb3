import type { Person, RoleOnDevices } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
import { Tag } from '../look/marks.tsx';
import styles from './people.module.css';
import { useRoleWords } from './useRoleWords.ts';

/** Roles in words, one a line. */
export function RoleList({ roles }: { roles: RoleOnDevices[] }) {
  const text = useText();
  const words = useRoleWords();
  if (roles.length === 0) return <span className={`${styles.roles} ${styles.soft}`}>{text('roles-none')}</span>;
  return (
    <ul className={styles.roles}>
      {roles.map((one) => (
        <li key={`${one.role} ${one.devices ?? ''}`}>{words.role(one)}</li>
      ))}
    </ul>
  );
}

/** What a person holds: what somebody gave, what groups at a provider of single sign-on give, and what groups of people give. */
export function PersonRoles({ person }: { person: Person }) {
  const text = useText();
  const ofProvider = person.roles_of_provider ?? [];
  const ofGroups = person.roles_of_groups ?? [];
  const hasOthers = ofProvider.length > 0 || ofGroups.length > 0;
  return (
    <div>
      {(person.roles.length > 0 || !hasOthers) && <RoleList roles={person.roles} />}
      {person.roles_of_provider && <span className={styles.soft}>{text(ofProvider.length > 0 ? 'roles-of-provider' : 'person-of-provider')}</span>}
      {ofProvider.length > 0 && <RoleList roles={ofProvider} />}
      {ofGroups.length > 0 && <span className={styles.soft}>{text('roles-of-groups')}</span>}
      {ofGroups.length > 0 && <RoleList roles={ofGroups} />}
    </div>
  );
}

/** That a directory keeps the account, and how it has the person. */
export function DirectoryTag({ person }: { person: Person }) {
  const text = useText();
  if (!person.directory) return null;
  return (
    <Tag tone={person.directory === 'active' ? 'plain' : 'warn'} title={text(`person-directory-${person.directory}-note`)}>
      {text(`person-directory-${person.directory}`)}
    </Tag>
  );
}
