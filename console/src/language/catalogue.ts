// One catalogue of Fluent files for the server and the console. A language is loaded whole and alone, as its own chunk.
import { FluentBundle, FluentResource } from '@fluent/bundle';

export const LANGUAGES = ['en', 'pl'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language's name in itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', pl: 'Polski' };

const SOURCES: Record<Language, () => Promise<{ default: string[] }>> = {
  en: () => import('./en.ts'),
  pl: () => import('./pl.ts'),
};

/** The bundle of a language, made of all its files. */
export function bundleOf(language: Language, files: string[]): FluentBundle {
  // Isolation marks are left out: both languages run left to right, and the marks would be copied with the text.
  const bundle = new FluentBundle(language, { useIsolating: false });
  for (const file of files) {
    const errors = bundle.addResource(new FluentResource(file));
    if (errors.length > 0) throw new Error(`the ${language} catalogue defines something twice`, { cause: errors });
  }
  return bundle;
}

export async function loadLanguage(language: Language): Promise<FluentBundle> {
  const { default: files } = await SOURCES[language]();
  return bundleOf(language, files);
}

/** Where the choice of a language is remembered on this browser. */
const STORAGE_KEY = 'purser-language';

export function isLanguage(text: unknown): text is Language {
  return LANGUAGES.includes(text as Language);
}

/** The language chosen on this browser, if one was. */
export function chosenLanguage(): Language | undefined {
  const stored = localStorage.getItem(STORAGE_KEY);
  return isLanguage(stored) ? stored : undefined;
}

/** The chosen language, or the first of the browser's that the console speaks. */
export function firstLanguage(wanted: readonly string[] = navigator.languages): Language {
  const chosen = chosenLanguage();
  if (chosen) return chosen;
  const spoken = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage);
  return spoken ?? 'en';
}

export function rememberLanguage(language: Language) {
  localStorage.setItem(STORAGE_KEY, language);
}
