/** A row that was refused, as the file of errors has it. */
export interface Refused {
  readonly line: string;
  readonly code: string;
  readonly field: string;
  readonly reason: string;
}

const Columns = ['import_line', 'import_code', 'import_field', 'import_reason'];

/** The first rows of a file of errors; of one that was cut somewhere, those that are whole. */
export function refusedOf(csv: string, most: number): Refused[] {
  const [header = [], ...rows] = cellsOf(csv.replace(/^\uFEFF/, ''), most + 1);
  const at = Columns.map(name => header.indexOf(name));
  return rows.filter(row => row.length === header.length).map(row => {
    const [line = '', code = '', field = '', reason = ''] = at.map(i => row[i] ?? '');
    return { line, code, field, reason };
  });
}

/** Rows after RFC 4180. */
export function cellsOf(csv: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (rows.length < most && cell.lastIndex < csv.length) {
    const found = cell.exec(csv);
    if (!found) return rows; // a quote that is still open: the text was cut
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',' && cell.lastIndex < csv.length) continue;
    if (found[3] === ',') row.push(''); // an empty cell ends the text
    rows.push(row);
    row = [];
  }
  return rows;
}
