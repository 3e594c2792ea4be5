import { queryOptions } from '@tanstack/react-query';
import { chunksOf } from '../../api/chunks';
import { api } from '../../api/client';
import { live, type LiveEvent } from '../../api/live';
import { queryClient } from '../../api/query';
import { listPath, type Page } from '../../api/records';
import { countedAgain, type PhoneNumber } from './porting';

/** The numbers of some migrations; null for those of all. */
export interface Scope {
  readonly migrations: readonly string[] | null;
}

export interface Numbers {
  readonly rows: readonly PhoneNumber[];
  /** Whether all of them are here; while they are being read some are. */
  readonly isWhole: boolean;
  /** Whether the scope has more than are ever read at once. */
  readonly isTooMany: boolean;
}

/** What a browser holds and filters without anybody noticing; who has more looks at one migration after the other. */
export const MostNumbers = 25_000;

const PageSize = '500';

/** Ids that go into one address, which may have 8 kB. */
const IdsAtOnce = 100;

/** Not under `records`: an event is one number's news and no reason to read twenty thousand again. `catchUp` reads what changed. */
const numbersKey = (scope: Scope) => ['porting', 'numbers', scope.migrations] as const;

export const numbersQuery = (scope: Scope) => queryOptions({
  queryKey: numbersKey(scope),
  staleTime: Infinity,
  structuralSharing: false,
  queryFn: async ({ signal }): Promise<Numbers> => {
    const key = numbersKey(scope);
    if (scope.migrations?.length === 0) return { rows: [], isWhole: true, isTooMany: false };
    const isFirst = queryClient.getQueryData<Numbers>(key) === undefined;
    let rows: readonly PhoneNumber[] = [];
    let shown = 0;
    let after = '';
    do {
      const page: Page<PhoneNumber> = await read(scope, { limit: PageSize, ...(after && { after }) }, signal);
      rows = rows.concat(page.items);
      after = page.next ?? '';
      // The first are shown while the others are on their way; each time twice as many, since all are gone through again each time.
      if (isFirst && after && rows.length >= 2 * shown) {
        shown = rows.length;
        queryClient.setQueryData<Numbers>(key, { rows, isWhole: false, isTooMany: false });
      }
    } while (after && rows.length < MostNumbers);
    return { rows, isWhole: true, isTooMany: after !== '' };
  },
});

/** Reads what some events are about, and puts it into the numbers that are here. */
export async function catchUp(scope: Scope, events: readonly LiveEvent[]): Promise<void> {
  const key = numbersKey(scope);
  const [first] = events.map(event => event.at).sort();
  if (first === undefined || !queryClient.getQueryData(key)) return;
  const changed = new Map<string, PhoneNumber>();
  let after = '';
  do {
    const page: Page<PhoneNumber> = await read(scope, { 'updatedAt[gte]': first, limit: PageSize, ...(after && { after }) });
    for (const number of page.items) changed.set(number.id, number);
    after = page.next ?? '';
  } while (after);
  const gone = await goneOf(scope, [...new Set(events.flatMap(event => event.subject?.id ?? []))].filter(id => !changed.has(id)));
  queryClient.setQueryData<Numbers>(key, now => now && { ...now, rows: merged(now.rows, changed, gone) });
}

/** What an action has answered with is known before its event comes. */
export function putNumbers(numbers: readonly PhoneNumber[]): void {
  const news = new Map(numbers.map(number => [number.id, number]));
  queryClient.setQueriesData<Numbers>({ queryKey: ['porting', 'numbers'] }, now => {
    const known = new Map((now?.rows ?? []).flatMap(row => news.has(row.id) ? [[row.id, news.get(row.id)] as [string, PhoneNumber]] : []));
    return now && { ...now, rows: merged(now.rows, known, new Set()) };
  });
}

/** A number as it is after a step: everything that counts it is told. */
export function numberMoved(record: unknown): Promise<void> {
  putNumbers([record as PhoneNumber]);
  countedAgain();
  return Promise.resolve();
}

/** Rows keep their places; a change never goes back behind one that is here already. */
export function merged(rows: readonly PhoneNumber[], changed: ReadonlyMap<string, PhoneNumber>, gone: ReadonlySet<string>): readonly PhoneNumber[] {
  const known = new Set(rows.map(row => row.id));
  return rows
    .filter(row => !gone.has(row.id))
    .map(row => {
      const news = changed.get(row.id);
      return news && news.version >= row.version ? news : row;
    })
    .concat([...changed.values()].filter(number => !known.has(number.id)));
}

/** Those of some numbers that are in the scope no longer. */
async function goneOf(scope: Scope, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const gone = new Set(ids);
  for (const some of chunksOf(ids, IdsAtOnce)) {
    const page = await read(scope, { 'id[in]': some.join(','), limit: PageSize });
    for (const number of page.items) gone.delete(number.id);
  }
  return gone;
}

function read(scope: Scope, query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Page<PhoneNumber>> {
  const migrations: Record<string, string> = scope.migrations === null ? {} : { 'migrationId[in]': scope.migrations.join(',') };
  return api<Page<PhoneNumber>>(listPath('phone-numbers', { ...migrations, ...query }), { signal });
}

// Numbers that nobody looks at are forgotten when one of them changes; whoever comes back reads them anew.
live.onEvent(event => {
  if (event.subject?.type === 'phone-numbers') queryClient.removeQueries({ queryKey: ['porting', 'numbers'], type: 'inactive' });
});
