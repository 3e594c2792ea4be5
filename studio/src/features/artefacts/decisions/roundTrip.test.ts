import { expect, it } from 'vitest';
import { mergeLines, settled } from '../editor/mergeLines';
import { firstDifference, meaningOf } from './roundTrip';
import { tidyXml } from './tidyXml';

const of = (inner: string) => meaningOf(`<definitions xmlns="urn:x" name="m">${inner}</definitions>`) ?? '';

it('takes for the same what is but written otherwise', () => {
  expect(of('<a id="1" name="x"> t </a>\n<b/>')).toBe(of('<b></b><a name="x" id="1">t</a>'));
  expect(of('<t hitPolicy="UNIQUE"/>')).toBe(of('<t/>'));
});

it('names what is lost', () => {
  expect(firstDifference(of('<a/><b id="1"/>'), of('<a/>'))).toBe('b id="1"');
  expect(firstDifference(of('<a/>'), of('<a/><c/>'))).toBe('c');
  expect(firstDifference(of('<a/>'), of('<a/>'))).toBeNull();
  expect(firstDifference(of('<r id="1"/><r id="2"/>'), of('<r id="2"/><r id="1"/>'))).toBe('r id="1"');
});

it('is nothing for what is no XML', () => expect(meaningOf('<a>')).toBeNull());

it('tidies without changing what is said, so that two cells of one row are joined', () => {
  const model = (first: string, second: string) => `<d xmlns="urn:x" b="&lt;1" a="2"><r><c><t>${first}</t></c><c><t>${second}</t></c></r></d>`;
  expect(meaningOf(tidyXml(model('&lt; 5', '"a"')))).toBe(meaningOf(model('&lt; 5', '"a"')));
  const pieces = mergeLines(tidyXml(model('1', '2')), tidyXml(model('mine', '2')), tidyXml(model('1', 'theirs')));
  expect(meaningOf(settled(pieces, []))).toBe(meaningOf(model('mine', 'theirs')));
});
