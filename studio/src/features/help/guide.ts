import type { Marked, marked as Default, Tokens } from 'marked';

export interface Guide {
  readonly title: string;
  readonly html: string;
}

/**
 * A guide of docs/ as HTML: its headings can be linked to, links to its neighbours lead to their pages here, and links to
 * files of the source stay as words. The text is our own, part of this build; nobody's input comes through here.
 */
export function rendered(marked: Marked | typeof Default, markdown: string): Guide {
  const tokens = marked.lexer(markdown);
  const title = tokens.find((token): token is Tokens.Heading => token.type === 'heading' && token.depth === 1);
  const html = marked.parser(tokens.filter(token => token !== title))
    .replaceAll(/<h(\d)>(.*?)<\/h\1>/g, (_, depth: string, text: string) => `<h${depth} id="${slugOf(text)}">${text}</h${depth}>`)
    .replaceAll(/<a href="([\w-]+)\.md(#[^"]*)?">/g, (_, topic: string, at: string | undefined) => `<a href="/help/${topic}${at ?? ''}">`)
    .replaceAll(/<a href="(?!\/help\/|#|https:)[^"]*">(.*?)<\/a>/g, '$1')
    .replaceAll('<a href="https:', '<a rel="noreferrer" target="_blank" href="https:')
    .replaceAll('<th></th>', '<td></td>')
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll(/<table>([\s\S]*?)<\/table>/g, '<div class="table" tabindex="0"><table>$1</table></div>');
  return { title: title?.text ?? '', html };
}

/** As GitHub names the place of a heading. */
export function slugOf(heading: string): string {
  return heading.replaceAll(/<[^>]+>|&[a-z0-9#]+;/g, '').toLowerCase().replaceAll(/[^\p{L}\p{N}\s-]/gu, '').trim().replaceAll(/\s/g, '-');
}
