// Text for people: `useText()` gives the function that finds a message, `useLanguage()` the language and its switch.
import type { FluentBundle, FluentVariable } from '@fluent/bundle';
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { type Language, loadLanguage, rememberLanguage } from './catalogue.ts';

export type Text = (id: string, values?: Record<string, FluentVariable>) => string;

interface Spoken {
  language: Language;
  text: Text;
  has: (id: string) => boolean;
  speak: (language: Language) => Promise<void>;
}

const Context = createContext<Spoken | null>(null);

export function LanguageProvider(props: { language: Language; bundle: FluentBundle; children: ReactNode }) {
  const [spoken, setSpoken] = useState({ language: props.language, bundle: props.bundle });

  useEffect(() => {
    document.documentElement.lang = spoken.language;
  }, [spoken.language]);

  const speak = useCallback(async (language: Language) => {
    const bundle = await loadLanguage(language);
    rememberLanguage(language);
    setSpoken({ language, bundle });
  }, []);

  const value = useMemo<Spoken>(
    () => ({ language: spoken.language, text: textOf(spoken.bundle), has: (id) => spoken.bundle.hasMessage(id), speak }),
    [spoken, speak],
  );
  return <Context value={value}>{props.children}</Context>;
}

/** Finds messages in a bundle. A missing message shows its id, so that a test sees it; the catalogue test forbids it. */
export function textOf(bundle: FluentBundle): Text {
  return (id, values) => {
    const message = bundle.getMessage(id);
    if (!message?.value) return id;
    return bundle.formatPattern(message.value, values ?? null, []);
  };
}

export function useLanguage(): Spoken {
  const spoken = useContext(Context);
  if (!spoken) throw new Error('no language above this component');
  return spoken;
}

export function useText(): Text {
  return useLanguage().text;
}

/** The message of a word that the server chose; a word that the catalogue does not know is shown as it is. */
export type Word = (prefix: string, word: string) => string;

export function useWord(): Word {
  const { text, has } = useLanguage();
  return useCallback(
    (prefix, word) => {
      // Fluent's names hold no colon, as in the permission `devices:read`.
      const id = `${prefix}-${word.replace(/[^A-Za-z0-9]+/g, '-')}`;
      return has(id) ? text(id) : word;
    },
    [text, has],
  );
}
