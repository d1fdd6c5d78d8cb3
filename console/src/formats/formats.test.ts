import { expect, test } from 'vitest';
import { formatsOf } from './formats.ts';

const en = formatsOf('en');
const pl = formatsOf('pl');
const now = new Date('2026-08-20T12:00:00Z');

test('a time is told as the largest unit that keeps it exact enough', () => {
  expect(en.ago('2026-08-20T11:58:00Z', now)).toBe('2 minutes ago');
  expect(en.ago('2026-08-20T09:00:00Z', now)).toBe('3 hours ago');
  expect(en.ago('2026-08-19T12:00:00Z', now)).toBe('24 hours ago');
  expect(en.ago('2026-08-01T12:00:00Z', now)).toBe('19 days ago');
  expect(en.ago('2024-08-20T12:00:00Z', now)).toBe('2 years ago');
});

test('Polish inflects the unit', () => {
  expect(pl.ago('2026-08-20T11:58:00Z', now)).toBe('2 minuty temu');
  expect(pl.ago('2026-08-20T11:55:00Z', now)).toBe('5 minut temu');
  expect(pl.duration(5 * 3600)).toBe('5 godzin');
  expect(pl.duration(3 * 3600)).toBe('3 godziny');
});

test('sizes step by a thousand', () => {
  expect(en.bytes(0)).toBe('0 bytes');
  expect(en.bytes(999)).toBe('999 bytes');
  expect(en.bytes(1_000)).toBe('1 kB');
  expect(en.bytes(42_500_000)).toBe('42.5 MB');
});

test('the exact time names the second and the zone', () => {
  expect(en.exact('2026-08-20T11:58:07Z')).toMatch(/^Thursday,? 20 August 2026 at \d\d:\d\d:07 \S+/);
  expect(pl.exact('2026-08-20T11:58:07Z')).toMatch(/czwartek, 20 sierpnia 2026/);
});

test('a share is a percentage with one decimal', () => {
  expect(en.percent(0.9734)).toBe('97.3%');
  expect(en.percent(0.001)).toBe('0.1%');
  expect(en.percent(0.0004)).toBe('< 0.1%');
  expect(en.percent(0)).toBe('0.0%');
  expect(pl.percent(0.5).replace(/\s/g, ' ')).toBe('50,0%');
});
