import { api, ApiError, type Problem } from '../../api/client';
import { listPath, type AnyRecord, type Page } from '../../api/records';
import { nested } from '../../components/fields/fields';

export type BatchChange =
  | { readonly kind: 'set'; readonly field: string; readonly value: unknown }
  | { readonly kind: 'delete' };

export interface RowResult {
  readonly record: AnyRecord;
  /** As the service answered it; null while nothing came. */
  readonly status: number | null;
  readonly problem: Problem | null;
}

interface BatchAnswer {
  readonly results: readonly { readonly status: number; readonly record?: AnyRecord; readonly problem?: Problem }[];
}

/** Of one request; the service takes a thousand, but then nobody sees how far it is. */
export const AtOnce = 200;

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
  type: string, records: readonly AnyRecord[], bodyOf: (record: AnyRecord) => BatchChange, onResults: (results: readonly RowResult[]) => void, signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < records.length && !signal.aborted; from += AtOnce) {
    const chunk = records.slice(from, from + AtOnce);
    onResults(await changeChunk(type, chunk, bodyOf));
  }
}

async function changeChunk(type: string, chunk: readonly AnyRecord[], bodyOf: (record: AnyRecord) => BatchChange): Promise<RowResult[]> {
  const items = chunk.map(record => {
    const change = bodyOf(record);
    return change.kind === 'delete' ? { method: 'DELETE', id: record.id } : { method: 'PATCH', id: record.id, body: nested({ [change.field]: change.value }) };
  });
  try {
    const { results } = await api<BatchAnswer>(`/api/${type}/batch`, { method: 'POST', body: { items } });
    return chunk.map((record, i) => ({ record, status: results[i]?.status ?? null, problem: results[i]?.problem ?? null }));
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    return chunk.map(record => ({ record, status: e.status, problem: e.problem })); // the whole chunk was refused
  }
}

export function isDone(result: RowResult): boolean {
  return result.status !== null && result.status >= 200 && result.status < 300;
}

/** First what was refused, since that is what somebody has to look at. */
export function refusedFirst(results: readonly RowResult[]): RowResult[] {
  return [...results.filter(result => !isDone(result)), ...results.filter(isDone)];
}
