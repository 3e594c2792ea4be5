import type { UrlState } from '../../components/useUrl';

export const tabs = ['mine', 'available', 'delegated', 'done', 'all', 'attention'] as const;

export type Tab = typeof tabs[number];

export const priorities = ['urgent', 'high', 'medium', 'low'] as const;
export const dues = ['late', 'today', 'week', 'none'] as const;
export const ages = ['today', 'week', 'month'] as const;

const Day = 86_400_000;
const days: Readonly<Record<string, number>> = { today: 1, week: 7, month: 30 };

export function tabOf(url: UrlState): Tab {
  return tabs.find(tab => tab === url['tab']) ?? 'mine';
}

/** What is asked of the service for what the address says. The most pressing come first unless somebody wants it otherwise. */
export function queryOf(url: UrlState, userId: string, now: number): Record<string, string> {
  const tab = tabOf(url);
  const query: Record<string, string> = { limit: '100', sort: url['sort'] ?? (tab === 'done' ? '-completedAt' : 'dueAt') };
  const at = (away: number) => new Date(now + away).toISOString();
  switch (tab) {
    case 'mine': Object.assign(query, { assignee: 'me', status: 'claimed' }); break;
    case 'available': Object.assign(query, { assignee: 'none', status: 'open' }); break;
    case 'delegated': Object.assign(query, { delegatedById: userId, 'status[in]': 'open,claimed' }); break;
    case 'done': Object.assign(query, { assignee: 'me', status: 'done' }); break;
    case 'all': query['status[in]'] = 'open,claimed'; break;
    case 'attention': Object.assign(query, { 'status[in]': 'open,claimed', needsAttention: 'true' }); break;
  }
  if (url['q']) query['q'] = url['q'];
  if (url['priority']) query['priority'] = url['priority'];
  if (url['type']) query['type'] = url['type'];
  if (url['about']) query['subjectType'] = url['about'];
  const due = url['due'] ?? '';
  if (due === 'none') query['dueAt[null]'] = 'true';
  else if (due === 'late') query['dueAt[lt]'] = at(0);
  else if (days[due]) query['dueAt[lt]'] = at(days[due] * Day);
  const age = days[url['created'] ?? ''];
  if (age) query['createdAt[gte]'] = at(-age * Day);
  return query;
}

export function isFiltered(url: UrlState): boolean {
  return ['q', 'priority', 'type', 'about', 'due', 'created'].some(name => url[name]);
}
