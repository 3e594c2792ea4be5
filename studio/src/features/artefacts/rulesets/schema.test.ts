import { expect, it } from 'vitest';
import schema from '../../../../../rules/Rete/rule-set.schema.json';
import { factTypes, suggestionsAt, type Schema } from './schema';
import { yamlPlace } from './yamlPlace';

const sets = import.meta.glob<string>('../../../../../rules/sets/*.yaml', { query: '?raw', import: 'default', eager: true });
const text = `name: Routing
facts:
  Lead: {id: string}
  Agent:
    id: string
rules:
  - name: Assign
    when:
      - lead: Lead
        where: id = "x"
    then:
      - insert: Lead
        
    
  - name: Other
    priority: 5
order: `;
const at = (line: number, column: number) => suggestionsAt(schema as Schema, ['upper case(string) -> string'], text, line, column);

it('knows where one writes by the indentation', () => {
  expect(yamlPlace(text, 13, 9)).toEqual({ path: ['rules', '[]', 'then', '[]'], valueOf: null, siblings: ['insert'] });
  expect(yamlPlace(text, 14, 5)).toMatchObject({ path: ['rules', '[]'], valueOf: null });
  expect(yamlPlace(text, 16, 15)).toMatchObject({ path: ['rules', '[]'], valueOf: 'priority' });
  expect(yamlPlace('rules:\n- name: A\n  ', 3, 3)).toMatchObject({ path: ['rules', '[]'], valueOf: null, siblings: ['name'] });
});

it('offers the keys of the schema that are not there yet', () => {
  const keys = at(14, 5).map(one => one.text);
  expect(keys).toContain('priority');
  expect(keys).toContain('repeat');
  expect(keys).not.toContain('name');
  expect(keys).not.toContain('when');
  expect(suggestionsAt(schema as Schema, [], 'name: x\n', 2, 1).map(one => one.text)).toEqual(expect.arrayContaining(['facts', 'rules', 'result', 'tests']));
});

it('offers the values of a choice, and facts and functions where FEEL is written', () => {
  expect(at(17, 8).map(one => one.text)).toEqual(['fifo', 'depth-first']);
  expect(at(10, 16).map(one => one.text)).toEqual(['Lead', 'Agent', 'upper case']);
});

it('finds the fact types of the shipped rule sets', () => {
  expect(Object.keys(sets).length).toBeGreaterThan(2);
  for (const set of Object.values(sets)) expect(factTypes(set).length).toBeGreaterThan(0);
});
