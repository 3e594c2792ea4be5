import { api, ApiError } from '../../api/client';
import type { Me } from '../../api/me';
import { listPath, type AnyRecord, type Page } from '../../api/records';
import { isWaiting } from './snooze';

export interface Task extends AnyRecord {
  readonly title: string;
  readonly description: string | null;
  readonly type: string;
  readonly status: 'open' | 'claimed' | 'done' | 'cancelled';
  readonly assigneeId: string | null;
  readonly candidateRoles: readonly string[];
  readonly dueAt: string | null;
  readonly followUpAt: string | null;
  readonly migrationId: string | null;
  readonly siteId: string | null;
  readonly priority: string;
  readonly form: string | null;
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly instanceId: string | null;
  readonly decisionId: string | null;
  readonly outcomes: readonly string[];
  readonly outcome: string | null;
  readonly draft: Readonly<Record<string, unknown>> | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly completedAt: string | null;
  readonly delegatedById: string | null;
  readonly delegatedUntil: string | null;
  readonly risk: number;
}

/** What can be done with a task and who has it. */
export type Change =
  | { readonly kind: 'claim' }
  | { readonly kind: 'release' }
  | { readonly kind: 'snooze'; readonly followUpAt: string | null }
  | { readonly kind: 'assign'; readonly userId: string }
  | { readonly kind: 'delegate'; readonly userId: string; readonly until?: string };

export function perform(task: Pick<Task, 'id'>, change: Change): Promise<Task> {
  const { kind, ...body } = change;
  return api<Task>(`/api/tasks/${task.id}/${kind}`, { method: 'POST', body });
}

/** What brings back, one after the other, who had the task before and until when it waited; nothing when the person may not do that. */
export function inverse(before: Task, change: Change, me: Me, mayAssign: boolean): readonly Change[] {
  const until = isWaiting(before, Date.now()) ? before.followUpAt : null;
  if (change.kind === 'snooze') return [{ kind: 'snooze', followUpAt: until }];
  const back = ownerBack(before, change, me, mayAssign);
  if (back === null) return [];
  // Whoever gets a task has it at once; only they, or while nobody has it, can put it aside again.
  const isOurs = before.assigneeId === null || before.assigneeId === me.user.id;
  return until !== null && isOurs ? [back, { kind: 'snooze', followUpAt: until }] : [back];
}

function ownerBack(before: Task, change: Change, me: Me, mayAssign: boolean): Change | null {
  if (change.kind === 'claim') return { kind: 'release' };
  if (change.kind === 'release') {
    if (before.assigneeId === me.user.id) return { kind: 'claim' };
    return before.assigneeId !== null && mayAssign ? { kind: 'assign', userId: before.assigneeId } : null;
  }
  if (!mayAssign) return null;
  return before.assigneeId === null ? { kind: 'release' } : { kind: 'assign', userId: before.assigneeId };
}

export async function performInTurn(task: Pick<Task, 'id'>, changes: readonly Change[]): Promise<void> {
  for (const change of changes) await perform(task, change);
}

/**
 * What to do next: the most pressing of one's own, else the most pressing that is free, which is claimed. Where somebody
 * else is faster it takes the next.
 */
export async function nextTask(except: string | null): Promise<Task | null> {
  const own = await api<Page<Task>>(listPath('tasks', { assignee: 'me', status: 'claimed', waiting: 'false', sort: 'dueAt', limit: '2' }));
  const mine = own.items.find(task => task.id !== except);
  if (mine) return mine;
  const free = await api<Page<Task>>(listPath('tasks', { assignee: 'none', status: 'open', waiting: 'false', candidate: 'me', sort: 'dueAt', limit: '50' }));
  for (const task of free.items.filter(one => one.id !== except)) {
    try {
      return await perform(task, { kind: 'claim' });
    } catch (e) {
      if (!(e instanceof ApiError && (e.status === 409 || e.status === 403))) throw e;
    }
  }
  return null;
}

/** Does several at once and tells of each as it ends; four at a time, so that nobody else waits. */
export async function performAll<T>(items: readonly T[], work: (item: T) => Promise<unknown>, onEnd: (item: T, error: unknown) => void): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
        onEnd(item, null);
      } catch (e) {
        onEnd(item, e);
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}
