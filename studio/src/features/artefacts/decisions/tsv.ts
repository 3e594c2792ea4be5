/** A block of cells, as spreadsheets put it on the clipboard: tabs between cells, cells with quotes, tabs or breaks in quotes. */
export function cellsOf(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let [cell, isQuoted] = ['', false];
  const end = () => { rows.at(-1)?.push(cell); cell = ''; };
  const source = text.replaceAll('\r\n', '\n').replace(/\n$/, '');
  for (let i = 0; i < source.length; i++) {
    const sign = source[i] ?? '';
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (source[i + 1] === '"') { cell += '"'; i++; }
      else isQuoted = false;
    } else if (sign === '"' && cell === '' && closes(source, i)) isQuoted = true;
    else if (sign === '\t') end();
    else if (sign === '\n') { end(); rows.push([]); }
    else cell += sign;
  }
  end();
  return rows;
}

/** Spreadsheets quote whole cells; a cell such as `"a", "b"` is FEEL and stays as it is. */
function closes(text: string, at: number): boolean {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] !== '"') continue;
    if (text[i + 1] === '"') { i++; continue; }
    const isCell = text[i + 1] === undefined || text[i + 1] === '\t' || text[i + 1] === '\n';
    return isCell && /["\t\n]/.test(text.slice(at + 1, i));
  }
  return false;
}

/** What somebody means by a cell of a spreadsheet in a column of this type: a plain word becomes a text, FEEL stays FEEL. */
export function feelOf(cell: string, typeRef: string | undefined): string {
  const text = cell.trim();
  if (text === '') return '';
  if (typeRef !== 'string' || /^(-|["<>=!?([\]]|not\s*\(|null$)/.test(text)) return text;
  return JSON.stringify(text);
}
