/** The fields of a record, or of anything that is saved field by field. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Conflict {
  readonly field: string;
  readonly base: unknown;
  readonly mine: unknown;
  readonly theirs: unknown;
}

export interface Merge {
  /** What to save on top of theirs without asking: my changes of fields that they left alone. */
  readonly patch: Fields;
  /** Fields that both changed, to different values. */
  readonly conflicts: readonly Conflict[];
}

/** My change of `base` against `theirs`, which was saved meanwhile. */
export function threeWay(base: Fields, mine: Fields, theirs: Fields): Merge {
  const patch: Record<string, unknown> = {};
  const conflicts: Conflict[] = [];
  for (const [field, value] of Object.entries(mine)) {
    if (same(value, base[field]) || same(value, theirs[field])) continue;
    if (same(theirs[field], base[field])) patch[field] = value;
    else conflicts.push({ field, base: base[field], mine: value, theirs: theirs[field] });
  }
  return { patch, conflicts };
}

/** What a merge patch (RFC 7396) has to say so that one value becomes the other: what only the first has goes. */
export function mergePatch(from: unknown, to: unknown): unknown {
  if (!isFields(from) || !isFields(to)) return to ?? null;
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(name => !same(from[name], to[name]));
  return Object.fromEntries(names.map((name): [string, unknown] => [name, mergePatch(from[name], to[name])]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON; what is not there and null are the same to a merge patch. */
export function same(a: unknown, b: unknown): boolean {
  if ((a ?? null) === (b ?? null)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every(name => same((a as Fields)[name], (b as Fields)[name]));
}
