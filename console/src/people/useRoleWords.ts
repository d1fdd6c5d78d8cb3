// Roles in words, as in "Technician on os:windows".
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { RoleOnDevices } from '../api/shape.ts';
import { groupsQuestion } from '../devices/questions.ts';
import { useText, useWord } from '../language/Language.tsx';
import { useMay } from '../sign-in/may.ts';
import { spokenSelector } from './roles.ts';

/** Roles that have nothing to do with devices are told without them. */
const WITHOUT_DEVICES = ['requester', 'billing'];

export interface RoleWords {
  /** A role with the devices that it is for. */
  role: (held: RoleOnDevices) => string;
  /** A selector, with the names of the groups in it where they may be seen. */
  selector: (selector: string) => string;
}

export function useRoleWords(): RoleWords {
  const text = useText();
  const word = useWord();
  const may = useMay();
  const groups = useQuery({ ...groupsQuestion, enabled: may.some('devices:read') }).data?.items;
  const selector = useCallback((selector: string) => spokenSelector(selector, groups ?? []), [groups]);
  const role = useCallback(
    (held: RoleOnDevices) => {
      const name = word('role', held.role);
      if (held.devices) return text('role-on', { role: name, devices: selector(held.devices) });
      return WITHOUT_DEVICES.includes(held.role) ? name : text('role-on-all', { role: name });
    },
    [text, word, selector],
  );
  return { role, selector };
}
