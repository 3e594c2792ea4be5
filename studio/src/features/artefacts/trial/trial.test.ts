import { expect, it } from 'vitest';
import { inputOf, textOf, valueOf } from './trial';

it('reads what is typed by the type that is asked for', () => {
  expect([valueOf('12,5', 'number'), valueOf('much', 'number'), valueOf('true', 'boolean'), valueOf('es', 'string'), valueOf('2026-12-01', 'date'), valueOf(' ', 'string')])
    .toEqual([12.5, 'much', true, 'es', '2026-12-01', undefined]);
  expect(valueOf('[{"id": 1}]', 'list<Lead>')).toEqual([{ id: 1 }]);
});

it('leaves out what is empty and names what is no JSON', () => {
  const inputs = [{ name: 'a', type: 'number', fields: null }, { name: 'b', type: 'list<X>', fields: null }];
  expect(inputOf({ a: '1', b: '' }, inputs)).toEqual({ input: { a: 1 } });
  expect(inputOf({ a: '1', b: '[' }, inputs)).toEqual({ wrong: 'b' });
});

it('shows a value so that it is read again as the same', () => {
  for (const [value, type] of [[5, 'number'], [false, 'boolean'], ['es', 'string'], [[{ id: 'x' }], 'list<X>']] as const) expect(valueOf(textOf(value), type)).toEqual(value);
});
