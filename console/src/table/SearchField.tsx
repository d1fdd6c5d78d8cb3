import { TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../look/Icon.tsx';
import styles from './Filters.module.css';

/** How long after the last key the search begins. */
const PAUSE_MS = 250;

/** A search box that tells its text when the typing pauses, and follows the address when that changes from elsewhere. */
export function SearchField(props: { label: string; value?: string; onChange: (value?: string) => void }) {
  const { label, value = '', onChange } = props;
  const [draft, setDraft] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;

  useEffect(() => {
    if (value !== told.current) {
      told.current = value;
      setDraft(value);
    }
  }, [value]);

  useEffect(() => {
    const text = draft.trim();
    if (text === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text || undefined);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft]);

  return (
    <TextInput
      size="xs"
      type="search"
      className={styles.search}
      label={label}
      value={draft}
      onChange={(event) => setDraft(event.currentTarget.value)}
      leftSection={<Icon name="search" size={15} />}
    />
  );
}
