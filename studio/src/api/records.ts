import { queryOptions } from '@tanstack/react-query';
import { api, apiAnswer } from './client';

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
