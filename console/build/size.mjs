// Measures the first load: everything that the browser fetches for the device list, from an empty cache, in the larger of the
// two languages. Fails beyond the limit of the design.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT_BYTES = 250_000;
const DIST = join(import.meta.dirname, '..', 'dist');
const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8'));
const sizes = new Map();

function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length);
  return sizes.get(file);
}

/** The files that an entry needs before it runs. */
function closure(key, files = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the manifest has no ${key}`);
  if (files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const sheet of chunk.css ?? []) files.add(sheet);
  for (const next of chunk.imports ?? []) closure(next, files);
  return files;
}

const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);
/** A tab is shown inside its page; what a page fetches by itself once it is there (a chart) counts as well. */
const PARENTS = [
  [/^src\/device\/.*Tab\.tsx$/, 'src/device/DevicePage.tsx'],
  [/^src\/settings\/.*Tab\.tsx$/, 'src/settings/SettingsPage.tsx'],
];

function load(page) {
  const files = new Set([...base, ...closure(language), ...(LATE.test(page) ? closure(late) : []), ...closure(page)]);
  for (const [tab, parent] of PARENTS) if (tab.test(page)) closure(parent, files);
  for (const late of manifest[page].dynamicImports ?? []) closure(late, files);
  return sum(files);
}

const pages = Object.keys(manifest).filter((key) => /Page\.tsx$|Tab\.tsx$/.test(key));
const base = new Set(['index.html', ...closure('index.html')]);
const late = ['src/language/en-late.ts', 'src/language/pl-late.ts'].sort((a, b) => sum(closure(b)) - sum(closure(a)))[0];
/** Pages that fetch the late words. */
const LATE = /^src\/(?:ledger|trust)\//;
const language = ['src/language/en.ts', 'src/language/pl.ts'].sort((a, b) => sum(closure(b)) - sum(closure(a)))[0];

const loads = pages.map((page) => ({ page, bytes: load(page) }));
loads.sort((a, b) => b.bytes - a.bytes);
const kilobytes = (bytes) => `${(bytes / 1_000).toFixed(1)} kB`;
console.log(`frame ${kilobytes(sum(base))}, language ${kilobytes(sum(closure(language)))} (${language})`);
for (const { page, bytes } of loads) console.log(`${kilobytes(bytes).padStart(9)}  ${page}`);
const [largest] = loads;
const verdict = largest.bytes <= LIMIT_BYTES ? 'within' : 'beyond';
console.log(`largest first load ${kilobytes(largest.bytes)} gzip, ${verdict} the limit of ${kilobytes(LIMIT_BYTES)}`);
process.exit(largest.bytes <= LIMIT_BYTES ? 0 : 1);
