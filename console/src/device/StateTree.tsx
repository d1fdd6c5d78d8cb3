// A state as a tree that a person can read: names and values, lists folded with their length.
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import styles from './StateTree.module.css';

/** Entries of a list that are shown at a time. */
const ENTRIES_STEP = 100;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export function StateTree(props: { state: Record<string, unknown> }) {
  return (
    <ul className={styles.tree}>
      {Object.entries(props.state as Record<string, Json>).map(([name, value]) => (
        <Branch key={name} name={name} value={value} open={!Array.isArray(value)} />
      ))}
    </ul>
  );
}

function Branch({ name, value, open = false }: { name: string; value: Json; open?: boolean }) {
  const text = useText();
  const { number } = useFormats();
  if (value === null || typeof value !== 'object') {
    return (
      <li className={styles.leaf}>
        <span className={styles.name}>{name}</span>
        <span className={styles.value} data-kind={typeof value}>
          {String(value)}
        </span>
      </li>
    );
  }
  const count = Array.isArray(value) ? value.length : undefined;
  return (
    <li>
      <Folded
        open={open}
        summary={
          <>
            <span className={styles.name}>{name}</span>
            {count !== undefined && <span className={styles.count}>{text('tree-entries', { count, shown: number(count) })}</span>}
            {count === undefined && <span className={styles.brief}>{briefOf(value as { [name: string]: Json })}</span>}
          </>
        }
      >
        {() => (Array.isArray(value) ? <Entries values={value} /> : <Members members={value} />)}
      </Folded>
    </li>
  );
}

/** Renders what is inside only once it has been opened: a thousand packages cost nothing while folded. */
function Folded(props: { open: boolean; summary: ReactNode; children: () => ReactNode }) {
  const [isOpen, setOpen] = useState(props.open);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)} className={styles.fold}>
      <summary>{props.summary}</summary>
      {isOpen && <ul>{props.children()}</ul>}
    </details>
  );
}

function Members({ members }: { members: { [name: string]: Json } }) {
  return Object.entries(members).map(([name, value]) => <Branch key={name} name={name} value={value} />);
}

function Entries({ values }: { values: Json[] }) {
  const text = useText();
  const [shown, setShown] = useState(ENTRIES_STEP);
  return (
    <>
      {values.slice(0, shown).map((value, index) => (
        <Branch key={index} name={String(index + 1)} value={value} />
      ))}
      {values.length > shown && (
        <li>
          <Button size="compact-xs" variant="default" onClick={() => setShown(shown + ENTRIES_STEP)}>
            {text('tree-more', { count: Math.min(ENTRIES_STEP, values.length - shown) })}
          </Button>
        </li>
      )}
    </>
  );
}

/** The name and version of a thing, so that a folded entry says which one it is. */
function briefOf(value: { [name: string]: Json }): string {
  const { name, id, subject, version, pretty_name, release } = value;
  return [name ?? pretty_name ?? id ?? subject, version ?? release].filter((part) => typeof part === 'string').join(' ');
}
