import { queryOptions } from '@tanstack/react-query';
import { chunksOf } from '../../api/chunks';
import { api, ApiError, newKey, type Problem } from '../../api/client';
import type { AnyRecord } from '../../api/records';
import type { OfferedAction } from './actions';

/** An action and those of some records that offer it. */
export interface ManyOffer extends OfferedAction {
  readonly ids: readonly string[];
}

/** What became of one record; `unsure` when the service did not answer, so that it may or may not be done. */
export interface Outcome {
  readonly id: string;
  readonly state: 'done' | 'refused' | 'unsure';
  readonly problem?: Problem;
}

export interface NamedOutcome extends Outcome {
  readonly name: string;
}

const AskedAtOnce = 1000;

/** Few enough that the progress moves and stopping stops, many enough that they share commits. */
export const DoneAtOnce = 200;

type Versioned = Pick<AnyRecord, 'id' | 'version'>;

export const offersQuery = (type: string, records: readonly Versioned[]) => queryOptions({
  queryKey: ['offers', type, fingerprint(records)],
  queryFn: ({ signal }) => offersOf(type, records.map(record => record.id), signal),
  gcTime: 10_000,
});

/** What each of the records offers, the actions that most offer first. */
export async function offersOf(type: string, ids: readonly string[], signal?: AbortSignal): Promise<readonly ManyOffer[]> {
  const offers: ManyOffer[] = [];
  for (const some of chunksOf(ids, AskedAtOnce))
    offers.push(...(await api<{ readonly actions: readonly ManyOffer[] }>(`/api/${type}/actions`, { method: 'POST', body: { ids: some }, signal })).actions);
  return joined(offers);
}

/** The same action with the same fields is one, from however many answers. */
export function joined(offers: readonly ManyOffer[]): readonly ManyOffer[] {
  const byAction = new Map<string, ManyOffer>();
  for (const offer of offers) {
    const { ids, ...action } = offer;
    const key = JSON.stringify(action);
    byAction.set(key, { ...action, ids: [...byAction.get(key)?.ids ?? [], ...ids] });
  }
  return [...byAction.values()].sort((a, b) => b.ids.length - a.ids.length);
}

/** Some of the records, sent together under a key of their own: sent once more, what was done is answered and not done again. */
export interface Lot {
  readonly ids: readonly string[];
  readonly key: string;
}

export function lotsOf(ids: readonly string[]): readonly Lot[] {
  return chunksOf(ids, DoneAtOnce).map(some => ({ ids: some, key: newKey() }));
}

const Order = { refused: 0, unsure: 1, done: 2 } as const;

/** Each outcome with its record's name, those first that somebody must look at. */
export function named(outcomes: readonly Outcome[], names: ReadonlyMap<string, string>): readonly NamedOutcome[] {
  return outcomes.map(outcome => ({ ...outcome, name: names.get(outcome.id) ?? outcome.id })).sort((a, b) => Order[a.state] - Order[b.state]);
}

/** Does the action with one lot, and says what became of each; `onRecords` gets those that it was done with, as they are now. */
export async function performOn<T>(
  type: string, action: string, { ids, key }: Lot, data: Readonly<Record<string, unknown>>, onRecords: (records: readonly T[]) => void,
): Promise<readonly Outcome[]> {
  try {
    const { results } = await api<{ readonly results: readonly { readonly id: string; readonly record?: T; readonly problem?: Problem }[] }>(
      `/api/${type}/actions/${action}`, { method: 'POST', body: { ids, data }, idempotencyKey: key });
    onRecords(results.flatMap(result => result.record ?? []));
    return results.map(({ id, problem }) => problem ? { id, state: 'refused', problem } : { id, state: 'done' });
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    const { problem } = e;
    return ids.map(id => ({ id, state: e.status === 0 || e.status >= 500 ? 'unsure' : 'refused', problem }));
  }
}

/** Short, and another one as soon as one of the records is another or has changed (FNV-1a). */
function fingerprint(records: readonly Versioned[]): string {
  let hash = 0x811c9dc5;
  for (const { id, version } of records) {
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ version, 0x01000193);
  }
  return `${records.length}-${hash >>> 0}`;
}
