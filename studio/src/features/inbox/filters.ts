import type { TypeDescription } from '../../api/types';
import { filtersOf, queryOf as listQueryOf } from '../../components/lists/filters';
import type { UrlState } from '../../components/useUrl';
import { groupingOf } from './groups';

export const tabs = ['mine', 'available', 'delegated', 'waiting', 'done', 'all', 'attention'] as const;

export type Tab = typeof tabs[number];

export const priorities = ['urgent', 'high', 'medium', 'low'] as const;

/** The fields that people know of a task, in the order in which they are offered; the tenant's own follow. */
const fields = [
  'risk', 'title', 'migrationId', 'siteId', 'type', 'priority', 'dueAt', 'assigneeId', 'createdAt', 'followUpAt', 'completedAt', 'claimedAt', 'delegatedById', 'delegatedUntil',
  'subjectType', 'outcome',
] as const;

/** What of it a tab decides, and no filter beside it. */
const decided: Readonly<Record<Tab, readonly string[]>> = {
  mine: ['assigneeId'], available: ['assigneeId'], delegated: ['delegatedById'], waiting: ['assigneeId'], done: ['assigneeId'], all: [], attention: [],
};

export function tabOf(url: UrlState): Tab {
  return tabs.find(tab => tab === url['tab']) ?? 'mine';
}

/** The tasks as the inbox knows them: its own words for their fields, and without those that only the service reads. */
export function inboxType(type: TypeDescription, labelOf: (field: typeof fields[number]) => string): TypeDescription {
  const known = fields.flatMap(name => type.fields.filter(field => field.name === name).map(field => ({ ...field, label: labelOf(name) })));
  return { ...type, filters: [], fields: [...known, ...type.fields.filter(field => field.custom)] };
}

/** The same without what the tab decides: what can be filtered by. */
export function filterType(type: TypeDescription, tab: Tab): TypeDescription {
  return { ...type, fields: type.fields.filter(field => !decided[tab].includes(field.name)) };
}

export function columnsIn(url: UrlState, type: TypeDescription): readonly string[] {
  const known = (url['columns'] ?? '').split(',').filter(name => type.fields.some(field => field.name === name));
  if (known.length > 0) return known;
  const tab = tabOf(url);
  const first = tab === 'waiting' ? 'followUpAt' : 'risk';
  return [first, 'title', 'migrationId', 'siteId', 'type', 'priority', 'dueAt', 'assigneeId', tab === 'done' ? 'completedAt' : 'createdAt'];
}

/** What is asked of the service for what the address says. The most pressing come first unless somebody wants it otherwise. */
export function queryOf(url: UrlState, type: TypeDescription, userId: string, now: number): Record<string, string> {
  const tab = tabOf(url);
  const sort = url['sort'] ?? { done: '-completedAt', waiting: 'followUpAt' }[tab as string] ?? 'dueAt';
  return { ...listQueryOf(url, filterType(type, tab), now), ...conditionsOf(tab, userId), sort: groupingOf(url)?.sort(sort) ?? (sort === 'type' ? 'type,dueAt' : sort) }; // as an index has them
}

function conditionsOf(tab: Tab, userId: string): Record<string, string> {
  const open = { 'status[in]': 'open,claimed' };
  switch (tab) {
    case 'mine': return { assignee: 'me', status: 'claimed', waiting: 'false' };
    case 'available': return { assignee: 'none', status: 'open', waiting: 'false', candidate: 'me' };
    case 'delegated': return { delegatedById: userId, ...open };
    case 'waiting': return { assignee: 'me,none', waiting: 'true', candidate: 'me' };
    case 'done': return { assignee: 'me', status: 'done' };
    case 'all': return open;
    case 'attention': return { ...open, needsAttention: 'true' };
  }
}

export function isFiltered(url: UrlState, type: TypeDescription): boolean {
  return Boolean(url['q']) || filtersOf(url, filterType(type, tabOf(url))).length > 0;
}
