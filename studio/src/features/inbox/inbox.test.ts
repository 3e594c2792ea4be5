import { expect, it } from 'vitest';
import { isFiltered, queryOf, tabOf } from './filters';
import { inverse, isFor, performAll, type Task } from './tasks';

const now = Date.parse('2030-05-06T12:00:00Z');
const me = { user: { id: 'me', name: 'Me', email: '' }, tenant: { id: '', name: '' }, roles: ['lead'], permissions: [] };
const task = (changes: Partial<Task>) => ({ id: '1', assigneeId: null, candidateRoles: [], ...changes }) as Task;

it('asks for what the address says', () => {
  expect(queryOf({}, 'me', now)).toEqual({ limit: '100', sort: 'dueAt', assignee: 'me', status: 'claimed' });
  expect(queryOf({ tab: 'delegated', due: 'week', q: 'x' }, 'me', now)).toMatchObject({ delegatedById: 'me', 'dueAt[lt]': '2030-05-13T12:00:00.000Z', q: 'x' });
  expect(queryOf({ tab: 'all', due: 'none', created: 'month', priority: 'high', sort: '-createdAt' }, 'me', now)).toEqual({
    limit: '100', sort: '-createdAt', 'status[in]': 'open,claimed', 'dueAt[null]': 'true', 'createdAt[gte]': '2030-04-06T12:00:00.000Z', priority: 'high',
  });
  expect(queryOf({ tab: 'attention' }, 'me', now)).toEqual({ limit: '100', sort: 'dueAt', 'status[in]': 'open,claimed', needsAttention: 'true' });
  expect(queryOf({ tab: 'done' }, 'me', now)['sort']).toBe('-completedAt');
});

it('takes an unknown tab for the first, and knows when something is filtered', () => {
  expect(tabOf({ tab: 'nonsense' })).toBe('mine');
  expect(isFiltered({ tab: 'all', sort: 'dueAt' })).toBe(false);
  expect(isFiltered({ due: 'late' })).toBe(true);
});

it('knows how to take back who has a task', () => {
  expect(inverse(task({}), { kind: 'claim' }, me, false)).toEqual({ kind: 'release' });
  expect(inverse(task({ assigneeId: 'me' }), { kind: 'release' }, me, false)).toEqual({ kind: 'claim' });
  expect(inverse(task({ assigneeId: 'other' }), { kind: 'release' }, me, false)).toBeNull();
  expect(inverse(task({ assigneeId: 'other' }), { kind: 'assign', userId: 'x' }, me, true)).toEqual({ kind: 'assign', userId: 'other' });
  expect(inverse(task({}), { kind: 'assign', userId: 'x' }, me, true)).toEqual({ kind: 'release' });
});

it('knows whom a task is for', () => {
  expect(isFor(task({}), [])).toBe(true);
  expect(isFor(task({ candidateRoles: ['lead'] }), ['lead'])).toBe(true);
  expect(isFor(task({ candidateRoles: ['lead'] }), ['member'])).toBe(false);
});

it('goes on when one of several fails, and tells of each', async () => {
  const ended: string[] = [];
  await performAll([1, 2, 3, 4, 5, 6], item => item === 3 ? Promise.reject(new Error('no')) : Promise.resolve(), (item, error) => ended.push(`${item} ${error === null ? 'done' : 'failed'}`));
  expect(ended.sort()).toEqual(['1 done', '2 done', '3 failed', '4 done', '5 done', '6 done']);
});
