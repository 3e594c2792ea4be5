import { expect, it } from 'vitest';
import { feelText, withTest } from './storedTest';

const tried = { name: 'ten & more', decision: 'Risk', inputs: [{ name: 'due', type: 'date', fields: null }], input: { due: '2026-12-01', 'how much': 10 }, output: 'high' };
const model = (inner: string) => `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m"><description>d</description>${inner}<decision name="Risk"/></definitions>`;
const testsIn = (xml: string) => [...new DOMParser().parseFromString(xml, 'application/xml').getElementsByTagNameNS('urn:switchboard:rules', 'test')];
const shipped = import.meta.glob<string>('../../../../../rules/{sets/*.yaml,tables/*.dmn}', { query: '?raw', import: 'default', eager: true });

it('writes inputs as FEEL of their types, and names that are no names in quotes', () => {
  const when = [{ name: 'at', type: 'date and time', fields: null }, { name: 'note', type: 'string', fields: null }];
  expect(feelText({ at: '2026-12-01T10:00:00Z', note: '2026-12-01', n: null }, 'context', when)).toBe('{at: @"2026-12-01T10:00:00Z", note: "2026-12-01", n: null}');
  expect(feelText([{ at: 'x' }], 'list<Event>', when)).toBe('[{at: @"x"}]');
  expect(feelText(['P1D'], 'list<days and time duration>')).toBe('[@"P1D"]');
});

it('puts a test into a model that has none, where the schema wants it, and beside those that it has', () => {
  const first = withTest('decision', model(''), tried);
  const root = new DOMParser().parseFromString(first, 'application/xml').documentElement;
  expect([...root.children].map(one => one.localName)).toEqual(['description', 'extensionElements', 'decision']);
  expect(testsIn(first).map(one => [one.getAttribute('name'), one.getAttribute('decision'), ...[...one.children].map(child => child.textContent)]))
    .toEqual([['ten & more', 'Risk', '{due: @"2026-12-01", "how much": 10}', '"high"']]);
  expect(testsIn(withTest('decision', first, { ...tried, name: 'again' })).map(one => one.getAttribute('name'))).toEqual(['ten & more', 'again']);
  expect(withTest('decision', '<no', tried)).toBe('<no');
});

it('puts a test into a rule set without touching the rest', () => {
  const added = '  - name: "ten & more"\n    input: {due: "2026-12-01", "how much": 10}\n    expect: "high"\n';
  expect(withTest('ruleset', 'name: x\n', tried)).toBe(`name: x\ntests:\n${added}`);
  expect(withTest('ruleset', 'name: x\ntests: []\n', tried)).toBe(`name: x\ntests:\n${added}`);
  expect(withTest('ruleset', 'tests:\n- name: a\n\nrules: []\n', tried)).toBe(`tests:\n- name: a\n${added.replaceAll(/^ {2}/gm, '')}\nrules: []\n`);
});

it('keeps all that the shipped ones say', () => {
  for (const [file, text] of Object.entries(shipped)) {
    if (file.endsWith('.yaml')) expect(withTest('ruleset', text, tried).startsWith(text.trimEnd())).toBe(true);
    else expect(testsIn(withTest('decision', text, tried))).toHaveLength(testsIn(text).length + 1);
  }
});
