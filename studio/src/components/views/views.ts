import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client';
import { queryClient } from '../../api/query';
import { fromSearch, toSearch, type UrlState } from '../useUrl';

/** A list that somebody has named: filters, order and columns, as its address has them. */
export interface View {
  readonly id: string;
  readonly version: number;
  readonly list: string;
  readonly name: string;
  readonly state: string;
  readonly sharing: Sharing;
  readonly role: string | null;
  readonly isPinned: boolean;
  /** Who made it. */
  readonly owner: string;
  readonly isOwn: boolean;
}

export type Sharing = 'private' | 'role' | 'everyone';

export type ViewChange = Partial<Pick<View, 'name' | 'state' | 'sharing' | 'role' | 'isPinned'>>;

export const viewsQuery = (list: string) => queryOptions({
  queryKey: ['views', list],
  queryFn: ({ signal }) => api<{ readonly items: readonly View[] }>(`/api/views?list=${list}`, { signal }),
});

const refresh = () => queryClient.invalidateQueries({ queryKey: ['views'] });

export async function createView(list: string, view: ViewChange): Promise<View> {
  const made = await api<View>('/api/views', { method: 'POST', body: { list, ...view } });
  await refresh();
  return made;
}

export async function changeView(view: View, change: ViewChange): Promise<View> {
  const changed = await api<View>(`/api/views/${view.id}`, { method: 'PATCH', body: change, ifMatch: `"${view.version}"` });
  await refresh();
  return changed;
}

export async function deleteView(view: View): Promise<void> {
  await api(`/api/views/${view.id}`, { method: 'DELETE', ifMatch: `"${view.version}"` });
  await refresh();
}

/** What a list's address has, as a view keeps it: in the order of the names, so that the same is the same. */
export function stateOf(url: UrlState): string {
  return toSearch(Object.fromEntries(Object.entries(url).filter(([, value]) => value !== '').sort(([a], [b]) => a.localeCompare(b)))).slice(1);
}

/** What changes of an address to show a view: its own values, and nothing of what was there. */
export function changeTo(view: Pick<View, 'state'>, now: UrlState): Record<string, string | null> {
  return { ...Object.fromEntries(Object.keys(now).map(name => [name, null])), ...fromSearch(view.state) };
}
