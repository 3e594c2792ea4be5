import { expect, test } from 'vitest';
import { changeTo, stateOf } from './views';

test('the same list is the same view, whatever came first in its address', () => {
  expect(stateOf({ sort: 'name', 'status[in]': 'failed,ported', q: '' })).toBe(stateOf({ 'status[in]': 'failed,ported', sort: 'name' }));
});

test('a view that is shown leaves nothing of the list before it', () => {
  const state = stateOf({ sort: 'name', q: 'north' });
  expect(changeTo({ state }, { q: 'south', status: 'failed' })).toEqual({ q: 'north', status: null, sort: 'name' });
});
