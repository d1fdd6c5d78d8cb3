// The console's own words, from its catalogue: so that a test finds a button in either language.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'locales');

/** The function that finds the plain messages of a language. */
export function wordsOf(language) {
  const files = readdirSync(join(FOLDER, language)).map((name) => readFileSync(join(FOLDER, language, name), 'utf8'));
  const messages = new Map(files.flatMap((file) => [...file.matchAll(/^([a-z][\w-]*) = (.+)$/gm)].map(([, id, text]) => [id, text])));
  return (id) => {
    const text = messages.get(id);
    if (text === undefined) throw new Error(`the ${language} catalogue has no plain message ${id}`);
    return text;
  };
}
