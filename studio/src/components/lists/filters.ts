import type { FieldDescription, TypeDescription } from '../../api/types';
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

/** What is asked of the service for what the address says. */
export function queryOf(url: UrlState, type: Filtered & Pick<TypeDescription, 'searchable'>): Record<string, string> {
  const filters = filtersOf(url, type).map(filter => [keyOf(filter), filter.value]);
  return { ...(url['q'] && type.searchable && { q: url['q'] }), ...Object.fromEntries(filters) as Record<string, string> };
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

/** The word for an operator, which for what lies in time is another than for a number. */
export function operatorKey(op: string, field: Pick<FieldDescription, 'type'>): string {
  return Ordered.includes(op) && ['date', 'instant'].includes(field.type) ? `op.${op}.time` : `op.${op}`;
}
