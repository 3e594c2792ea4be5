import { expect, it } from 'vitest';
import { concerns } from './live';

const event = { type: 'tasks.updated', subject: { type: 'tasks', id: '1' } };

it('makes stale what an event is about: the record and the lists of its type', () => {
  expect(concerns(['records', 'tasks', '1'], event)).toBe(true);
  expect(concerns(['records', 'tasks', 'list', { q: 'x' }], event)).toBe(true);
  expect(concerns(['records', 'tasks', '2'], event)).toBe(false);
  expect(concerns(['records', 'sites', 'list'], event)).toBe(false);
  expect(concerns(['me'], event)).toBe(false);
});

it('asks for the lists again when a record was deleted, and no more for the record', () => {
  const deleted = { ...event, type: 'tasks.deleted' };
  expect(concerns(['records', 'tasks', 'list', {}], deleted)).toBe(true);
  expect(concerns(['records', 'tasks', '1'], deleted)).toBe(false);
  expect(concerns(['records', 'tasks', '1', 'tags'], deleted)).toBe(false);
});
