import type { FieldDescription, TypeDescription } from '../../api/types';
import { toLocal } from '../fields/instants';
import type { UrlState } from '../useUrl';

/** One condition of a list, as its address has it: `status[in]=failed,ported`. */
export interface Filter {
  readonly field: string;
  /** As the service names it; `eq` has no brackets. */
  readonly op: string;
  readonly value: string;
}

type Filtered = Pick<TypeDescription, 'fields' | 'filters'>;

/** What of an address is a condition of this type; `q`, `sort`, columns and the like are not. */
export function filtersOf(url: UrlState, type: Filtered): Filter[] {
  return Object.entries(url).flatMap(([key, value]) => {
    const [, field = '', op = 'eq'] = /^([\w.]+)(?:\[(\w+)\])?$/.exec(key) ?? [];
    const isKnown = type.filters.includes(field) ? op === 'eq' : type.fields.find(one => one.name === field)?.operators.includes(op) === true;
    return isKnown ? [{ field, op, value }] : [];
  });
}

export function keyOf({ field, op }: Pick<Filter, 'field' | 'op'>): string {
  return op === 'eq' ? field : `${field}[${op}]`;
}

/** What is asked of the service for what the address says, at a moment: what moves with the present is reckoned from there. */
export function queryOf(url: UrlState, type: Filtered & Pick<TypeDescription, 'searchable'>, now: number): Record<string, string> {
  const filters = filtersOf(url, type).map(filter => [keyOf(filter), fixed(filter.value, type.fields.find(field => field.name === filter.field), now)]);
  return { ...(url['q'] && type.searchable && { q: url['q'] }), ...Object.fromEntries(filters) as Record<string, string> };
}

/** Ends of time that move with the present, as ISO 8601 has lengths: seven days ago, now, in a day. */
export const movingEnds = ['-P30D', '-P7D', '-P1D', 'P0D', 'P1D', 'P7D', 'P30D'] as const;

/** How many days from now an end is that moves; null for one that does not. */
export function daysOf(value: string): number | null {
  const [, sign, days] = /^(-?)P(\d{1,4})D$/.exec(value) ?? [];
  return days === undefined ? null : Number(`${sign ?? ''}${days}`);
}

function fixed(value: string, field: Pick<FieldDescription, 'type'> | undefined, now: number): string {
  const days = field && isTime(field) ? daysOf(value) : null;
  if (days === null) return value;
  const at = new Date(now);
  at.setDate(at.getDate() + days);
  return field?.type === 'date' ? toLocal(at.toISOString()).slice(0, 10) : at.toISOString();
}

/** Several values of `in` and `nin`: with commas between, or a JSON list where one has a comma. */
export function textOf(values: readonly string[]): string {
  return values.some(value => value.includes(',') || value.startsWith('[')) ? JSON.stringify(values) : values.join(',');
}

export function valuesOf(text: string): string[] {
  if (text === '') return [];
  if (text.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(text);
      if (Array.isArray(list) && list.every(one => typeof one === 'string')) return list;
    } catch (e) {
      if (!(e instanceof SyntaxError)) throw e;
    }
  }
  return text.split(',');
}

const Ordered = ['lt', 'lte', 'gt', 'gte'];

/** Whether a condition has an end in time, which may move with the present. */
export function isEnd(op: string, field: Pick<FieldDescription, 'type'>): boolean {
  return Ordered.includes(op) && isTime(field);
}

function isTime(field: Pick<FieldDescription, 'type'>): boolean {
  return field.type === 'date' || field.type === 'instant';
}

/** The word for an operator, which for what lies in time is another than for a number. */
export function operatorKey(op: string, field: Pick<FieldDescription, 'type'>): string {
  return isEnd(op, field) ? `op.${op}.time` : `op.${op}`;
}
