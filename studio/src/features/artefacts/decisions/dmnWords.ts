import type { DmnModule } from 'dmn-js';
import type { Language } from '../../../text/text';

/** What dmn-js says, by the English that it is written in. */
export type DmnWords = Readonly<Record<string, string>>;

const loaders: Readonly<Record<Language, () => Promise<DmnWords>>> = {
  en: () => Promise.resolve({}),
  de: async () => (await import('./dmnWords.de.json')).default,
};

export const dmnWords = (language: Language): Promise<DmnWords> => loaders[language]();

/** In the place of the service by which dmn-js asks for its words. */
export const translating = (words: DmnWords): DmnModule => ({
  translate: ['value', (text: string, values: Readonly<Record<string, string>> = {}) =>
    (words[text] ?? text).replaceAll(/\{([^}]+)\}/g, (whole, name: string) => values[name.trim()] ?? whole)],
});

/** Names that dmn-js gives without asking. */
const fixed = [['aria-label', 'Decision table context menu'], ['title', 'Remove item']] as const;

/** Translates those too, as they appear; the answer ends it. */
export function translateFixed(container: HTMLElement, words: DmnWords): () => void {
  const named = fixed.flatMap(([attribute, text]) => words[text] === undefined ? [] : [{ attribute, at: `[${attribute}="${text}"]`, word: words[text] }]);
  const observer = new MutationObserver(() => {
    for (const { attribute, at, word } of named) container.querySelectorAll(at).forEach(element => element.setAttribute(attribute, word));
  });
  if (named.length > 0) observer.observe(container, { childList: true, subtree: true });
  return () => observer.disconnect();
}
