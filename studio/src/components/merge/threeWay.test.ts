import { expect, it } from 'vitest';
import { mergePatch, threeWay } from './threeWay';

it('keeps what only one of the two changed', () => {
  const merge = threeWay({ a: 1, b: 1, c: 1 }, { a: 2 }, { a: 1, b: 2, c: 1 });
  expect(merge).toEqual({ patch: { a: 2 }, conflicts: [] });
});

it('asks about what both changed to different values', () => {
  const merge = threeWay({ a: 1, b: 'x' }, { a: 2, b: 'y' }, { a: 3, b: 'x' });
  expect(merge).toEqual({ patch: { b: 'y' }, conflicts: [{ field: 'a', base: 1, mine: 2, theirs: 3 }] });
});

it('does not ask when both mean the same', () => {
  expect(threeWay({ a: 1 }, { a: 2 }, { a: 2 })).toEqual({ patch: {}, conflicts: [] });
  expect(threeWay({ a: { x: [1] } }, { a: { x: [1, 2] } }, { a: { x: [1, 2] } })).toEqual({ patch: {}, conflicts: [] });
});

it('takes what is missing for null, and a list for no object', () => {
  expect(threeWay({}, { a: null }, { a: 'x' })).toEqual({ patch: {}, conflicts: [] });
  expect(threeWay({ a: [] }, { a: {} }, { a: [] })).toEqual({ patch: { a: {} }, conflicts: [] });
});

it('says in a merge patch what goes too', () => {
  expect(mergePatch({ a: 1, b: { c: 1, d: 2 }, e: 5 }, { a: 1, b: { c: 3 }, f: [1] })).toEqual({ b: { c: 3, d: null }, e: null, f: [1] });
  expect(mergePatch('old', undefined)).toBeNull();
  expect(mergePatch([1], { a: 1 })).toEqual({ a: 1 });
});
