import { expect, it, vi } from 'vitest';
import { ApiError, type Answer } from '../../../api/client';
import type { ArtefactText } from '../artefacts';
import { DraftSaver, type DraftIo } from './DraftSaver';
import type { LineConflict } from './mergeLines';

const answer = (content: string, etag: string) => ({ data: { content, hash: `hash of ${content}` }, etag }) as Answer<ArtefactText>;
const refused = (status: number, more: object = {}) => new ApiError({ status, code: 'x', detail: 'x', ...more });

/** The service, as far as a draft goes. */
function service(content: string) {
  const there = { content, etag: 1 };
  const io: DraftIo = {
    save: vi.fn((text: string, ifMatch: string | null) => {
      if (ifMatch !== String(there.etag)) return Promise.reject(refused(412));
      Object.assign(there, { content: text, etag: there.etag + 1 });
      return Promise.resolve(answer(text, String(there.etag)));
    }),
    read: () => Promise.resolve(answer(there.content, String(there.etag))),
    ask: vi.fn((conflicts: readonly LineConflict[]) => Promise.resolve(conflicts.map(one => one.mine))),
    onMerged: vi.fn(),
    onChange: vi.fn(),
  };
  return { there, io, saver: new DraftSaver(answer(content, '1'), io) };
}

it('saves what was typed last, against what it read', async () => {
  const { there, saver } = service('a');
  saver.change('ab');
  saver.change('abc');
  expect(saver.state).toBe('waiting');
  await saver.flush();
  expect([there.content, saver.state, saver.isKept, saver.hash]).toEqual(['abc', 'saved', true, 'hash of abc']);
  saver.change('abcd');
  await saver.flush();
  expect(there.content).toBe('abcd');
});

it('joins what somebody else saved meanwhile, and shows it', async () => {
  const { there, io, saver } = service('a\nb\nc');
  saver.change('A\nb\nc');
  Object.assign(there, { content: 'a\nb\nC', etag: 9 });
  await saver.flush();
  expect(there.content).toBe('A\nb\nC');
  expect(io.onMerged).toHaveBeenCalledWith('A\nb\nC');
  expect(io.ask).not.toHaveBeenCalled();
});

it('asks where both changed the same, and keeps both when nobody answers', async () => {
  const { there, io, saver } = service('a');
  vi.mocked(io.ask).mockResolvedValueOnce(null);
  saver.change('mine');
  Object.assign(there, { content: 'theirs', etag: 9 });
  await saver.flush();
  expect([there.content, saver.state, saver.isKept]).toEqual(['theirs', 'waiting', false]);
  await saver.flush();
  expect([there.content, saver.state]).toEqual(['mine', 'saved']);
});

it('keeps what is refused, with the places, and saves it once it is mended', async () => {
  const { io, there, saver } = service('a');
  const problems = [{ severity: 'error', line: 3 }];
  vi.mocked(io.save).mockRejectedValueOnce(refused(422, { problems }));
  saver.change('a:');
  await saver.flush();
  expect([saver.state, saver.problems, saver.isKept]).toEqual(['refused', problems, false]);
  saver.change('a: 1');
  await saver.flush();
  expect([there.content, saver.problems]).toEqual(['a: 1', []]);
});

it('has nothing against a text that is put back to what is kept', async () => {
  const { io, saver } = service('a');
  vi.mocked(io.save).mockRejectedValueOnce(refused(422, { problems: [{ severity: 'error', line: 3 }] }));
  saver.change('a:');
  await saver.flush();
  saver.change('a');
  await saver.flush();
  expect([saver.state, saver.problems, saver.error]).toEqual(['clean', [], null]);
});

it('tries again by itself when the service was away', async () => {
  vi.useFakeTimers();
  const { io, there, saver } = service('a');
  vi.mocked(io.save).mockRejectedValueOnce(refused(0));
  saver.change('b');
  await vi.advanceTimersByTimeAsync(1000);
  expect(saver.state).toBe('failed');
  await vi.advanceTimersByTimeAsync(6000);
  expect([there.content, saver.state]).toEqual(['b', 'saved']);
  vi.useRealTimers();
});

it('takes back a change that was not typed, and leaves what was typed since', async () => {
  const { there, io, saver } = service('a\nb\nc\n');
  const takeBack = saver.replace('a\nb\nc\ntest\n');
  expect(io.onMerged).toHaveBeenLastCalledWith('a\nb\nc\ntest\n');
  saver.change('A\nb\nc\ntest\n');
  await saver.flush();
  takeBack();
  expect(io.onMerged).toHaveBeenLastCalledWith('A\nb\nc\n');
  await saver.flush();
  expect(there.content).toBe('A\nb\nc\n');
});
