// The roles of a person, to choose: each with what it means, on all devices or on some, and what it would see.
import { Button, NativeSelect, Radio } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RoleName, RoleOffer, RoleOnDevices } from '../api/shape.ts';
import { SelectorField } from '../groups/SelectorField.tsx';
import { useText, useWord } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Answered, Notice } from '../notice/Notice.tsx';
import { sessionQuestion } from '../sign-in/session.ts';
import styles from './people.module.css';
import { rolesQuestion } from './questions.ts';
import { RolePreview, useSelectorProblem } from './RolePreview.tsx';
import { covers, givenBy, isDivisible, restsOnPassing, ROLE_CONDITIONS, ROLE_SELECTOR_CHARS_MAX, ROLES_MAX } from './roles.ts';

/** A role while it is chosen. */
export interface RoleDraft {
  key: number;
  role: RoleName;
  /** Undefined for all devices. */
  selector: string | undefined;
}

export function draftsOf(roles: RoleOnDevices[]): RoleDraft[] {
  return roles.map(({ role, devices }, key) => ({ key, role, selector: devices ?? undefined }));
}

/** The roles that the drafts say; undefined while one is not whole. */
export function rolesOf(drafts: RoleDraft[]): RoleOnDevices[] | undefined {
  if (drafts.some(({ selector }) => selector !== undefined && (selector.trim() === '' || restsOnPassing(selector)))) return undefined;
  return drafts.map(({ role, selector }) => (selector === undefined ? { role } : { role, devices: selector.trim() }));
}

/** Of a group of people, which makes nobody an owner, or of a person. */
export function RolesEditor(props: {
  drafts: RoleDraft[];
  onChange: (drafts: RoleDraft[]) => void;
  error?: string;
  isOfGroup?: boolean;
  rolesMax?: number;
}) {
  const { drafts, onChange, error, isOfGroup, rolesMax = ROLES_MAX } = props;
  const text = useText();
  const offers = useQuery(rolesQuestion);
  const add = () => onChange([...drafts, { key: Math.max(-1, ...drafts.map((one) => one.key)) + 1, role: 'technician', selector: '' }]);
  return (
    <Answered question={offers}>
      {({ items }) => (
        <div className={styles.editor}>
          {drafts.length === 0 && !isOfGroup && <p className={styles.soft}>{text('roles-none-note')}</p>}
          {drafts.map((draft, index) => (
            <RoleRow
              key={draft.key}
              number={index + 1}
              draft={draft}
              offers={isOfGroup ? items.filter((one) => one.role !== 'owner') : items}
              onChange={(next) => onChange(drafts.map((one) => (one.key === draft.key ? next : one)))}
              onRemove={() => onChange(drafts.filter((one) => one.key !== draft.key))}
            />
          ))}
          {error && (
            <Notice tone="bad" role="alert" title={text('roles-refused')}>
              <p lang="en">{error}</p>
            </Notice>
          )}
          <div>
            <Button variant="default" size="xs" onClick={add} disabled={drafts.length >= rolesMax}>
              {text(drafts.length === 0 ? 'role-add-first' : 'role-add')}
            </Button>
          </div>
        </div>
      )}
    </Answered>
  );
}

function RoleRow(props: { number: number; draft: RoleDraft; offers: RoleOffer[]; onChange: (draft: RoleDraft) => void; onRemove: () => void }) {
  const { number, draft, offers, onChange, onRemove } = props;
  const text = useText();
  const word = useWord();
  const own = useQuery(sessionQuestion).data?.on_all_devices ?? [];
  const offer = offers.find((one) => one.role === draft.role);
  const isOnSome = draft.selector !== undefined;
  const wrong = useSelectorProblem(draft.selector);
  const isPassing = restsOnPassing(draft.selector ?? '');
  const divides = offer !== undefined && isDivisible(offer);
  const gives = offer ? givenBy(offer, isOnSome) : [];
  const choose = (role: RoleName) => {
    const next = offers.find((one) => one.role === role);
    onChange({ ...draft, role, selector: next && isDivisible(next) ? draft.selector : undefined });
  };
  return (
    <fieldset className={styles.role}>
      <legend>{text('role-number', { number })}</legend>
      <div className={styles.roleHead}>
        <NativeSelect
          label={text('role')}
          value={draft.role}
          onChange={(event) => choose(event.currentTarget.value as RoleName)}
          data={offers.map((one) => ({ value: one.role, label: word('role', one.role), disabled: !mayOffer(own, one, offers) }))}
        />
        <Button variant="subtle" color="gray" size="xs" leftSection={<Icon name="trash" size={15} />} onClick={onRemove} aria-label={text('role-remove-of', { number })}>
          {text('role-remove')}
        </Button>
      </div>
      <p>{word('role-note', draft.role)}</p>
      {gives.length > 0 && (
        <p className={styles.soft}>
          {text('role-may')} {gives.map((one) => word('permission', one)).join(', ')}.
        </p>
      )}
      {divides && (
        <Radio.Group
          label={text('role-devices')}
          value={isOnSome ? 'some' : 'all'}
          onChange={(value) => onChange({ ...draft, selector: value === 'some' ? '' : undefined })}
        >
          <div className={styles.kinds}>
            <Radio value="all" label={text('role-devices-all')} />
            <Radio value="some" label={text('role-devices-some')} description={text('role-devices-some-note')} />
          </div>
        </Radio.Group>
      )}
      {isOnSome && (
        <SelectorField
          value={draft.selector ?? ''}
          onChange={(selector) => onChange({ ...draft, selector })}
          error={wrong}
          refusal={isPassing ? text('role-selector-passing') : undefined}
          note={text('role-selector-note')}
          charsMax={ROLE_SELECTOR_CHARS_MAX}
          conditions={ROLE_CONDITIONS}
        />
      )}
      {offer?.permissions.includes('devices:read') && !isPassing && <RolePreview selector={draft.selector} />}
    </fieldset>
  );
}

/** Whether the role may be given on all devices, or on some where it can be held so. */
function mayOffer(own: string[], offer: RoleOffer, offers: RoleOffer[]): boolean {
  return covers(own, [{ role: offer.role }], offers) || (isDivisible(offer) && covers(own, [{ role: offer.role, devices: 'all' }], offers));
}
