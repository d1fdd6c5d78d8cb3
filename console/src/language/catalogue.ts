// One catalogue of Fluent files for the server and the console. A language is loaded alone, as its own chunk; the words of the
// ledger and of the Trust page, which are many and needed on those pages only, are another, fetched with them.
import { FluentBundle, FluentResource } from '@fluent/bundle';

export const LANGUAGES = ['en', 'pl'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language's name in itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', pl: 'Polski' };

type Source = () => Promise<{ default: string[] }>;

const SOURCES: Record<Language, { first: Source; late: Source }> = {
  en: { first: () => import('./en.ts'), late: () => import('./en-late.ts') },
  pl: { first: () => import('./pl.ts'), late: () => import('./pl-late.ts') },
};

/** The bundle that is spoken, and the late words once a page asked for them: from then on they come with every language. */
let spoken: { language: Language; bundle: FluentBundle } | undefined;
let fetched: Promise<void> | undefined;

/** The bundle of a language, made of all its files. */
export function bundleOf(language: Language, files: string[]): FluentBundle {
  // Isolation marks are left out: both languages run left to right, and the marks would be copied with the text.
  const bundle = new FluentBundle(language, { useIsolating: false });
  add(bundle, files);
  return bundle;
}

function add(bundle: FluentBundle, files: string[]) {
  for (const file of files) {
    const errors = bundle.addResource(new FluentResource(file));
    if (errors.length > 0) throw new Error(`the ${bundle.locales[0]} catalogue defines something twice`, { cause: errors });
  }
}

export async function loadLanguage(language: Language): Promise<FluentBundle> {
  const { first, late } = SOURCES[language];
  const files = await Promise.all(fetched ? [first(), late()] : [first()]);
  const bundle = bundleOf(
    language,
    files.flatMap((file) => file.default),
  );
  spoken = { language, bundle };
  return bundle;
}

/** Fetches a page together with the late words that it speaks. */
export async function withLateWords<Page>(page: Promise<Page>): Promise<Page> {
  fetched ??= addLateWords().catch((failure: unknown) => {
    fetched = undefined;
    throw failure;
  });
  await fetched;
  return page;
}

async function addLateWords() {
  if (!spoken) return;
  const { language, bundle } = spoken;
  add(bundle, (await SOURCES[language].late()).default);
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
