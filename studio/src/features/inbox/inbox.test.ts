import { expect, it } from 'vitest';
import type { TypeDescription } from '../../api/types';
import { columnsIn, filterType, inboxType, isFiltered, queryOf, tabOf } from './filters';
import { groupingOf, inOrder, sectionsOf, type Grouping } from './groups';
import { isWaiting, snoozePresets } from './snooze';
import { inverse, performAll, type Change, type Task } from './tasks';

const now = Date.parse('2030-05-06T12:00:00Z');
const me = { user: { id: 'me', name: 'Me', email: '' }, tenant: { id: '', name: '' }, roles: ['lead'], permissions: [] };
const task = (changes: Partial<Task>) => ({ id: '1', status: 'open', assigneeId: null, candidateRoles: [], dueAt: null, followUpAt: null, migrationId: null, ...changes }) as Task;

const ends = ['lt', 'gte', 'null'];
const described = {
  name: 'tasks', searchable: true, filters: ['waiting'], fields: [
    { name: 'bookmarkId', type: 'text', operators: ['eq'] }, { name: 'dueAt', type: 'instant', operators: ends }, { name: 'createdAt', type: 'instant', operators: ends },
    { name: 'followUpAt', type: 'instant', operators: ends }, { name: 'assigneeId', type: 'text', operators: ['eq'] }, { name: 'title', type: 'text', operators: ['contains'] },
    { name: 'priority', type: 'choice', operators: ['eq'] }, { name: 'custom.colour', type: 'text', custom: true, operators: ['eq'] },
  ],
} as unknown as TypeDescription;
const type = inboxType(described, field => `the ${field}`);

it('asks for what the address says', () => {
  expect(queryOf({}, type, 'me', now)).toEqual({ sort: 'dueAt', assignee: 'me', status: 'claimed', waiting: 'false' });
  expect(queryOf({ tab: 'delegated', 'dueAt[lt]': 'P7D', q: 'x' }, type, 'me', now)).toMatchObject({ delegatedById: 'me', 'dueAt[lt]': '2030-05-13T12:00:00.000Z', q: 'x' });
  expect(queryOf({ tab: 'all', 'followUpAt[null]': 'true', 'createdAt[gte]': '-P7D', priority: 'high', 'custom.colour': 'red', sort: '-createdAt' }, type, 'me', now)).toEqual({
    sort: '-createdAt', 'status[in]': 'open,claimed', 'followUpAt[null]': 'true', 'createdAt[gte]': '2030-04-29T12:00:00.000Z', priority: 'high', 'custom.colour': 'red',
  });
  expect(queryOf({ tab: 'attention' }, type, 'me', now)).toEqual({ sort: 'dueAt', 'status[in]': 'open,claimed', needsAttention: 'true' });
  expect(queryOf({ tab: 'done' }, type, 'me', now)['sort']).toBe('-completedAt');
  expect(queryOf({ tab: 'waiting' }, type, 'me', now)).toEqual({ sort: 'followUpAt', assignee: 'me,none', waiting: 'true', candidate: 'me' });
});

it('leaves to a tab what the tab decides', () => {
  expect(queryOf({ assigneeId: 'other', waiting: 'true' }, type, 'me', now)).toEqual(queryOf({}, type, 'me', now));
  expect(queryOf({ tab: 'all', assigneeId: 'other' }, type, 'me', now)['assigneeId']).toBe('other');
  expect(filterType(type, 'mine').fields.map(field => field.name)).not.toContain('assigneeId');
  expect(isFiltered({ assigneeId: 'other' }, type)).toBe(false);
});

it('takes an unknown tab for the first, and knows when something is filtered', () => {
  expect(tabOf({ tab: 'nonsense' })).toBe('mine');
  expect(isFiltered({ tab: 'all', sort: 'dueAt', group: 'type' }, type)).toBe(false);
  expect(isFiltered({ 'dueAt[lt]': 'P0D' }, type)).toBe(true);
});

it('has its own words for the fields that people know, and the fields of the tenant', () => {
  expect(type.fields.map(field => field.custom ? field.name : field.label)).toEqual(
    ['the title', 'the priority', 'the dueAt', 'the assigneeId', 'the createdAt', 'the followUpAt', 'custom.colour']);
  expect(columnsIn({ columns: 'title,nosuch,custom.colour' }, type)).toEqual(['title', 'custom.colour']);
  expect(columnsIn({ tab: 'waiting' }, type)[0]).toBe('followUpAt');
});

it('knows how to take back who has a task and until when it waits', () => {
  const waits = { followUpAt: '2999-01-01T00:00:00Z' };
  const again = { kind: 'snooze', ...waits };
  expect(inverse(task({}), { kind: 'claim' }, me, false)).toEqual([{ kind: 'release' }]);
  expect(inverse(task(waits), { kind: 'claim' }, me, false)).toEqual([{ kind: 'release' }, again]);
  expect(inverse(task({ followUpAt: '2001-01-01T00:00:00Z' }), { kind: 'claim' }, me, false)).toEqual([{ kind: 'release' }]);
  expect(inverse(task({ assigneeId: 'me' }), { kind: 'release' }, me, false)).toEqual([{ kind: 'claim' }]);
  expect(inverse(task({ assigneeId: 'me', ...waits }), { kind: 'release' }, me, false)).toEqual([{ kind: 'claim' }, again]);
  expect(inverse(task({ assigneeId: 'other' }), { kind: 'release' }, me, false)).toEqual([]);
  expect(inverse(task({ assigneeId: 'other', ...waits }), { kind: 'assign', userId: 'x' }, me, true)).toEqual([{ kind: 'assign', userId: 'other' }]);
  expect(inverse(task({ assigneeId: 'me', ...waits }), { kind: 'delegate', userId: 'x' }, me, true)).toEqual([{ kind: 'assign', userId: 'me' }, again]);
  expect(inverse(task(waits), { kind: 'assign', userId: 'x' }, me, true)).toEqual([{ kind: 'release' }, again]);
  expect(inverse(task({}), again as Change, me, false)).toEqual([{ kind: 'snooze', followUpAt: null }]);
  expect(inverse(task(waits), { kind: 'snooze', followUpAt: null }, me, false)).toEqual([again]);
  expect(inverse(task({ followUpAt: '2001-01-01T00:00:00Z' }), { kind: 'snooze', followUpAt: null }, me, false)).toEqual([{ kind: 'snooze', followUpAt: null }]);
});

