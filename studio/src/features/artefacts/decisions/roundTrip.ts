/**
 * What a text of XML says, without how it is written: white space, the order of attributes, prefixes, and the order of
 * children with different names, which DMN's schema prescribes anyway. Null for a text that is no XML.
 */
export function meaningOf(xml: string): string | null {
  const document = new DOMParser().parseFromString(xml, 'application/xml');
  return document.querySelector('parsererror') ? null : elementOf(document.documentElement, 0);
}

/** The first line in which two meanings differ; null where they do not. */
export function firstDifference(before: string, after: string): string | null {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  if (at >= 0) return (a[at] ?? '').trim();
  return b.length > a.length ? (b[a.length] ?? '').trim() : null;
}

/** What is the same when it is left out. */
const defaults: Readonly<Record<string, string>> = { hitPolicy: 'UNIQUE', preferredOrientation: 'Rule-as-Row' };

function elementOf(element: Element, depth: number): string {
  const attributes = [...element.attributes]
    .filter(one => one.prefix !== 'xmlns' && one.name !== 'xmlns' && defaults[one.localName] !== one.value)
    .map(one => `${one.localName}=${JSON.stringify(one.value)}`).sort();
  const children = [...element.children];
  const text = children.length === 0 ? (element.textContent).trim() : '';
  const line = `${'  '.repeat(depth)}${element.localName} ${attributes.join(' ')}${text === '' ? '' : `: ${JSON.stringify(text)}`}`;
  const sorted = children.map((child, i) => ({ child, i })).sort((a, b) => a.child.localName < b.child.localName ? -1 : a.child.localName > b.child.localName ? 1 : a.i - b.i);
  return [line, ...sorted.map(({ child }) => elementOf(child, depth + 1))].join('\n');
}
