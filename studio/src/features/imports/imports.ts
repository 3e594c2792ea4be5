import { queryOptions } from '@tanstack/react-query';
import { api, type Problem } from '../../api/client';
import type { AnyRecord } from '../../api/records';
import type { FieldDescription, TypeDescription } from '../../api/types';
import { isWritable } from '../../components/fields/fields';

/** How the file is to be read, where what was found out is wrong; empty leaves it to the service. */
export interface Reading {
  readonly encoding: string;
  readonly delimiter: string;
  readonly sheet: string;
}

export interface Preview {
  readonly format: 'csv' | 'xlsx';
  readonly encoding: string | null;
  readonly delimiter: string | null;
  readonly sheet: string | null;
  readonly sheets: readonly string[];
  readonly columns: readonly { readonly header: string; readonly field: string | null }[];
  readonly rows: readonly (readonly string[])[];
  readonly warnings: readonly string[];
}

export interface Operation {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly progress: { readonly done: number; readonly total: number | null };
  readonly result: Counts | null;
  readonly problem?: Problem;
  readonly cancelRequested: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Counts {
  readonly batchId: string;
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly failedByCode: Readonly<Record<string, number>>;
  readonly warnings?: readonly string[];
  readonly ignoredColumns?: readonly string[];
}

export interface Batch extends AnyRecord {
  readonly recordType: string;
  readonly fileName: string;
  readonly dryRun: boolean;
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'undone';
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly failedByCode: Readonly<Record<string, number>> | null;
  readonly operationId: string | null;
}

/** Column → field; null leaves the column out. */
export type Mapping = readonly (string | null)[];

export const Encodings = ['utf-8', 'utf-16', 'windows-1252', 'iso-8859-1', 'iso-8859-15'] as const;
export const Delimiters = ['comma', 'semicolon', 'tab', 'pipe'] as const;

export function preview(type: string, file: File, reading: Reading, signal: AbortSignal): Promise<Preview> {
  return api(`/api/${type}/import/preview${query(reading, {})}`, { method: 'POST', body: formOf(file), signal });
}

export function startImport(type: string, file: File, reading: Reading, columns: Preview['columns'], mapping: Mapping, existing: string, dryRun: boolean): Promise<Operation> {
  const body = formOf(file);
  body.append('mapping', JSON.stringify(Object.fromEntries(columns.map((column, i) => [column.header, mapping[i] ?? null]))));
  return api(`/api/${type}/import${query(reading, { existing, dryRun: String(dryRun) })}`, { method: 'POST', body });
}

export const cancel = (operationId: string) => api<Operation>(`/api/operations/${operationId}/cancel`, { method: 'POST', body: {} });

export const undo = (batchId: string) => api<Operation>(`/api/import-batches/${batchId}/undo`, { method: 'POST', body: {} });

/** Read again every second until it is over. */
export const operationQuery = (id: string) => queryOptions({
  queryKey: ['operations', id],
  queryFn: ({ signal }) => api<Operation>(`/api/operations/${id}`, { signal }),
  refetchInterval: query => isOver(query.state.data) ? false : 1000,
});

export function isOver(operation: Pick<Operation, 'status'> | undefined): boolean {
  return operation !== undefined && operation.status !== 'queued' && operation.status !== 'running';
}

/** Columns that go to a field that another column has: one of them must go elsewhere. */
export function twice(mapping: Mapping): Set<string> {
  const chosen = mapping.filter(field => field !== null);
  return new Set(chosen.filter((field, i) => chosen.indexOf(field) !== i));
}

/** Required fields that no column goes to; new records cannot do without them. */
export function missing(type: Pick<TypeDescription, 'fields'>, mapping: Mapping): FieldDescription[] {
  return type.fields.filter(field => isWritable(field) && field.required && !mapping.includes(field.name));
}

/** Rows a second and seconds to go, from how far it is; null while that says nothing. */
export function pace(operation: Operation, now: number): { readonly perSecond: number; readonly secondsLeft: number } | null {
  const { done, total } = operation.progress;
  const seconds = (now - Date.parse(operation.createdAt)) / 1000;
  if (total === null || done === 0 || seconds < 1) return null;
  const perSecond = done / seconds;
  return { perSecond: Math.round(perSecond), secondsLeft: Math.ceil((total - done) / perSecond) };
}

/** A file to begin with: the columns that the type takes. */
export function sampleOf(type: Pick<TypeDescription, 'fields'>): string {
  return type.fields.filter(field => isWritable(field) && field.type !== 'json').map(field => field.name).join(',') + '\r\n';
}

function formOf(file: File): FormData {
  const body = new FormData();
  body.append('file', file);
  return body;
}

function query(reading: Reading, more: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(Object.entries({ ...reading, ...more }).filter(([, value]) => value !== '')).toString();
  return text ? `?${text}` : '';
}
