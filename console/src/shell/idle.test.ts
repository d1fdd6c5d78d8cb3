import { expect, test } from 'vitest';
import { isIdle, NOTED_EVERY_MS, noteActivity } from './idle.ts';

function store() {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
}

test('somebody is idle when nothing was done for as long as a session may be left alone', () => {
  const kept = store();
  noteActivity(kept, 1_000_000);
  expect(isIdle(kept, 1_000_000 + 900_000 - 1, 900)).toBe(false);
  expect(isIdle(kept, 1_000_000 + 900_000, 900)).toBe(true);
  noteActivity(kept, 1_900_000);
  expect(isIdle(kept, 1_900_001, 900)).toBe(false);
});

test('where nothing was noted yet nobody is idle', () => {
  expect(isIdle(store(), 5, 900)).toBe(false);
});

test('activity is written rarely, and again after the clock was set back', () => {
  const kept = store();
  noteActivity(kept, 1_000_000);
  noteActivity(kept, 1_000_000 + NOTED_EVERY_MS - 1);
  expect(kept.getItem('purser-active-at')).toBe('1000000');
  noteActivity(kept, 900_000);
  expect(kept.getItem('purser-active-at')).toBe('900000');
});
