import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client';

/** One value that an action takes; `field` is the record's field that it goes into. */
export interface ActionField {
  readonly name: string;
  readonly field?: string;
  readonly required?: boolean;
}

export interface OfferedAction {
  readonly name: string;
  readonly label: string;
  readonly permission: string;
  readonly form?: string;
  readonly fields?: readonly ActionField[];
}

export interface Offer {
  readonly status: string | null;
  readonly instanceId: string | null;
  readonly definition: { readonly id: string; readonly version: number } | null;
  readonly actions: readonly OfferedAction[];
}

export type ActionData = Readonly<Record<string, string>>;

/** What the record's workflow waits for now; the key begins with the record's, whose events make it old. */
export const offerQuery = (type: string, id: string) => queryOptions({
  queryKey: ['records', type, id, 'actions'],
  queryFn: ({ signal }) => api<Offer>(`/api/${type}/${id}/actions`, { signal }),
});

/** Does it; the record as it is after the step. */
export function perform<T>(type: string, id: string, action: string, data: ActionData): Promise<T> {
  return api<T>(`/api/${type}/${id}/actions/${action}`, { method: 'POST', body: data });
}
