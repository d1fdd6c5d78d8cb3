import { expect, test } from 'vitest';
import { targetRow } from './row-keys.ts';

test('arrows move by one row and stop at both ends', () => {
  expect(targetRow('ArrowDown', 0, 3)).toBe(1);
  expect(targetRow('ArrowDown', 2, 3)).toBe(2);
  expect(targetRow('ArrowUp', 0, 3)).toBe(0);
});

test('Home, End and the page keys jump', () => {
  expect(targetRow('Home', 7, 100)).toBe(0);
  expect(targetRow('End', 7, 100)).toBe(99);
  expect(targetRow('PageDown', 95, 100)).toBe(99);
});

test('other keys are left to the control', () => {
  expect(targetRow('Enter', 1, 3)).toBeUndefined();
});
