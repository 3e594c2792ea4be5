import type { UrlState } from '../../components/useUrl';
import type { MigrationRow, PhoneNumber } from './porting';
import { listOf } from './states';

/** What of the numbers is shown, as it stands in the address. */
export interface NumberFilters {
  readonly status: readonly string[];
  readonly carrier: string;
  /** A user's number that belongs to nobody yet, as the service counts `unassigned`. */
  readonly unassigned: boolean;
  readonly text: string;
}

export function filtersOf(url: UrlState): NumberFilters {
  return { status: listOf(url['status']), carrier: url['carrier'] ?? '', unassigned: url['unassigned'] === 'true', text: (url['q'] ?? '').trim().toLowerCase() };
}

/** Everything but the status, which the counts above the numbers are of. */
export function fits(number: PhoneNumber, filters: NumberFilters): boolean {
  return (filters.carrier === '' || number.currentCarrier === filters.carrier)
    && (!filters.unassigned || isUnassigned(number))
    && (filters.text === '' || textOf(number).includes(filters.text));
}

export function isUnassigned(number: PhoneNumber): boolean {
  return number.type === 'user' && number.endUserId === null && number.resourceAccountId === null;
}

function textOf(number: PhoneNumber): string {
  return `${number.number} ${number.currentCarrier ?? ''} ${number.rejectionCode ?? ''} ${typeof number['notes'] === 'string' ? number['notes'] : ''}`.toLowerCase();
}

/** The migrations that the address asks for: one, or those of a site; null for all. */
export function migrationsOf(url: UrlState, all: readonly MigrationRow[]): readonly string[] | null {
  if (url['migration']) return [url['migration']];
  if (url['site']) return all.filter(row => row.site === url['site']).map(row => row.id);
  return null;
}

/** By a field, `-` before it for the other way round; states in their own order, and what has no value last either way. */
export function sorted(numbers: readonly PhoneNumber[], sort: string, states: readonly string[]): readonly PhoneNumber[] {
  const isDown = sort.startsWith('-');
  const field = isDown ? sort.slice(1) : sort;
  const rank = new Map(states.map((state, i) => [state, String(i).padStart(4, '0')]));
  const keys = numbers.map(number => {
    const value = number[field];
    return { number, key: typeof value !== 'string' ? null : field === 'status' ? rank.get(value) ?? value : value };
  });
  const compare = (a: string | null, b: string | null) => a === b ? 0 : a === null ? 1 : b === null ? -1 : (a < b) === isDown ? 1 : -1;
  return keys.sort((a, b) => compare(a.key, b.key) || (a.number.number < b.number.number ? -1 : 1)).map(one => one.number);
}
