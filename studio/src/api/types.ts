import { queryOptions } from '@tanstack/react-query';
import { api } from './client';

/** One field of a record type, as `GET /api/schema` describes it: enough to draw it in a list or a form. */
export interface FieldDescription {
  readonly name: string;
  /** English, as the service makes it of the name. */
  readonly label: string;
  /** text, choice, boolean, integer, number, date, instant, id, json, references, … */
  readonly type: string;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly personal: boolean;
  readonly custom: boolean;
  readonly readOnly: boolean;
  readonly ownedByLifecycle: boolean;
  readonly computed: boolean;
  readonly searched: boolean;
  readonly maxLength: number | null;
  readonly choices?: readonly string[];
  /** The type that it refers to. */
  readonly reference?: string;
  readonly multiple?: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly operators: readonly string[];
}

export interface TypeDescription {
  readonly name: string;
  readonly label: string;
  readonly writable: boolean;
  readonly mergeable: boolean;
  readonly lifecycle: string | null;
  readonly naturalKey: string | null;
  readonly searchable: boolean;
  readonly filters: readonly string[];
  readonly fields: readonly FieldDescription[];
  /** Which of read, create, update, delete, import, export and act the person has. */
  readonly granted: Readonly<Record<string, boolean>>;
}

/** Every record type that the person may read. */
export const typesQuery = queryOptions({
  queryKey: ['types'],
  queryFn: ({ signal }) => api<{ readonly items: readonly TypeDescription[] }>('/api/schema', { signal }),
  staleTime: 5 * 60_000,
});

export const typeQuery = (type: string) => queryOptions({
  queryKey: ['types', type],
  queryFn: ({ signal }) => api<TypeDescription>(`/api/schema/${type}`, { signal }),
  staleTime: 5 * 60_000,
});