it('waits until its time and no longer', () => {
  expect(isWaiting(task({ followUpAt: '2030-05-06T12:00:01Z' }), now)).toBe(true);
  expect(isWaiting(task({ followUpAt: '2030-05-06T12:00:00Z' }), now)).toBe(false);
  expect(isWaiting(task({ status: 'done', followUpAt: '2030-05-06T12:00:01Z' }), now)).toBe(false);
});

it('offers the times that people mean, once each', () => {
  const offered = (at: Date) => snoozePresets(at).map(preset => `${preset.key} ${preset.at.getDate()} ${preset.at.getHours()}:${preset.at.getMinutes()}`);
  expect(offered(new Date(2030, 4, 6, 10, 10))).toEqual(['later 6 13:30', 'tomorrow 7 9:0', 'monday 13 9:0']); // a Monday
  expect(offered(new Date(2030, 4, 8, 22, 0))).toEqual(['tomorrow 9 9:0', 'monday 13 9:0']);
  expect(offered(new Date(2030, 4, 12, 8, 0))).toEqual(['later 12 11:0', 'tomorrow 13 9:0']); // tomorrow is Monday
});

it('orders a list by its groups first', () => {
  expect(groupingOf({})).toBeNull();
  expect(groupingOf({ group: 'nonsense' })).toBeNull();
  expect(queryOf({ group: 'siteId' }, type, 'me', now)['sort']).toBe('siteId.name,dueAt');
  expect(queryOf({ group: 'siteId', sort: '-siteId' }, type, 'me', now)['sort']).toBe('siteId.name,dueAt');
  expect(queryOf({ group: 'type', sort: '-type' }, type, 'me', now)['sort']).toBe('type,dueAt');
  expect(queryOf({ sort: 'type' }, type, 'me', now)['sort']).toBe('type,dueAt');
  expect(queryOf({ group: 'dueDay', sort: 'title' }, type, 'me', now)['sort']).toBe('dueAt');
  expect(queryOf({ group: 'dueDay', sort: '-dueAt' }, type, 'me', now)['sort']).toBe('-dueAt');
  const counts = [{ value: '1', count: 1 }, { value: '2', count: 1 }, { value: null, count: 1 }];
  expect(inOrder(counts, '-dueAt').map(one => one.value)).toEqual(['2', '1', null]);
});

it('parts a list into sections whose counts are those of all pages', () => {
  const rows = [task({ id: '1', migrationId: 'b' }), task({ id: '2', migrationId: 'b' }), task({ id: '3', migrationId: 'd' })];
  const counts = [{ value: 'a', count: 7 }, { value: 'b', count: 2 }, { value: 'c', count: 4 }, { value: 'd', count: 9 }, { value: null, count: 3 }];
  const grouping = groupingOf({ group: 'migrationId', closed: 'a,c' }) as Grouping;
  const drawn = (hasMore: boolean) => sectionsOf(rows, counts, grouping, hasMore).map(one => `${one.key} ${one.length} of ${one.count}${one.isOpen ? '' : ' closed'}`);
  expect(drawn(true)).toEqual(['a 0 of 7 closed', 'b 2 of 2', 'c 0 of 4 closed', 'd 1 of 9']);
  expect(drawn(false)).toEqual(['a 0 of 7 closed', 'b 2 of 2', 'c 0 of 4 closed', 'd 1 of 9', 'none 0 of 3']);
  expect(sectionsOf(rows, counts.slice(0, 2), grouping, false).map(one => `${one.key} ${one.count}`)).toEqual(['a 7', 'b 2', 'd 1']); // one that the counts do not know yet
  expect(sectionsOf([], counts, grouping, false)).toHaveLength(5);
  expect(sectionsOf(rows, [...counts].reverse(), grouping, false).map(one => one.key)).toEqual(['none', 'c', 'b', 'd', 'a']); // while the other order is read: each once
});

it('puts a task under the day on which it is due where somebody looks', () => {
  const { keyOf } = groupingOf({ group: 'dueDay' }) as Grouping;
  expect(keyOf(task({ dueAt: new Date(2030, 0, 2, 23, 59).toISOString() }))).toBe('2030-01-02');
  expect(keyOf(task({}))).toBe('none');
});

it('goes on when one of several fails, and tells of each', async () => {
  const ended: string[] = [];
  await performAll([1, 2, 3, 4, 5, 6], item => item === 3 ? Promise.reject(new Error('no')) : Promise.resolve(), (item, error) => ended.push(`${item} ${error === null ? 'done' : 'failed'}`));
  expect(ended.sort()).toEqual(['1 done', '2 done', '3 failed', '4 done', '5 done', '6 done']);
});
