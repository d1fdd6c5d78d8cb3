import type { RoleOnDevices } from '../api/shape.ts';
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
