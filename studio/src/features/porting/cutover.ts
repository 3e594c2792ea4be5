import { queryOptions } from '@tanstack/react-query';
import { chunksOf } from '../../api/chunks';
import { api } from '../../api/client';
import { listPath, type AnyRecord, type Page } from '../../api/records';
import type { PhoneNumber, Site } from './porting';
import { instantOf } from './siteTime';

/** The days on which numbers of a migration move, in their order. */
export function portDays(numbers: readonly PhoneNumber[]): readonly string[] {
  return [...new Set(numbers.flatMap(number => number.portDate ?? []))].sort();
}

/** The day to look at when nobody says which: the next one from today on, else the last one, else the one that is aimed at. */
export function dayToShow(days: readonly string[], today: string, target: string | null): string | null {
  return days.find(day => day >= today) ?? days.at(-1) ?? target;
}

/** When the work of a day begins: at the opening of the site, whose tasks begin then as well; at midnight there when it is closed. */
export function beginOf(day: string, site: Pick<Site, 'timezone' | 'businessHours'>): number {
  const weekday = new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'UTC' }).format(Date.parse(`${day}T00:00:00Z`)).toLowerCase();
  return instantOf(day, site.businessHours?.[weekday]?.[0]?.open ?? '00:00', site.timezone);
}

/** One number that the assignment script has given to an account, and the roll-back script takes from it. */
export interface Assignment {
  readonly id: string;
  readonly number: string;
  readonly account: string;
}

const IdsAtOnce = 100;

/** What the scripts of a migration are about, by the same rule: every number that has an account and has not failed. */
export const assignmentsQuery = (migrationId: string, numbers: readonly PhoneNumber[]) => queryOptions({
  queryKey: ['porting', 'assignments', migrationId, numbers],
  queryKeyHashFn: () => `assignments ${migrationId} ${numbers.map(number => `${number.id} ${number.version}`).join()}`,
  queryFn: async ({ signal }): Promise<readonly Assignment[]> => {
    const assigned = numbers.filter(number => number.status !== 'failed' && (number.endUserId ?? number.resourceAccountId) !== null);
    const accounts = new Map([
      ...await upnsOf('end-users', assigned.flatMap(number => number.endUserId ?? []), signal),
      ...await upnsOf('resource-accounts', assigned.flatMap(number => number.endUserId === null ? number.resourceAccountId ?? [] : []), signal),
    ]);
    return assigned.flatMap(number => {
      const account = accounts.get(number.endUserId ?? number.resourceAccountId ?? '');
      return account === undefined ? [] : { id: number.id, number: number.number, account };
    });
  },
});

async function upnsOf(type: string, ids: readonly string[], signal: AbortSignal): Promise<readonly (readonly [string, string])[]> {
  const unique = [...new Set(ids)];
  const found: (readonly [string, string])[] = [];
  for (const some of chunksOf(unique, IdsAtOnce)) {
    const page = await api<Page<AnyRecord & { readonly upn: string }>>(listPath(type, { 'id[in]': some.join(','), limit: '500' }), { signal });
    found.push(...page.items.map(account => [account.id, account.upn] as const));
  }
  return found;
}
