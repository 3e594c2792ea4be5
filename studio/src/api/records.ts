import { queryOptions } from '@tanstack/react-query';
import { api, apiAnswer, ApiError } from './client';
import { queryClient } from './query';

/** Any record, as its type describes it. */
export interface AnyRecord {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly [field: string]: unknown;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
  readonly total?: number;
}

export const recordQuery = <T = AnyRecord>(type: string, id: string) =>
  queryOptions({ queryKey: ['records', type, id], queryFn: ({ signal }) => apiAnswer<T>(`/api/${type}/${id}`, { signal }) });

export const recordPageQuery = <T = AnyRecord>(type: string, query: Readonly<Record<string, string>>) =>
  queryOptions({ queryKey: ['records', type, 'list', query], queryFn: ({ signal }) => api<Page<T>>(listPath(type, query), { signal }) });

export function listPath(type: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return `/api/${type}${text ? `?${text}` : ''}`;
}

/** How many records a query finds. */
export async function countOf(type: string, query: Readonly<Record<string, string>>): Promise<number> {
  const conditions = Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'limit' && name !== 'sort'));
  return (await api<Page<AnyRecord>>(listPath(type, { ...conditions, limit: '1', count: 'true' }))).total ?? 0;
}

/** Who looks at a deleted record learns that it is gone; it and its parts are not asked for again, which would only be refused. */
export function markGone(type: string, id: string): void {
  const cache = queryClient.getQueryCache();
  for (const query of cache.findAll({ queryKey: ['records', type, id] })) {
    void query.cancel({ silent: true });
    if (!query.isActive()) cache.remove(query);
    else if (query.queryKey.length === 3) query.setState({ status: 'error', error: new ApiError({ status: 404, code: 'not_found', detail: 'The record was deleted.' }) });
  }
}
