import { expect, it } from 'vitest';
import { byCount, hasEnded } from './replay';

it('puts the most frequent change first and what was not kept apart last', () => {
  const groups = [{ count: 2, examples: [], from: 'a', to: 'b' }, { count: 90, examples: [], others: true }, { count: 7, examples: [], from: 'a', to: 'c' }];
  expect(byCount(groups).map(group => group.count)).toEqual([7, 2, 90]);
});

it('knows when an operation is over', () => {
  const operation = { id: '', progress: { done: 0, total: null }, result: null };
  expect(hasEnded(undefined)).toBe(false);
  expect(hasEnded({ ...operation, status: 'running' })).toBe(false);
  expect(hasEnded({ ...operation, status: 'cancelled' })).toBe(true);
});
