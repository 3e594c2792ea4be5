import { expect, it } from 'vitest';
import { concerns } from './live';

const event = { subject: { type: 'tasks', id: '1' } };

it('makes stale what an event is about: the record and the lists of its type', () => {
  expect(concerns(['records', 'tasks', '1'], event)).toBe(true);
  expect(concerns(['records', 'tasks', 'list', { q: 'x' }], event)).toBe(true);
  expect(concerns(['records', 'tasks', '2'], event)).toBe(false);
  expect(concerns(['records', 'sites', 'list'], event)).toBe(false);
  expect(concerns(['me'], event)).toBe(false);
});
