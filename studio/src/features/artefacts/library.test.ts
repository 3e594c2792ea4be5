import { expect, it } from 'vitest';
import type { ListedArtefact } from './artefacts';
import { chosen } from './library';

const one = (kind: ListedArtefact['kind'], key: string, author: string, draftBy?: string): ListedArtefact => ({
  kind, key, author, version: 1, state: 'published', hash: '', shipped: false, comment: null, publishedAt: null, effectiveFrom: null, updatedAt: '2026-11-26T00:00:00Z',
  draft: draftBy === undefined ? null : { author: draftBy, updatedAt: '2026-11-26T00:00:00Z', hash: '' },
});

const all = [one('decision', 'lead-scoring', 'Ada'), one('ruleset', 'lead-routing', 'Ada', 'Ben'), one('calendar', 'standard', 'Switchboard')];

it('finds by all words, in the key and in who changed it last', () => {
  expect(chosen(all, {})).toHaveLength(3);
  expect(chosen(all, { q: 'LEAD ro' }).map(found => found.key)).toEqual(['lead-routing']);
  expect(chosen(all, { q: 'ben' }).map(found => found.key)).toEqual(['lead-routing']);
  expect(chosen(all, { q: 'ada' }).map(found => found.key)).toEqual(['lead-scoring']);
});

it('keeps to a kind', () => expect(chosen(all, { kind: 'calendar', q: 'stand' }).map(found => found.key)).toEqual(['standard']));
