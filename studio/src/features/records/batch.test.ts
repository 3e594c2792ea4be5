import { afterEach, expect, test, vi } from 'vitest';
import { session } from '../../api/session';
import type { AnyRecord } from '../../api/records';
import { bringBackAll, changeAll, isDone, putBackAll, refusedFirst, undoOf, type RowResult } from './batch';

const record = (id: string, version: number, city: string | null) => ({ id, version, city }) as unknown as AnyRecord;
const result = (id: string, status: number | null): RowResult => ({ record: { id } as AnyRecord, after: null, status, problem: null, operation: null });
const never = new AbortController().signal;

/** Answers as the service would, and keeps what it was asked. */
function answering(...answers: readonly (readonly [status: number, body: unknown, location?: string])[]) {
  const asked: { readonly path: string; readonly body: unknown }[] = [];
  const left = [...answers];
  vi.spyOn(session, 'token').mockResolvedValue('token');
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, body: typeof init.body === 'string' ? JSON.parse(init.body) : null });
    const [status, body, location] = left.shift() ?? [500, {}];
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: location === undefined ? {} : { location } }));
  });
  return asked;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('what was refused stands first, in its order', () => {
  const shown = refusedFirst([result('a', 200), result('b', 422), result('c', 204), result('d', null)]);
  expect(shown.map(one => one.record.id)).toEqual(['b', 'd', 'a', 'c']);
  expect(shown.filter(isDone)).toHaveLength(2);
});

test('a value is put back where it is as the batch has left it, in whatever version, and what others have changed or deleted stays', async () => {
  const done: RowResult[] = ['a', 'b', 'c'].map(id => ({ record: record(id, 1, 'Austin'), after: record(id, 2, 'Boston'), status: 200, problem: null, operation: null }));
  const asked = answering(
    [200, { items: [record('a', 7, 'Boston'), record('b', 3, 'Chicago')], next: null }],
    [200, { results: [{ status: 200, record: record('a', 8, 'Austin') }] }],
  );
  const results: RowResult[] = [];
  await putBackAll('sites', 'city', done, more => results.push(...more), never);
  expect(results.map(one => [one.record.id, one.status])).toEqual([['b', 412], ['c', 404], ['a', 200]]);
  expect(asked[0]?.path).toBe('/api/sites?id%5Bin%5D=a%2Cb%2Cc&limit=3');
  expect(asked[1]?.body).toEqual({ items: [{ method: 'PATCH', id: 'a', version: 7, body: { city: 'Austin' } }] });
});

test('what was deleted comes back request by request, the last one first, each whole or not at all', async () => {
  const asked = answering(
    [200, { results: [{ status: 204 }, { status: 409, problem: { code: 'is_referenced', detail: '' } }] }, '/api/operations/1'],
    [200, { result: { canBeUndone: true } }],
    [200, {}],
    [409, { code: 'changed_since', detail: 'Somebody was there.' }],
  );
  const deleted: RowResult[] = [];
  await changeAll('sites', [record('a', 1, null), record('b', 1, null)], () => ({ kind: 'delete' }), more => deleted.push(...more), never);
  expect(deleted.map(one => one.operation)).toEqual(['/api/operations/1', null]);

  const results: RowResult[] = [];
  await bringBackAll([...deleted, { ...result('c', 204), operation: '/api/operations/2' }], more => results.push(...more), never);
  expect(asked.slice(2).map(one => one.path)).toEqual(['/api/operations/2/undo', '/api/operations/1/undo']);
  expect(results.map(one => [one.record.id, one.status, one.problem?.code])).toEqual([['c', 200, undefined], ['a', 409, 'changed_since']]);
});

test('what its operation says cannot come back is not offered to be taken back', async () => {
  answering([200, { result: { canBeUndone: false } }], [200, { result: { canBeUndone: true } }], [503, { code: 'unavailable', detail: '' }],
    [200, { results: [{ status: 204 }] }, '/api/operations/4'], [200, { result: { canBeUndone: false } }]);
  expect(await undoOf('/api/operations/1')).toBeNull();
  expect(await undoOf('/api/operations/2')).toBe('/api/operations/2');
  expect(await undoOf('/api/operations/3')).toBe('/api/operations/3');
  const deleted: RowResult[] = [];
  await changeAll('sites', [record('a', 1, null)], () => ({ kind: 'delete' }), more => deleted.push(...more), never);
  expect(deleted.map(one => [one.status, one.operation])).toEqual([[204, null]]);
});
