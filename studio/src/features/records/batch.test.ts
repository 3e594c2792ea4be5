import { expect, test } from 'vitest';
import type { AnyRecord } from '../../api/records';
import { isDone, refusedFirst, type RowResult } from './batch';

const result = (id: string, status: number | null): RowResult => ({ record: { id } as AnyRecord, status, problem: null });

test('what was refused stands first, in its order', () => {
  const shown = refusedFirst([result('a', 200), result('b', 422), result('c', 204), result('d', null)]);
  expect(shown.map(one => one.record.id)).toEqual(['b', 'd', 'a', 'c']);
  expect(shown.filter(isDone)).toHaveLength(2);
});
