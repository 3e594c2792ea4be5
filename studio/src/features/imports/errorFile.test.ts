import { expect, test } from 'vitest';
import { cellsOf, refusedOf } from './errorFile';

test('quotes, commas and line ends within a cell stay in it', () => {
  expect(cellsOf('a,"b ""c"", d\ne",\r\nf,g,h', 9)).toEqual([['a', 'b "c", d\ne', ''], ['f', 'g', 'h']]);
  expect(cellsOf('a,b\nc,', 9)).toEqual([['a', 'b'], ['c', '']]);
  expect(cellsOf('a\nb\nc', 2)).toEqual([['a'], ['b']]);
});

test('the reason of a refused row is found beside its cells, and a row that was cut is left out', () => {
  const csv = '\uFEFFname,import_line,import_code,import_field,import_reason\r\nA,2,required,timezone,"A site, as all, has one."\r\nB,3,requ';
  expect(refusedOf(csv, 20)).toEqual([{ line: '2', code: 'required', field: 'timezone', reason: 'A site, as all, has one.' }]);
});
