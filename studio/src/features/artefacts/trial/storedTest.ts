import { isText, type TrialInput } from './trial';

/** A case that was tried and came out as it should. */
export interface TriedCase {
  readonly name: string;
  /** Of a model; undefined for a rule set. */
  readonly decision: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  /** Of which types. */
  readonly inputs: readonly TrialInput[];
  readonly output: unknown;
}

const Own = 'urn:switchboard:rules';

/** The text of a decision or rule set with one test more, which says what came out; the rest of it stays as it is written. */
export function withTest(kind: string, text: string, tried: TriedCase): string {
  return kind === 'ruleset' ? inYaml(text, tried) : inXml(text, tried);
}

/** Among the `tests` of our namespace in the extension elements of the model. */
function inXml(xml: string, { name, decision, input, inputs, output }: TriedCase): string {
  const document = new DOMParser().parseFromString(xml, 'application/xml');
  const root = document.documentElement;
  if (document.querySelector('parsererror')) return xml;
  const prefix = root.lookupPrefix(Own) ?? 'sb';
  const make = (local: string, parent: Element) => parent.appendChild(document.createElementNS(Own, `${prefix}:${local}`));
  let extension = [...root.children].find(one => one.localName === 'extensionElements');
  if (!extension) {
    extension = document.createElementNS(root.namespaceURI, root.prefix === null ? 'extensionElements' : `${root.prefix}:extensionElements`);
    // The schema of DMN wants it after the description and before everything else.
    root.insertBefore(extension, [...root.children].find(one => one.localName !== 'description') ?? null);
  }
  const test = make('test', [...extension.children].find(one => one.namespaceURI === Own && one.localName === 'tests') ?? make('tests', extension));
  test.setAttribute('name', name);
  if (decision !== undefined) test.setAttribute('decision', decision);
  make('input', test).textContent = feelText(input, '', inputs);
  make('expected', test).textContent = feelText(output);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

/** At the end of what stands under `tests:`, else at the end of the text. */
function inYaml(yaml: string, { name, input, output }: TriedCase): string {
  const lines = yaml.replace(/\s*$/, '').split('\n');
  const at = lines.findIndex(line => /^tests:\s*(?:\[\s*\]\s*)?(?:#.*)?$/.test(line));
  const next = at < 0 ? -1 : lines.findIndex((line, i) => i > at && /^[^\s#-]/.test(line));
  const end = next < 0 ? lines.length : next;
  const items = at < 0 ? [] : lines.slice(at + 1, end);
  const indent = /^\s*(?=- )/.exec(items.find(line => /^\s*- /.test(line)) ?? '  - ')?.[0] ?? '  ';
  const added = [`${indent}- name: ${feelText(name)}`, `${indent}  input: ${feelText(input)}`, `${indent}  expect: ${feelText(output)}`];
  if (at < 0) return [...lines, 'tests:', ...added, ''].join('\n');
  const before = [...lines.slice(0, at), 'tests:', ...items];
  while (before.at(-1)?.trim() === '') before.pop();
  return [...before, ...added, ...next < 0 ? [''] : ['', ...lines.slice(next), '']].join('\n');
}

/**
 * A value as FEEL writes it, which without types is YAML too. What JSON has of dates and the like are texts: an input gets its type
 * back, an outcome is compared as JSON.
 * @param type As FEEL writes it; what is not known is left as it is.
 * @param fields The members of a context, or of the contexts in a list.
 */
export function feelText(value: unknown, type = '', fields: readonly TrialInput[] | null = null): string {
  if (Array.isArray(value)) return `[${value.map(one => feelText(one, /^list<(.*)>$/.exec(type)?.[1], fields)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, one]) => {
      const field = fields?.find(known => known.name === name);
      return `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${feelText(one, field?.type, field?.fields)}`;
    });
    return `{${members.join(', ')}}`;
  }
  const text = JSON.stringify(value ?? null);
  return typeof value === 'string' && type !== 'string' && isText(type) ? `@${text}` : text;
}
