import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dmnWords, translateFixed, translating } from './dmnWords';

const packages = join(import.meta.dirname, '../../../../node_modules');

/** The sources of the views that the studio opens. */
const sources = ['dmn-js-decision-table', 'dmn-js-literal-expression', 'dmn-js-shared'].flatMap(name =>
  readdirSync(join(packages, name, 'lib'), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.js')).map(file => readFileSync(join(packages, name, 'lib', file), 'utf8')));

function literals(pattern: RegExp): readonly string[] {
  return sources.flatMap(source => [...source.matchAll(pattern)].map(match => match[1] ?? ''));
}

it('has a German word for everything that dmn-js asks a translation of', async () => {
  const asked = [
    ...literals(/translate\(\s*'((?:[^'\\]|\\.)*)'/g),
    // What it keeps in tables: hit policies, data types, and what it says of what one types.
    ...literals(/(?:label|explanation): '([A-Z][^']*)'/g),
    ...literals(/DEFAULT_DATA_TYPES = \[([^\]]*)\]/g).flatMap(list => list.split(',').map(one => one.trim().slice(1, -1))),
    ...literals(/_LABEL = '([^']*)'/g),
    ...literals(/'((?:Must|Date|Time|Date and time) (?:must )?match [^']*)'/g),
  ];
  expect(new Set(asked).size).toBeGreaterThan(120);
  const words = await dmnWords('de');
  expect([...new Set(asked)].filter(text => words[text] === undefined && text !== 'FEEL' && text !== 'JUEL')).toEqual([]);
});

it('has a German word for each name that dmn-js gives without asking', async () => {
  const words = await dmnWords('de');
  const named = literals(/"(?:aria-label|title)": "([^"]+)"/g);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(text => words[text] === undefined)).toEqual([]);
  const container = document.createElement('div');
  const stop = translateFixed(container, words);
  container.innerHTML = named.map(text => `<i title="${text}"></i><i aria-label="${text}"></i>`).join('');
  await Promise.resolve();
  stop();
  const shown = [...container.children].map(one => one.getAttribute('title') ?? one.getAttribute('aria-label'));
  expect(shown.filter(text => text === 'Remove item')).toHaveLength(1); // it is a title, never a label
  expect(shown.filter(text => text === 'Decision table context menu')).toHaveLength(1);
});

it('fills in what a text leaves open, also where it is written with spaces', async () => {
  const [, say] = translating(await dmnWords('de')).translate;
  expect([say('e.g. { sample }', { sample: '2026-12-01' }), say('no such text'), say('Expression language: {expressionLanguageLabel}', { expressionLanguageLabel: 'FEEL' })])
    .toEqual(['z. B. 2026-12-01', 'no such text', 'Ausdruckssprache: FEEL']);
  expect(translating(await dmnWords('en')).translate[1]('Add rule')).toBe('Add rule');
});
