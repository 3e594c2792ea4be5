/** Where two people changed the same lines. */
export interface LineConflict {
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
}

/** A text of which everybody's changes are part, with the places where somebody must choose. */
export type Piece = string | LineConflict;

/** Joins two changes of one text, line by line: what only one of them changed is kept, and where both did there is a conflict. */
export function mergeLines(base: string, mine: string, theirs: string): readonly Piece[] {
  const [o, a, b] = [base.split('\n'), mine.split('\n'), theirs.split('\n')];
  const [inMine, inTheirs] = [matches(o, a), matches(o, b)];
  const pieces: Piece[] = [];
  let [atBase, atMine, atTheirs] = [0, 0, 0];
  for (let line = 0; line <= o.length; line++) {
    const [ma, mb] = line === o.length ? [a.length, b.length] : [inMine.get(line), inTheirs.get(line)];
    if (ma === undefined || mb === undefined) continue; // changed by somebody: part of the chunk that the next common line ends
    const chunk = { base: o.slice(atBase, line), mine: a.slice(atMine, ma), theirs: b.slice(atTheirs, mb) };
    if (chunk.base.length + chunk.mine.length + chunk.theirs.length > 0) pieces.push(joined(chunk));
    if (line < o.length) pieces.push(o[line] ?? '');
    [atBase, atMine, atTheirs] = [line + 1, ma + 1, mb + 1];
  }
  return pieces.filter(piece => piece !== Nothing);
}

const Nothing = '\0';

function joined(chunk: { readonly base: readonly string[]; readonly mine: readonly string[]; readonly theirs: readonly string[] }): Piece {
  const [base, mine, theirs] = [chunk.base.join('\n'), chunk.mine.join('\n'), chunk.theirs.join('\n')];
  const isMine = theirs === base && chunk.theirs.length === chunk.base.length;
  if (isMine || (mine === theirs && chunk.mine.length === chunk.theirs.length)) return chunk.mine.length === 0 ? Nothing : mine;
  if (mine === base && chunk.mine.length === chunk.base.length) return chunk.theirs.length === 0 ? Nothing : theirs;
  return { base, mine, theirs };
}

/** The merged text, with what was chosen for each conflict, in order. */
export function settled(pieces: readonly Piece[], chosen: readonly string[]): string {
  let n = 0;
  return pieces.map(piece => typeof piece === 'string' ? piece : chosen[n++] ?? piece.mine).join('\n');
}

/** Which line of `a` is which of `b`: the shortest edit (Myers, An O(ND) Difference Algorithm), beyond the ends that are equal. */
function matches(a: readonly string[], b: readonly string[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) pairs.set(start, start++);
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) pairs.set(--endA, --endB);
  const [n, m] = [endA - start, endB - start];
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  search: for (let d = 0; d <= n + m; d++) {
    trace.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const isDown = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = isDown ? furthest.get(k + 1) ?? 0 : (furthest.get(k - 1) ?? 0) + 1;
      while (x < n && x - k < m && a[start + x] === b[start + x - k]) x++;
      furthest.set(k, x);
      if (x >= n && x - k >= m) break search;
    }
  }
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d >= 0; d--) {
    const before = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const from = k === -d || (k !== d && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1)) ? k + 1 : k - 1;
    const fromX = before.get(from) ?? 0;
    const fromY = fromX - from;
    while (x > fromX && y > fromY && x > 0 && y > 0) pairs.set(start + --x, start + --y);
    [x, y] = [fromX, fromY];
  }
  return pairs;
}
