import type { Person, RoleOnDevices } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';
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

/** What a person holds: what somebody gave, and what groups at a provider of single sign-on give. */
export function PersonRoles({ person }: { person: Person }) {
  const text = useText();
  if (!person.roles_of_provider) return <RoleList roles={person.roles} />;
  return (
    <div>
      {(person.roles.length > 0 || person.roles_of_provider.length === 0) && <RoleList roles={person.roles} />}
      <span className={styles.soft}>{text(person.roles_of_provider.length > 0 ? 'roles-of-provider' : 'person-of-provider')}</span>
      {person.roles_of_provider.length > 0 && <RoleList roles={person.roles_of_provider} />}
    </div>
  );
}
