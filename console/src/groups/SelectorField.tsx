// The query of a group: a text that can be written by hand, and a row of choices that writes conditions into it.
import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DEVICE_STATUSES } from '../devices/filter.ts';
import { systemName } from '../devices/names.ts';
import { groupsQuestion, summaryQuestion } from '../devices/questions.ts';
import { useText } from '../language/Language.tsx';
import styles from './groups.module.css';
import { type ConditionName, CONDITIONS, conditionText, joined } from './selector.ts';

/** Longest selector; the server counts bytes and has the last word. */
const SELECTOR_CHARS_MAX = 4_096;

interface SelectorFieldProps {
  /** The group whose query it is. */
  own?: string;
  value: string;
  onChange: (selector: string) => void;
  /** What the server says is wrong with it. */
  error?: string;
  /** What the console says is wrong with it. */
  refusal?: string;
  note?: string;
  charsMax?: number;
  /** What the row of choices offers. */
  conditions?: readonly ConditionName[];
}

export function SelectorField(props: SelectorFieldProps) {
  const { value, onChange } = props;
  const text = useText();
  return (
    <div className={styles.selector}>
      <Textarea
        label={text('group-selector')}
        description={props.note ?? text('group-selector-note')}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={props.refusal ?? (props.error && <span lang="en">{props.error}</span>)}
        maxLength={props.charsMax ?? SELECTOR_CHARS_MAX}
        rows={2}
        spellCheck={false}
        autoCapitalize="off"
        placeholder="os:debian and label:env=prod"
        classNames={{ input: 'mono' }}
      />
      <NamedGroups selector={value} />
      <ConditionRow
        own={props.own}
        conditions={props.conditions ?? CONDITIONS}
        isFirst={value.trim() === ''}
        onAdd={(joint, condition) => onChange(joined(value, joint, condition))}
      />
    </div>
  );
}

/** The names of the groups that a query holds by their ids. */
function NamedGroups({ selector }: { selector: string }) {
  const text = useText();
  const groups = useQuery(groupsQuestion).data?.items ?? [];
  const named = groups.filter(({ group }) => selector.includes(`group:${group}`));
  if (named.length === 0) return null;
  return (
    <ul className={styles.named}>
      {named.map(({ group, name }) => (
        <li key={group}>
          <code>{group}</code> {text('selector-group', { name })}
        </li>
      ))}
    </ul>
  );
}

interface ConditionRowProps {
  own?: string;
  conditions: readonly ConditionName[];
  isFirst: boolean;
  onAdd: (joint: 'and' | 'or', condition: string) => void;
}

function ConditionRow(props: ConditionRowProps) {
  const text = useText();
  const [name, setName] = useState<ConditionName>('label');
  const [isNegated, setNegated] = useState(false);
  const [value, setValue] = useState('');
  const choices = useChoices(name, props.own);
  const chosen = choices ? (choices.find((one) => one.value === value)?.value ?? choices[0]?.value ?? '') : value.trim();
  const isReady = name === 'all' || chosen !== '';
  const add = (joint: 'and' | 'or') => {
    props.onAdd(joint, conditionText({ name, value: chosen, isNegated }));
    setValue('');
  };
  return (
    <fieldset className={styles.condition}>
      <legend>{text('condition-add')}</legend>
      <NativeSelect
        size="xs"
        label={text('condition-field')}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value as ConditionName);
          setValue('');
        }}
        data={props.conditions.map((one) => ({ value: one, label: text(`condition-by-${one}`) }))}
      />
      <NativeSelect
        size="xs"
        label={text('condition-holds')}
        value={isNegated ? 'not' : 'is'}
        onChange={(event) => setNegated(event.currentTarget.value === 'not')}
        data={[
          { value: 'is', label: text('condition-is') },
          { value: 'not', label: text('condition-is-not') },
        ]}
      />
      {name !== 'all' &&
        (choices ? (
          <NativeSelect size="xs" label={text('condition-value')} value={chosen} onChange={(event) => setValue(event.currentTarget.value)} data={choices} />
        ) : (
          <TextInput
            size="xs"
            label={text('condition-value')}
            placeholder={name === 'label' ? 'env=prod' : 'web'}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !isReady) return;
              event.preventDefault();
              add('and');
            }}
          />
        ))}
      <div className={styles.joints}>
        <Button size="xs" variant="default" disabled={!isReady} onClick={() => add('and')}>
          {text(props.isFirst ? 'condition-add-first' : 'condition-and')}
        </Button>
        {!props.isFirst && (
          <Button size="xs" variant="default" disabled={!isReady} onClick={() => add('or')}>
            {text('condition-or')}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

/** The values that a condition can have, where they are known; a group cannot be made of itself. */
function useChoices(name: ConditionName, own?: string): { value: string; label: string }[] | undefined {
  const text = useText();
  const summary = useQuery(summaryQuestion);
  const groups = useQuery(groupsQuestion);
  if (name === 'status') return DEVICE_STATUSES.map((status) => ({ value: status, label: text(`status-${status}`) }));
  if (name === 'group') return (groups.data?.items ?? []).filter(({ group }) => group !== own).map((one) => ({ value: one.group, label: one.name }));
  const systems = summary.data?.by_os ?? [];
  if (name === 'os' && systems.length > 0) return systems.map(({ os }) => ({ value: os, label: systemName(os) }));
  return undefined;
}
