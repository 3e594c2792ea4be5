import { expect, it } from 'vitest';
import { mergeLines, settled } from './mergeLines';

const conflicts = (...texts: [string, string, string]) => mergeLines(...texts).filter(piece => typeof piece !== 'string');
const merged = (...texts: [string, string, string]) => settled(mergeLines(...texts), []);

it('keeps what only one of the two changed', () => {
  expect(merged('a\nb\nc\nd', 'A\nb\nc\nd', 'a\nb\nc\nD')).toBe('A\nb\nc\nD');
  expect(merged('a\nb\nc', 'a\nb\nc', 'a\nx\nb\nc')).toBe('a\nx\nb\nc');
  expect(merged('a\nb\nc', 'b\nc', 'a\nb\nc\nd')).toBe('b\nc\nd');
  expect(merged('a\nb\nc\n', 'a\nc\n', 'a\nb\nc\nnew\n')).toBe('a\nc\nnew\n');
});

it('does not ask when both mean the same', () => {
  expect(conflicts('a\nb\nc', 'a\nx\nc', 'a\nx\nc')).toEqual([]);
  expect(merged('a\nb\nc', 'a\nc', 'a\nc')).toBe('a\nc');
});

it('asks where both changed the same line, and puts in what was chosen', () => {
  const pieces = mergeLines('a\nb\nc', 'a\nmine\nc', 'a\ntheirs\nc\nd');
  expect(pieces.filter(piece => typeof piece !== 'string')).toEqual([{ base: 'b', mine: 'mine', theirs: 'theirs' }]);
  expect(settled(pieces, ['theirs'])).toBe('a\ntheirs\nc\nd');
});

it('loses no line of either, whatever they do', () => {
  let seed = 7;
  const random = (below: number) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below; };
  for (let round = 0; round < 300; round++) {
    const base = Array.from({ length: random(8) }, (_, i) => `line ${i}`);
    const change = (who: string) => base.flatMap(line => [[line], [line], [line], [`${who} ${line}`], [], [line, `${who} new ${line}`]][random(6)] ?? []);
    const [mine, theirs] = [change('my'), change('their')];
    const pieces = mergeLines(base.join('\n'), mine.join('\n'), theirs.join('\n'));
    const all = pieces.map(piece => typeof piece === 'string' ? piece : `${piece.mine}\n${piece.theirs}`).join('\n');
    for (const line of [...mine, ...theirs].filter(one => /^(my|their)/.test(one))) expect(all).toContain(line);
    expect(settled(mergeLines(base.join('\n'), mine.join('\n'), base.join('\n')), [])).toBe(mine.join('\n'));
  }
});
