import { expect, test } from 'vitest';
import type { FieldDescription } from '../../api/types';
import { defaultColumns, flat, nested, valueOf } from './fields';

const field = (name: string, type = 'text') => ({ name, type, label: name }) as FieldDescription;

test('values of own fields are found below custom, and go back there', () => {
  const record = { name: 'North', custom: { colour: 'red' } };
  expect(valueOf(record, 'custom.colour')).toBe('red');
  expect(valueOf({ name: 'North', custom: null }, 'custom.colour')).toBeUndefined();
  expect(flat(record)).toEqual({ name: 'North', 'custom.colour': 'red' });
  expect(nested(flat(record))).toEqual(record);
  expect(nested({ name: 'South' })).toEqual({ name: 'South' });
});

test('a list begins with the name, and leaves out what nobody reads in a cell', () => {
  const fields = [field('id', 'id'), field('version', 'integer'), field('notes'), field('hours', 'json'), field('number')];
  expect(defaultColumns({ fields, naturalKey: 'number' })).toEqual(['number', 'notes']);
  expect(defaultColumns({ fields, naturalKey: null })).toEqual(['notes', 'number']);
});
