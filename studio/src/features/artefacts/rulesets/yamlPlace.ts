export interface YamlPlace {
  /** The keys that lead to where one writes; `[]` for an item of a list. */
  readonly path: readonly string[];
  /** The key whose value is being written on this line; null while a key is. */
  readonly valueOf: string | null;
  /** Keys that stand beside it already. */
  readonly siblings: readonly string[];
}

interface Token { readonly at: number; readonly key: string }

/** Where in a YAML text one writes, by its indentation. Line and column from 1; flow collections are not looked into. */
export function yamlPlace(text: string, line: number, column: number): YamlPlace {
  const lines = text.split('\n');
  const here = tokensOf((lines[line - 1] ?? '').slice(0, column - 1));
  const keyHere = here.at(-1);
  const valueOf = keyHere && keyHere.key !== '[]' ? keyHere.key : null;
  const written = (lines[line - 1] ?? '').slice(0, column - 1);
  let limit = valueOf !== null ? keyHere?.at ?? 0 : startOf(written, here);
  const own = limit;
  const path: string[] = [];
  const climb = (tokens: readonly Token[]) => {
    for (const token of tokens.toReversed()) {
      // A list may stand as far left as the key that it belongs to.
      if (token.at < limit || (token.at === limit && path[0] === '[]' && token.key !== '[]')) {
        path.unshift(token.key);
        limit = token.at;
      }
    }
  };
  climb(here.filter(token => token.at < limit));
  for (let i = line - 2; i >= 0; i--) climb(tokensOf(lines[i] ?? ''));
  return { path, valueOf, siblings: siblingsOf(lines, line - 1, own) };
}

/** The dashes and the key of a line, with their columns from 0. */
function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = line.length - line.trimStart().length;
  while (line.startsWith('- ', at) || line.slice(at) === '-') {
    tokens.push({ at, key: '[]' });
    at += 1 + (/^ */.exec(line.slice(at + 1))?.[0].length ?? 0);
  }
  const key = /^(?:"([^"]+)"|'([^']+)'|([^\s#{[][^:#]*?))\s*:(?:\s|$)/.exec(line.slice(at));
  if (key) tokens.push({ at, key: key[1] ?? key[2] ?? key[3] ?? '' });
  return tokens;
}

function startOf(written: string, tokens: readonly Token[]): number {
  const dash = tokens.at(-1);
  if (dash?.key === '[]') return dash.at + 1 + (/^ */.exec(written.slice(dash.at + 1))?.[0].length ?? 1);
  return written.length - written.trimStart().length;
}

function siblingsOf(lines: readonly string[], from: number, indent: number): readonly string[] {
  const found: string[] = [];
  const look = (step: 1 | -1) => {
    for (let i = from + step; i >= 0 && i < lines.length; i += step) {
      const line = lines[i] ?? '';
      const tokens = tokensOf(line);
      const key = tokens.at(-1);
      const begins = tokens[0]?.at ?? line.length - line.trimStart().length;
      if (step === 1 && line.trim() !== '' && begins < indent) return;
      if (key && key.key !== '[]' && key.at === indent) found.push(key.key);
      if (step === -1 && line.trim() !== '' && begins < indent) return;
    }
  };
  look(-1);
  look(1);
  return found;
}
