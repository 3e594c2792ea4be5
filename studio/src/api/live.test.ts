import { QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';
import { concerns, Recount } from './live';
import { queryClient } from './query';

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

afterEach(() => {
  vi.useRealTimers();
  queryClient.clear();
});

it('reads the counts of a type once for many events, and once more for what came meanwhile', async () => {
  vi.useFakeTimers();
  const answers: (() => void)[] = [];
  const count = vi.fn(() => new Promise<number>(done => answers.push(() => done(answers.length))));
  const stop = new QueryObserver(queryClient, { queryKey: ['records', 'tasks', 'count', 'inbox', ''], queryFn: count, initialData: 0 }).subscribe(() => undefined);
  const recount = new Recount();
  const events = () => { for (let i = 0; i < 100; i++) recount.of('tasks'); };
  events();
  recount.of('sites');
  expect(count).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(count).toHaveBeenCalledTimes(1); // and is being answered for longer than the pause
  events();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(count).toHaveBeenCalledTimes(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(count).toHaveBeenCalledTimes(2);
  answers[1]?.();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(count).toHaveBeenCalledTimes(2);
  stop();
});
