import { queryOptions } from '@tanstack/react-query';
import { api, type Problem, type Sending } from '../../api/client';
import { saveFile } from '../../components/saveFile';
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
  /** The same for files with the same columns. */
  readonly shape: string;
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
  /** Waits, or will from its next commit on, until it is resumed. */
  readonly isPaused: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Counts {
  readonly batchId: string;
  /** All rows were found good and are being written; only where all or nothing is to be. */
  readonly checked?: boolean | null;
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

/** Where a column goes, and what is done with its cells before they are read. */
export interface Place {
  /** Null leaves the column out. */
  readonly field: string | null;
  readonly trim?: boolean;
  readonly phone?: boolean;
  /** In what order day and month stand. */
  readonly dates?: DateOrder;
  /** Text of a cell → the text that is read instead; "" is an empty cell. */
  readonly values?: Readonly<Record<string, string>>;
}

export type DateOrder = 'dmy' | 'mdy';

export type Mapping = readonly Place[];

/** What an import of a file with the same columns has used. */
export interface Remembered {
  readonly id: string;
  /** Null for what was done last without a name. */
  readonly name: string | null;
  readonly mapping: Readonly<Record<string, string | Place | null>>;
  readonly usedAt: string;
}

/** What is decided about a whole import. */
export interface Policy {
  readonly existing: 'update' | 'skip';
  readonly allOrNothing: boolean;
}

export const Encodings = ['utf-8', 'utf-16', 'windows-1252', 'iso-8859-1', 'iso-8859-15'] as const;
export const Delimiters = ['comma', 'semicolon', 'tab', 'pipe'] as const;

export function preview(type: string, file: File, reading: Reading, sending: Sending): Promise<Preview> {
  return api(`/api/${type}/import/preview${query(reading, {})}`, { method: 'POST', body: formOf(file), ...sending });
}

export const rememberedQuery = (type: string, shape: string) => queryOptions({
  queryKey: ['import-mappings', type, shape],
  queryFn: async ({ signal }) => (await api<{ readonly items: readonly Remembered[] }>(`/api/import-mappings?type=${type}&shape=${shape}`, { signal })).items,
});

export const nameMapping = (id: string, name: string) => api<Remembered>(`/api/import-mappings/${id}`, { method: 'PATCH', body: { name } });

export const forgetMapping = (id: string) => api(`/api/import-mappings/${id}`, { method: 'DELETE' });

/** Each column where it went then, if there still is such a field; by the columns' names without anything remembered. */
export function mappingBy(remembered: Remembered | undefined, columns: Preview['columns'], fields: readonly Pick<FieldDescription, 'name'>[]): Mapping {
  if (!remembered) return columns.map(({ field }) => ({ field }));
  return columns.map(({ header }) => {
    const wire = remembered.mapping[header] ?? null;
    const place = wire === null || typeof wire === 'string' ? { field: wire } : wire;
    return place.field === 'id' || fields.some(field => field.name === place.field) ? place : { field: null };
  });
}

export function startImport(type: string, file: File, reading: Reading, columns: Preview['columns'], mapping: Mapping, policy: Policy, dryRun: boolean, sending: Sending & { readonly idempotencyKey?: string }): Promise<Operation> {
  const body = formOf(file);
  body.append('mapping', JSON.stringify(Object.fromEntries(columns.map((column, i) => [column.header, wireOf(mapping[i])]))));
  return api(`/api/${type}/import${query(reading, { existing: policy.existing, allOrNothing: String(policy.allOrNothing), dryRun: String(dryRun) })}`, { method: 'POST', body, ...sending });
}

export const cancel = (operationId: string) => api<Operation>(`/api/operations/${operationId}/cancel`, { method: 'POST', body: {} });

export const pause = (operationId: string) => api<Operation>(`/api/operations/${operationId}/pause`, { method: 'POST', body: {} });

export const resume = (operationId: string) => api<Operation>(`/api/operations/${operationId}/resume`, { method: 'POST', body: {} });

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
  const chosen = mapping.map(place => place.field).filter(field => field !== null);
  return new Set(chosen.filter((field, i) => chosen.indexOf(field) !== i));
}

/** Required fields that no column goes to; new records cannot do without them. */
export function missing(type: Pick<TypeDescription, 'fields'>, mapping: Mapping): FieldDescription[] {
  return type.fields.filter(field => isWritable(field) && field.required && !mapping.some(place => place.field === field.name));
}

/** How far an operation was at a time; what it did before is not reckoned with. */
export interface Mark {
  readonly done: number;
  readonly at: number;
}

/** From when on its pace is measured: when somebody first looked, and anew when it goes on after a pause. */
export function markOf(before: Mark | null, { isPaused, progress, updatedAt }: Pick<Operation, 'isPaused' | 'progress' | 'updatedAt'>): Mark | null {
  return isPaused ? null : before ?? { done: progress.done, at: Date.parse(updatedAt) };
}

/** Rows a second and seconds to go, from how far it is; null while that says nothing. */
export function pace({ progress: { done, total }, updatedAt }: Pick<Operation, 'progress' | 'updatedAt'>, since: Mark): { readonly perSecond: number; readonly secondsLeft: number } | null {
  const seconds = (Date.parse(updatedAt) - since.at) / 1000;
  if (total === null || done <= since.done || seconds < 1) return null;
  const perSecond = (done - since.done) / seconds;
  return { perSecond: Math.round(perSecond), secondsLeft: Math.ceil((total - done) / perSecond) };
}

/** Whether anything is done with the cells of a column. */
export function isAdjusted(place: Place): boolean {
  return place.trim === true || place.phone === true || place.dates !== undefined || Object.keys(place.values ?? {}).length > 0;
}

/** As a mapping has it: the field alone where its cells are read as they are. */
export function wireOf(place: Place | undefined): string | Place | null {
  return place === undefined || place.field === null ? null : isAdjusted(place) ? place : place.field;
}

/** Texts and what they become, a line each; empty cells have an input of their own. */
export function linesOf(values: Place['values']): string {
  return Object.entries(values ?? {}).filter(([text]) => text !== '').map(([text, value]) => `${text} = ${value}`).join('\n');
}

/** Lines without an equals sign say nothing yet. */
export function valuesOf(lines: string, empty: string): Record<string, string> {
  const pairs = lines.split('\n').filter(line => line.includes('=')).map(line => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()] as const);
  return Object.fromEntries([...pairs.filter(([text]) => text !== ''), ...(empty === '' ? [] : [['', empty] as const])]);
}

export const saveSample = (type: string, format: 'csv' | 'xlsx') => saveFile(`/api/${type}/import/sample?format=${format}`, `${type}.${format}`);

function formOf(file: File): FormData {
  const body = new FormData();
  body.append('file', file);
  return body;
}

function query(reading: Reading, more: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(Object.entries({ ...reading, ...more }).filter(([, value]) => value !== '')).toString();
  return text ? `?${text}` : '';
}
