import { expect, test } from 'vitest';
import type { FieldDescription } from '../../api/types';
import { filtersOf, keyOf, operatorKey, queryOf, textOf, valuesOf } from './filters';

const type = {
  fields: [{ name: 'status', operators: ['eq', 'in'] }, { name: 'custom.colour', operators: ['eq', 'contains'] }] as unknown as FieldDescription[],
  filters: ['unassigned'],
  searchable: true,
};

test('an address has the conditions of its type, whatever else is in it', () => {
  const url = { q: 'north', sort: '-createdAt', 'status[in]': 'failed,ported', 'custom.colour[contains]': 're', unassigned: 'true', 'status[gt]': 'x', nosuch: '1' };
  expect(filtersOf(url, type).map(keyOf)).toEqual(['status[in]', 'custom.colour[contains]', 'unassigned']);
  expect(queryOf(url, type)).toEqual({ q: 'north', 'status[in]': 'failed,ported', 'custom.colour[contains]': 're', unassigned: 'true' });
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
