import { expect, test } from 'vitest';
import type { FieldDescription } from '../../api/types';
import { daysOf, filtersOf, keyOf, operatorKey, queryOf, textOf, valuesOf } from './filters';

const type = {
  fields: [{ name: 'status', operators: ['eq', 'in'] }, { name: 'custom.colour', operators: ['eq', 'contains'] }] as unknown as FieldDescription[],
  filters: ['unassigned'],
  searchable: true,
};

test('an address has the conditions of its type, whatever else is in it', () => {
  const url = { q: 'north', sort: '-createdAt', 'status[in]': 'failed,ported', 'custom.colour[contains]': 're', unassigned: 'true', 'status[gt]': 'x', nosuch: '1' };
  expect(filtersOf(url, type).map(keyOf)).toEqual(['status[in]', 'custom.colour[contains]', 'unassigned']);
  expect(queryOf(url, type, 0)).toEqual({ q: 'north', 'status[in]': 'failed,ported', 'custom.colour[contains]': 're', unassigned: 'true' });
});

test('what moves with the present is reckoned when it is asked', () => {
  const timed = { ...type, fields: [{ name: 'dueAt', type: 'instant', operators: ['lt', 'gte'] }, { name: 'name', type: 'text', operators: ['lt'] }] as unknown as FieldDescription[] };
  const now = Date.parse('2030-05-06T12:00:00Z');
  expect(queryOf({ 'dueAt[gte]': '-P7D', 'dueAt[lt]': 'P1D', 'name[lt]': 'P1D' }, timed, now)).toEqual({
    'dueAt[gte]': '2030-04-29T12:00:00.000Z', 'dueAt[lt]': '2030-05-07T12:00:00.000Z', 'name[lt]': 'P1D',
  });
  expect([daysOf('P0D'), daysOf('-P30D'), daysOf('2030-01-01T00:00:00Z')]).toEqual([0, -30, null]);
});

test('a value with a comma stays one value', () => {
  expect(valuesOf(textOf(['Smith, Jones', 'Doe']))).toEqual(['Smith, Jones', 'Doe']);
  expect(textOf(['a', 'b'])).toBe('a,b');
  expect(valuesOf('')).toEqual([]);
  expect(valuesOf('[half')).toEqual(['[half']);
});

test('what lies in time is before or after, what is counted is less or more', () => {
  expect(operatorKey('lt', { type: 'date' })).toBe('op.lt.time');
  expect(operatorKey('lt', { type: 'integer' })).toBe('op.lt');
  expect(operatorKey('eq', { type: 'date' })).toBe('op.eq');
});
