import { marked } from 'marked';
import { expect, it } from 'vitest';
import { rendered, slugOf } from './guide';

it('gives headings their places and takes the first as the title', () => {
  const guide = rendered(marked, '# The *studio*\n\nText.\n\n## What is `kept`, and where\n');
  expect(guide.title).toBe('The *studio*');
  expect(guide.html).toContain('<h2 id="what-is-kept-and-where">');
  expect(guide.html).not.toContain('<h1');
});

it('leads to neighbours here, and to no file of the source', () => {
  const { html } = rendered(marked, '[a](webhooks.md#retries) [b](../engine/Host/Program.cs) [c](https://example.com)');
  expect(html).toContain('href="/help/webhooks#retries"');
  expect(html).not.toContain('Program.cs');
  expect(html).toContain('target="_blank"');
});

it('names places as GitHub does', () => expect(slugOf('Who may &amp; why?')).toBe('who-may--why'));

const sources = import.meta.glob<string>(['../../**/*.tsx', '../../**/*.ts'], { query: '?raw', import: 'default', eager: true });
const guides = import.meta.glob<string>('../../../../docs/*.md', { query: '?raw', import: 'default', eager: true });

it('has every paragraph that a page of the studio leads to', () => {
  const missing: string[] = [];
  for (const [path, source] of Object.entries(sources)) {
    for (const [, topic = '', at] of source.matchAll(/help="([\w-]+)(?:#([\w-]+))?"/g)) {
      const guide = guides[`../../../../docs/${topic}.md`];
      if (guide === undefined || (at !== undefined && !rendered(marked, guide).html.includes(`id="${at}"`))) missing.push(`${path}: ${topic}#${at ?? ''}`);
    }
  }
  expect(missing).toEqual([]);
});
