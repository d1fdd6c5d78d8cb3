import { expect, test } from 'vitest';
import { conditionText, joined, selectorOf } from './selector.ts';

test('a value with white space or parentheses is quoted', () => {
  expect(conditionText({ name: 'os', value: 'debian/12' })).toBe('os:debian/12');
  expect(conditionText({ name: 'name', value: ' web 1 ' })).toBe('name:"web 1"');
  expect(conditionText({ name: 'label', value: 'rack=(4)' })).toBe('label:"rack=(4)"');
  expect(conditionText({ name: 'name', value: 'a"b' })).toBe('name:ab');
});

test('a condition may be negated, and all needs no value', () => {
  expect(conditionText({ name: 'status', value: 'lost', isNegated: true })).toBe('not status:lost');
  expect(conditionText({ name: 'all', value: '' })).toBe('all');
});

test('a condition that must also hold brackets the alternatives before it', () => {
  expect(joined('', 'and', 'os:debian')).toBe('os:debian');
  expect(joined('os:debian', 'and', 'label:env=prod')).toBe('os:debian and label:env=prod');
  expect(joined('os:debian OR os:alpine', 'and', 'label:env=prod')).toBe('(os:debian OR os:alpine) and label:env=prod');
  expect(joined('(os:debian or os:alpine)', 'and', 'all')).toBe('(os:debian or os:alpine) and all');
  expect(joined('name:"this or that"', 'and', 'all')).toBe('name:"this or that" and all');
});

test('an alternative needs no brackets', () => {
  expect(joined('os:debian and label:env=prod', 'or', 'os:alpine')).toBe('os:debian and label:env=prod or os:alpine');
});

test('a filter of the list becomes the selector that chooses the same devices', () => {
  expect(selectorOf({ q: 'web 1', status: 'stale', os: 'debian', label: 'env=prod', sort: 'name' })).toBe(
    'name:"web 1" and status:stale and os:debian and label:env=prod',
  );
  expect(selectorOf({ sort: 'name' })).toBe('');
});
