import { expect, test } from 'vitest';
import type { FieldDescription } from '../../api/types';
import { missing, pace, sampleOf, twice, type Operation } from './imports';

const fields = [
  { name: 'id', readOnly: true, required: true, type: 'id' }, { name: 'name', required: true, type: 'text' }, { name: 'city', type: 'text' },
  { name: 'timezone', required: true, type: 'text' }, { name: 'hours', type: 'json' }, { name: 'status', ownedByLifecycle: true, required: true, type: 'choice' },
] as unknown as FieldDescription[];

test('two columns of one field are found, columns that are left out are none', () => {
  expect([...twice(['name', null, 'city', 'name', null])]).toEqual(['name']);
  expect(twice(['name', 'city', null])).toHaveLength(0);
});

test('what a new record needs and no column has is said', () => {
  expect(missing({ fields }, ['name', null]).map(field => field.name)).toEqual(['timezone']);
  expect(sampleOf({ fields })).toBe('name,city,timezone\r\n');
});

test('the time that is left comes from how fast it was', () => {
  const operation = { createdAt: '2026-01-01T00:00:00Z', progress: { done: 500, total: 2000 } } as Operation;
  expect(pace(operation, Date.parse('2026-01-01T00:00:05Z'))).toEqual({ perSecond: 100, secondsLeft: 15 });
  expect(pace({ ...operation, progress: { done: 0, total: 2000 } }, Date.parse('2026-01-01T00:00:05Z'))).toBeNull();
});
