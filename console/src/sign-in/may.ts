// What the person who is signed in may do. The server decides; this keeps out of sight what it would refuse.
import { useQuery } from '@tanstack/react-query';
import type { Session } from '../api/shape.ts';
import { sessionQuestion } from './session.ts';

export type Permission =
  | 'devices:read'
  | 'devices:write'
  | 'inventory:read'
  | 'vulnerabilities:read'
  | 'feeds:read'
  | 'feeds:manage'
  | 'ledger:read'
  | 'trust:read'
  | 'people:read'
  | 'people:manage'
  | 'enrolment:manage'
  | 'tokens:manage'
  | 'settings:manage'
  | 'exports:manage'
  | 'erasure:manage'
  | 'self:manage';

/** What everybody may who has an account. */
const OWN: Permission = 'self:manage';

export interface May {
  /** Whether it may be done with some devices at least, or at all where it is not about devices. */
  some: (permission: Permission) => boolean;
  /** Whether it may be done with every device: what counts or changes all of them asks for this. */
  all: (permission: Permission) => boolean;
  /** Whether there is nothing but the own account. */
  onlyOwn: boolean;
}

export function mayOf(session: Pick<Session, 'permissions' | 'on_all_devices'> | null | undefined): May {
  const { permissions, on_all_devices } = session ?? { permissions: [], on_all_devices: [] };
  return {
    some: (permission) => permissions.includes(permission),
    all: (permission) => on_all_devices.includes(permission),
    onlyOwn: permissions.every((one) => one === OWN),
  };
}

export function useMay(): May {
  return mayOf(useQuery(sessionQuestion).data);
}
