import { Code, ScrollArea } from '@mantine/core';

/** A value of an artefact or a decision: a text as it stands, anything else as JSON. */
export function Value({ value }: { readonly value: unknown }) {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value !== 'string' && typeof value !== 'object') return <Code>{JSON.stringify(value)}</Code>;
  const text = typeof value === 'string' ? value : members(value);
  if (text.length < 80 && !text.includes('\n')) return <Code style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</Code>;
  return (
    <ScrollArea.Autosize mah={220} type="auto">
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</Code>
    </ScrollArea.Autosize>
  );
}

/** A line a member, as one reads a row of a table; what nests deeper is JSON. */
function members(value: object): string {
  if (Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value).map(([name, one]) => `${name}: ${typeof one === 'string' ? one : JSON.stringify(one)}`).join('\n');
}
