import type { UrlState } from '../../components/useUrl';
import type { ListedArtefact } from './artefacts';

/** What the address asks for: a kind, words of the key or of who changed it last. */
export function chosen(all: readonly ListedArtefact[], { kind, q = '' }: UrlState): readonly ListedArtefact[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(one => (kind === undefined || one.kind === kind)
    && words.every(word => one.key.toLowerCase().includes(word) || (one.draft ?? one).author?.toLowerCase().includes(word) === true));
}
