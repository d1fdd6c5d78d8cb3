import { expect, test } from 'vitest';
import type { Export } from '../api/shape.ts';
import { mayErase } from './leaving.ts';

const exported = (id: string, altered_values?: number) => ({ export: id, state: 'ready', altered_values }) as Export;

test('an organisation is erased when the very export that is there was verified and what proves it is kept', () => {
  expect(mayErase(exported('exp_1', 0), 'exp_1', true)).toBe(true);
  expect(mayErase(exported('exp_1', 0), 'exp_1', false)).toBe(false);
  expect(mayErase(exported('exp_1', 0), undefined, true)).toBe(false);
});

test('what was said of an export that ended or was replaced counts for no other', () => {
  expect(mayErase(undefined, 'exp_1', true)).toBe(false);
  expect(mayErase(undefined, undefined, true)).toBe(false);
  expect(mayErase(exported('exp_2', 0), 'exp_1', true)).toBe(false);
});

test('nothing is erased of which the export has values that did not open', () => {
  expect(mayErase(exported('exp_1', 1), 'exp_1', true)).toBe(false);
  expect(mayErase(exported('exp_1'), 'exp_1', true)).toBe(false);
});
