// The selector language of the server, as far as the console writes it: single conditions, joined to what stands there.
// The server alone reads selectors; what it says about a wrong one is shown at the field.
import type { DeviceFilter } from '../devices/filter.ts';

/** The conditions that the form offers, in its order. */
export const CONDITIONS = ['label', 'os', 'name', 'status', 'group', 'all'] as const;
export type ConditionName = (typeof CONDITIONS)[number];

export interface Condition {
  name: ConditionName;
  /** Empty for `all`, which has none. */
  value: string;
  isNegated?: boolean;
}

/** A condition as the server reads it. */
export function conditionText({ name, value, isNegated }: Condition): string {
  const term = name === 'all' ? 'all' : `${name}:${quoted(value.trim())}`;
  return isNegated ? `not ${term}` : term;
}

/** A value with white space or parentheses stands in quotation marks, and a quotation mark cannot stand in a value at all. */
function quoted(value: string): string {
  const plain = value.replaceAll('"', '');
  return /[\s()]/.test(plain) ? `"${plain}"` : plain;
}

/** Adds a condition to a selector. `and` binds closer than `or`, so alternatives that stand there are bracketed first. */
export function joined(selector: string, joint: 'and' | 'or', condition: string): string {
  const before = selector.trim();
  if (before === '') return condition;
  return joint === 'and' && hasAlternatives(before) ? `(${before}) and ${condition}` : `${before} ${joint} ${condition}`;
}

function hasAlternatives(selector: string): boolean {
  let depth = 0;
  for (const [word] of selector.matchAll(/[^\s()"]*"[^"]*"|[()]|[^\s()]+/g)) {
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else if (depth === 0 && word.toLowerCase() === 'or') return true;
  }
  return false;
}

/** The selector that chooses what a filter of the device list shows. */
export function selectorOf(filter: DeviceFilter): string {
  const conditions: Condition[] = [];
  if (filter.q) conditions.push({ name: 'name', value: filter.q });
  if (filter.status) conditions.push({ name: 'status', value: filter.status });
  if (filter.os) conditions.push({ name: 'os', value: filter.os });
  if (filter.group) conditions.push({ name: 'group', value: filter.group });
  if (filter.label) conditions.push({ name: 'label', value: filter.label });
  return conditions.map(conditionText).join(' and ');
}
