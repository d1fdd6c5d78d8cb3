// Numbers, sizes and times as people of a language read them.
import type { Language } from '../language/catalogue.ts';

const LOCALES: Record<Language, string> = { en: 'en-GB', pl: 'pl-PL' };
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
/** The least share that one decimal shows; below it a percentage would read as none. */
const PERCENT_LEAST = 0.001;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

export interface Formats {
  number: (value: number) => string;
  percent: (share: number) => string;
  bytes: (count: number) => string;
  date: (time: string | Date) => string;
  dateTime: (time: string | Date) => string;
  /** To the second, with the day of the week and the reader's zone: the title of every shorter form. */
  exact: (time: string | Date) => string;
  /** How long ago, as in "3 hours ago". */
  ago: (time: string | Date, now?: Date) => string;
  /** A length of time, as in "3 hours". */
  duration: (seconds: number) => string;
}

export function formatsOf(language: Language): Formats {
  const locale = LOCALES[language];
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return {
    number: (value) => number.format(value),
    percent: (share) => (share > 0 && share < PERCENT_LEAST ? `< ${percent.format(PERCENT_LEAST)}` : percent.format(share)),
    bytes: (count) => {
      const step = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), BYTE_UNITS.length - 1);
      const unit = BYTE_UNITS[step] ?? 'byte';
      // Only the plain byte is inflected; the others are abbreviations.
      const shape = step === 0 ? ({ maximumFractionDigits: 0, unitDisplay: 'long' } as const) : ({ maximumFractionDigits: 1 } as const);
      return new Intl.NumberFormat(locale, { style: 'unit', unit, ...shape }).format(count / 1_000 ** step);
    },
    date: (time) => date.format(new Date(time)),
    dateTime: (time) => dateTime.format(new Date(time)),
    exact: (time) => exact.format(new Date(time)),
    ago: (time, now = new Date()) => {
      const [value, unit] = stepOf(new Date(time).getTime() - now.getTime());
      return relative.format(value, unit);
    },
    duration: (seconds) => {
      const [value, unit] = stepOf(seconds * SECOND);
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
    },
  };
}

function stepOf(milliseconds: number): [number, 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'] {
  const size = Math.abs(milliseconds);
  if (size < 45 * SECOND) return [Math.round(milliseconds / SECOND), 'second'];
  if (size < 45 * MINUTE) return [Math.round(milliseconds / MINUTE), 'minute'];
  if (size < 36 * HOUR) return [Math.round(milliseconds / HOUR), 'hour'];
  if (size < 45 * DAY) return [Math.round(milliseconds / DAY), 'day'];
  if (size < YEAR) return [Math.round(milliseconds / MONTH), 'month'];
  return [Math.round(milliseconds / YEAR), 'year'];
}
