import { expect, it } from 'vitest';
import { cellsOf, feelOf } from './tsv';

it('reads a block as Excel copies it', () => {
  expect(cellsOf('referral\t30\r\npartner\t25\r\n')).toEqual([['referral', '30'], ['partner', '25']]);
  expect(cellsOf('"two\nlines"\t"say ""hey"""\n\tx')).toEqual([['two\nlines', 'say "hey"'], ['', 'x']]);
});

it('leaves FEEL in quotes as it is', () => expect(cellsOf('"web", "event"\t"es"')).toEqual([['"web", "event"', '"es"']]));

it('makes texts of words in columns of texts, and touches nothing else', () => {
  expect(feelOf('referral', 'string')).toBe('"referral"');
  expect(feelOf('"web", "event"', 'string')).toBe('"web", "event"');
  expect([feelOf('-', 'string'), feelOf('not("x")', 'string'), feelOf('30', 'number'), feelOf(' ', 'string')]).toEqual(['-', 'not("x")', '30', '']);
});
