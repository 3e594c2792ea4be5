import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../api/client';
import { pathOf } from '../artefacts';

/** Decisions that would come out differently in the same way. */
export interface ReplayGroup {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly count: number;
  /** Ids of some of them. */
  readonly examples: readonly string[];
  /** The one group of all changes beyond those that are kept apart. */
  readonly others?: boolean;
}

export interface ReplayResult {
  readonly same: number;
  readonly changed: number;
  readonly failed: number;
  readonly groups: readonly ReplayGroup[];
}

export interface ReplayOperation {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly progress: { readonly done: number; readonly total: number | null };
  readonly result: ReplayResult | null;
  readonly problem?: { readonly detail?: string } | null;
}

const PollEvery = 1000;

export const hasEnded = (operation: ReplayOperation | undefined) => operation !== undefined && !['queued', 'running'].includes(operation.status);

export const replayQuery = (id: string) => queryOptions({
  queryKey: ['operations', id],
  queryFn: ({ signal }) => api<ReplayOperation>(`/api/operations/${id}`, { signal }),
  refetchInterval: query => hasEnded(query.state.data) ? false : PollEvery,
});

export const startReplay = (kind: string, key: string, from: string, to: string | null, limit: number) =>
  api<ReplayOperation>(`${pathOf(kind, key)}/draft/replay`, {
    method: 'POST',
    body: { from: new Date(`${from}T00:00`).toISOString(), ...(to !== null && to !== '' && { to: new Date(`${to}T23:59:59.999`).toISOString() }), limit },
  });

/** The most frequent first; whatever the service did not keep apart comes last. */
export function byCount(groups: readonly ReplayGroup[]): readonly ReplayGroup[] {
  return groups.toSorted((a, b) => Number(a.others ?? false) - Number(b.others ?? false) || b.count - a.count);
}
