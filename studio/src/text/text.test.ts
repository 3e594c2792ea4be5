import { describe, expect, it } from 'vitest';
import { fill, languages } from './text';

const files = import.meta.glob<Record<string, string>>('../**/*.texts.*.json', { eager: true, import: 'default' });
const english = Object.entries(files).filter(([path]) => path.endsWith('.en.json'));

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(match => match[1]).sort();

describe('the resource files', () => {
  it('are there', () => expect(english.length).toBeGreaterThan(2));

  for (const [path, table] of english) {
    for (const language of Object.keys(languages)) {
      it(`${path} says the same in ${language}`, () => {
        const other = files[path.replace('.en.json', `.${language}.json`)] ?? {};
        expect(Object.keys(other).sort()).toEqual(Object.keys(table).sort());
        for (const [key, text] of Object.entries(table)) {
          expect(other[key]?.trim(), key).not.toBe('');
          expect(placeholders(other[key] ?? ''), key).toEqual(placeholders(text));
        }
      });
    }
  }
});

describe('fill', () => {
  it('puts values in their places', () => expect(fill('{a} of {b}', 'en', { a: 'one', b: 'two' })).toBe('one of two'));
  it('writes numbers as the language does', () => expect(fill('{n}', 'de', { n: 1234567 })).toBe('1.234.567'));
  it('chooses the plural', () => {
    expect(fill('{n|one=# task|other=# tasks}', 'en', { n: 1 })).toBe('1 task');
    expect(fill('{n|one=# task|other=# tasks}', 'en', { n: 2000 })).toBe('2,000 tasks');
  });
  it('leaves what nobody gave', () => expect(fill('{n}', 'en')).toBe('{n}'));
});
