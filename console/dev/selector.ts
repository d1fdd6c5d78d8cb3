// A reader of the server's selector language, small enough for made-up devices.
import type { Device } from '../src/api/shape.ts';

type Test = (device: Device) => boolean;

/** What is wrong with a selector, in the server's words. */
export class SelectorError extends Error {}

/** Reads a selector; `members` gives the devices of a group. */
export function selectorTest(text: string, isIn: (group: string, device: Device) => boolean): Test {
  const tokens = [...text.matchAll(/[^\s()"]*"[^"]*"|[()]|[^\s()]+/g)].map((match) => ({ at: match.index + 1, word: match[0] }));
  if (tokens.length === 0) throw new SelectorError('a selector needs at least one condition, such as os:debian');
  let next = 0;
  const expected = (what: string) => new SelectorError(`at character ${tokens[next]?.at ?? text.length + 1}: expected ${what}`);
  const take = (word: string) => tokens[next]?.word.toLowerCase() === word && ++next > 0;

  const alternatives = (): Test => {
    const parts = [conjunction()];
    while (take('or')) parts.push(conjunction());
    return (device) => parts.some((part) => part(device));
  };
  const conjunction = (): Test => {
    const parts = [negation()];
    while (take('and')) parts.push(negation());
    return (device) => parts.every((part) => part(device));
  };
  const negation = (): Test => {
    if (take('not')) {
      const inner = negation();
      return (device) => !inner(device);
    }
    if (!take('(')) return term();
    const inner = alternatives();
    if (!take(')')) throw expected('and, or, or a closing parenthesis');
    return inner;
  };
  const term = (): Test => {
    const word = tokens[next]?.word.replaceAll('"', '');
    const [name, value = ''] = word?.split(/:(.*)/s) ?? [];
    const test = name === 'all' ? () => true : termTest(name ?? '', value, isIn);
    if (!test) throw expected('a condition');
    next += 1;
    return test;
  };
  const test = alternatives();
  if (next < tokens.length) throw expected('and, or, or the end');
  return test;
}

function termTest(name: string, value: string, isIn: (group: string, device: Device) => boolean): Test | undefined {
  if (value === '') return undefined;
  const [key = '', wanted] = value.split(/[=/](.*)/s);
  switch (name) {
    case 'label':
      return (device) => (wanted === undefined ? key in device.labels : device.labels[key] === wanted);
    case 'os':
      return (device) => device.os?.id === key && (wanted === undefined || device.os.version_id === wanted);
    case 'status':
      return (device) => device.status === value;
    case 'name':
      return (device) => (device.name ?? '').toLowerCase().includes(value.toLowerCase());
    case 'device':
      return (device) => device.device === value;
    case 'group':
      return (device) => isIn(value, device);
    default:
      return undefined;
  }
}
