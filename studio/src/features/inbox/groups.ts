import type { UrlState } from '../../components/useUrl';
import type { Section } from '../../components/DataTableSection';
import type { Task } from './tasks';

export const groupings = ['migrationId', 'siteId', 'type', 'dueDay'] as const;

export type GroupBy = typeof groupings[number];

/** What one must be able to read to have a list in the order of its groups; null for nothing else. */
export const groupNeeds: Readonly<Record<GroupBy, string | null>> = { migrationId: 'migrations:read', siteId: 'sites:read', type: null, dueDay: null };

/** Stands for the tasks that have no migration, no site, no due date. */
export const None = 'none';

/** What the list is parted by. */
export interface Grouping {
  readonly by: GroupBy;
  /** The groups that somebody has closed. */
  readonly closed: readonly string[];
  readonly keyOf: (task: Task) => string;
  /** The order of the list: first that of the groups. A due day is in the due date already, so nothing else can order it. */
  readonly sort: (sort: string) => string;
}

export interface GroupCount {
  readonly value: string | null;
  readonly count: number;
}

export function groupingOf(url: UrlState): Grouping | null {
  const by = groupings.find(one => one === url['group']);
  if (by === undefined) return null;
  const closed = (url['closed'] ?? '').split(',').filter(key => key !== '');
  return by === 'dueDay'
    ? { by, closed, keyOf: task => task.dueAt === null ? None : localDay(task.dueAt), sort: sort => sort === '-dueAt' ? sort : 'dueAt' }
    : { by, closed, keyOf: task => task[by] ?? None, sort: sort => `${orders[by]},${sort.replace('-', '') === by ? 'dueAt' : sort}` };
}

/** What the groups are in the order of: as they are called. */
const orders = { migrationId: 'migrationId.name', siteId: 'siteId.name', type: 'type' } as const;

/** The calendar day of an instant where somebody looks, as `2030-05-06`. */
function localDay(at: string): string {
  const day = new Date(at);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
}

/** The groups in the order of the list: the service counts them from the first day on, those without a value last either way. */
export function inOrder(counts: readonly GroupCount[], sort: string): readonly GroupCount[] {
  return sort === '-dueAt' ? [...counts.filter(one => one.value !== null).reverse(), ...counts.filter(one => one.value === null)] : counts;
}

/**
 * The sections of a table for the rows that have been read so far. Groups that come after the last row are shown once all
 * rows are there: what is read next would otherwise push them down.
 */
export function sectionsOf(rows: readonly Task[], counts: readonly GroupCount[], grouping: Grouping, hasMore: boolean): Section[] {
  const runs: { readonly key: string; length: number }[] = [];
  for (const task of rows) {
    const key = grouping.keyOf(task);
    const last = runs.at(-1);
    if (last?.key === key) last.length++;
    else runs.push({ key, length: 1 });
  }
  const place = new Map(counts.map((one, i) => [one.value ?? None, i]));
  const withRows = new Set(runs.map(run => run.key));
  const sections: Section[] = [];
  const add = (key: string, count: number, length: number) => sections.push({ key, count, length, isOpen: !grouping.closed.includes(key) });
  let next = 0;
  const passTo = (end: number) => {
    for (; next < end; next++) {
      const one = counts[next];
      if (one && !withRows.has(one.value ?? None)) add(one.value ?? None, one.count, 0);
    }
  };
  for (const { key, length } of runs) {
    const at = place.get(key); // not among the counts when these are older than the rows
    if (at !== undefined) passTo(at);
    add(key, Math.max(at === undefined ? 0 : counts[at]?.count ?? 0, length), length);
  }
  if (!hasMore) passTo(counts.length);
  return sections;
}
