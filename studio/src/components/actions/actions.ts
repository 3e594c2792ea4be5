import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { Fields } from '../merge/threeWay';

/** One value that an action takes; `field` is the record's field that it goes into. */
export interface ActionField {
  readonly name: string;
  readonly field?: string;
  readonly required?: boolean;
}

/** What a value is called, where its screen has words of its own; else as the record type calls it, if it knows it. */
export type LabelOf = (field: string, label: string | undefined) => string;

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

/** What the record's workflow waits for now. */
export function readOffer(type: string, id: string, signal?: AbortSignal): Promise<Offer> {
  return api<Offer>(`/api/${type}/${id}/actions`, { signal });
}

/** The key begins with the record's, whose events make it old. */
export const offerQuery = (type: string, id: string) => queryOptions({
  queryKey: ['records', type, id, 'actions'],
  queryFn: ({ signal }) => readOffer(type, id, signal),
});

/** Does it; the record as it is after the step. */
export function perform<T>(type: string, id: string, action: string, data: Fields): Promise<T> {
  return api<T>(`/api/${type}/${id}/actions/${action}`, { method: 'POST', body: data });
}

/** The states of a type's lifecycle in their order, and where its actions lead. */
export interface Lifecycle {
  readonly states: readonly string[];
  readonly actions: readonly { readonly name: string; readonly label: string; readonly from: string; readonly to: string }[];
}

export const lifecycleQuery = (type: string) => queryOptions({
  queryKey: ['porting', 'lifecycle', type],
  queryFn: ({ signal }) => api<Lifecycle>(`/api/${type}/lifecycle`, { signal }),
  staleTime: 60_000,
});
