import { chunksOf } from '../../api/chunks';
import { api, apiAnswer, ApiError, type Problem } from '../../api/client';
import { queryClient } from '../../api/query';
import { listPath, type AnyRecord, type Page } from '../../api/records';
import { nested, valueOf } from '../../components/fields/fields';
import { mergePatch, same } from '../../components/merge/threeWay';

export type BatchChange =
  /** With a version, only of the record as it is in that. */
  | { readonly kind: 'set'; readonly field: string; readonly value: unknown; readonly version?: number }
  | { readonly kind: 'delete' };

export interface RowResult {
  /** As it was before. */
  readonly record: AnyRecord;
  /** As it is now; null when it was deleted or refused. */
  readonly after: AnyRecord | null;
  /** As the service answered it; null while nothing came. */
  readonly status: number | null;
  readonly problem: Problem | null;
  /** The operation that brings back what was deleted together. */
  readonly operation: string | null;
}

type OnResults = (results: readonly RowResult[]) => void;

interface BatchAnswer {
  readonly results: readonly { readonly status: number; readonly record?: AnyRecord; readonly problem?: Problem }[];
}

/** Of one request; the service takes a thousand, but then nobody sees how far it is. */
export const AtOnce = 200;

/** So many ids fit into an address. */
const NamedAtOnce = 100;

const PageSize = '500';

/** Every record that a list's query finds, read page by page. */
export async function readAll(type: string, query: Readonly<Record<string, string>>, onProgress: (count: number) => void, signal: AbortSignal): Promise<AnyRecord[]> {
  const all: AnyRecord[] = [];
  for (let after = ''; ;) {
    const page: Page<AnyRecord> = await api(listPath(type, { ...query, limit: PageSize, ...(after && { after }) }), { signal });
    all.push(...page.items);
    onProgress(all.length);
    if (page.next === null) return all;
    after = page.next;
  }
}

/** The same change of many records, chunk by chunk; between two chunks it can be stopped, and what is done stays. */
export async function changeAll(
  type: string, records: readonly AnyRecord[], bodyOf: (record: AnyRecord) => BatchChange, onResults: OnResults, signal: AbortSignal,
): Promise<void> {
  for (const chunk of chunksOf(records, AtOnce)) {
    if (signal.aborted) return;
    onResults(await changeChunk(type, chunk, bodyOf));
  }
}

/** Gives the field of each record the value that it had before, unless somebody has given it another one since. */
export async function putBackAll(type: string, field: string, done: readonly RowResult[], onResults: OnResults, signal: AbortSignal): Promise<void> {
  for (const chunk of chunksOf(done, NamedAtOnce)) {
    if (signal.aborted) return;
    onResults(await putBack(type, field, chunk));
  }
}

/** Brings back what was deleted: all of one request together, or nothing of it; the last first, since it may refer to what went before. */
export async function bringBackAll(done: readonly RowResult[], onResults: OnResults, signal: AbortSignal): Promise<void> {
  const operations = [...new Set(done.flatMap(one => one.operation ?? []))].reverse();
  for (const operation of operations) {
    if (signal.aborted) return;
    const rows = done.filter(one => one.operation === operation).map(one => ({ ...one, operation: null }));
    try {
      await api(`${operation}/undo`, { method: 'POST' });
      onResults(rows.map(one => ({ ...one, after: one.record, status: 200 })));
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      onResults(rows.map(one => ({ ...one, status: e.status, problem: e.problem })));
    }
  }
}

/** By what a deletion is taken back: its operation, unless that says that nothing can bring back what went with it; null then. */
export async function undoOf(operation: string): Promise<string | null> {
  try {
    const { result } = await api<{ readonly result: { readonly canBeUndone?: boolean } | null }>(operation);
    return result?.canBeUndone === false ? null : operation;
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    return operation; // the deletion is done, whatever keeps this from being read: its undo will say
  }
}

/** Brings back one record that was deleted, with what went with it. */
export async function undoDeletion(operation: string): Promise<void> {
  await api(`${operation}/undo`, { method: 'POST' });
  await queryClient.invalidateQueries({ queryKey: ['records'] }); // also those that refer to it
}

async function changeChunk(type: string, chunk: readonly AnyRecord[], bodyOf: (record: AnyRecord) => BatchChange): Promise<RowResult[]> {
  const items = chunk.map(record => {
    const change = bodyOf(record);
    return change.kind === 'delete'
      ? { method: 'DELETE', id: record.id }
      : { method: 'PATCH', id: record.id, body: nested({ [change.field]: change.value }), ...(change.version !== undefined && { version: change.version }) };
  });
  try {
    const { data, location } = await apiAnswer<BatchAnswer>(`/api/${type}/batch`, { method: 'POST', body: { items } });
    const undo = location ? await undoOf(location) : null;
    return chunk.map((record, i) => {
      const { status = null, record: after = null, problem = null } = data.results[i] ?? {};
      return { record, after, status, problem, operation: problem === null ? undo : null };
    });
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    return chunk.map(record => ({ record, after: null, status: e.status, problem: e.problem, operation: null })); // the whole chunk was refused
  }
}

async function putBack(type: string, field: string, chunk: readonly RowResult[]): Promise<RowResult[]> {
  const { items } = await api<Page<AnyRecord>>(listPath(type, { 'id[in]': chunk.map(one => one.record.id).join(','), limit: String(chunk.length) }));
  const now = new Map(items.map(record => [record.id, record]));
  const isAsLeft = ({ record, after }: RowResult) => {
    const current = now.get(record.id);
    return current !== undefined && after !== null && same(valueOf(current, field), valueOf(after, field));
  };
  const theirs = chunk.filter(one => !isAsLeft(one)).map(one => ({ ...one, status: now.has(one.record.id) ? 412 : 404 }));
  const mine = chunk.filter(isAsLeft);
  if (mine.length === 0) return theirs;
  const back = await changeChunk(type, mine.map(one => one.record), record => {
    const current = now.get(record.id) ?? record;
    return { kind: 'set', field, value: mergePatch(valueOf(current, field), valueOf(record, field)), version: current.version };
  });
  return [...theirs, ...back];
}

export function isDone(result: RowResult): boolean {
  return result.status !== null && result.status >= 200 && result.status < 300;
}

/** First what was refused, since that is what somebody has to look at. */
export function refusedFirst(results: readonly RowResult[]): RowResult[] {
  return [...results.filter(result => !isDone(result)), ...results.filter(isDone)];
}
