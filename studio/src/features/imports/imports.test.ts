import { expect, test } from 'vitest';
import type { FieldDescription } from '../../api/types';
import { linesOf, mappingBy, markOf, missing, pace, twice, valuesOf, wireOf, type Mapping } from './imports';

const fields = [
  { name: 'id', readOnly: true, required: true, type: 'id' }, { name: 'name', required: true, type: 'text' }, { name: 'city', type: 'text' },
  { name: 'timezone', required: true, type: 'text' }, { name: 'hours', type: 'json' }, { name: 'status', ownedByLifecycle: true, required: true, type: 'choice' },
] as unknown as FieldDescription[];

const to = (...places: (string | null)[]): Mapping => places.map(field => ({ field }));

test('two columns of one field are found, columns that are left out are none', () => {
  expect([...twice(to('name', null, 'city', 'name', null))]).toEqual(['name']);
  expect(twice(to('name', 'city', null)).size).toBe(0);
});

test('what a new record needs and no column has is said', () => {
  expect(missing({ fields }, to('name', null)).map(field => field.name)).toEqual(['timezone']);
});

test('a column is its field alone until its cells are adjusted', () => {
  expect([wireOf(undefined), wireOf({ field: null, trim: true }), wireOf({ field: 'name', values: {} })]).toEqual([null, null, 'name']);
  expect(wireOf({ field: 'portDate', dates: 'dmy' })).toEqual({ field: 'portDate', dates: 'dmy' });
});

test('a remembered mapping puts columns where they went, as far as there still are such fields', () => {
  const columns = [{ header: 'A', field: 'name' }, { header: 'B', field: null }, { header: 'C', field: null }];
  const remembered = { id: '1', name: null, usedAt: '', mapping: { A: 'gone', B: { field: 'city', trim: true }, C: 'id' } };
  expect(mappingBy(remembered, columns, fields)).toEqual([{ field: null }, { field: 'city', trim: true }, { field: 'id' }]);
  expect(mappingBy(undefined, columns, fields)).toEqual(to('name', null, null));
});

test('values are replaced line by line, and empty cells by what is beside the lines', () => {
  const values = valuesOf('NY = America/New_York\nCO=America/Denver\nhalf a line\n= nothing', 'UTC');
  expect(values).toEqual({ NY: 'America/New_York', CO: 'America/Denver', '': 'UTC' });
  expect(linesOf(values)).toBe('NY = America/New_York\nCO = America/Denver');
});

test('the time that is left comes from how fast it was since somebody looked', () => {
  const at = (second: number, done: number) => ({ updatedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(), progress: { done, total: 2000 } });
  const since = { done: 0, at: Date.UTC(2026, 0, 1) };
  expect(pace(at(5, 500), since)).toEqual({ perSecond: 100, secondsLeft: 15 });
  expect(pace(at(5, 0), since)).toBeNull();
});

test('a pause is no part of the time that is left', () => {
  const at = (minute: number, done: number, isPaused = false) => ({ updatedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(), progress: { done, total: 2000 }, isPaused });
  let mark = markOf(null, at(0, 0));
  mark = markOf(mark, at(1, 600));
  expect(mark && pace(at(1, 600), mark)).toMatchObject({ perSecond: 10 });
  mark = markOf(mark, at(1, 600, true));
  expect(mark).toBeNull();
  mark = markOf(mark, at(31, 600));
  mark = markOf(mark, at(32, 1200));
  expect(mark && pace(at(32, 1200), mark)).toEqual({ perSecond: 10, secondsLeft: 80 });
});
