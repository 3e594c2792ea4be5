/** States in which nothing is left to do; a tenant's own states are taken for being under way. */
const Over: ReadonlySet<string> = new Set(['completed', 'cancelled', 'verified', 'failed']);

export function isOver(status: string): boolean {
  return Over.has(status);
}

/** Known states in their order, and after them those that only the records know: an older version of the lifecycle had them. */
export function statesOf(known: readonly string[], found: Iterable<string>): readonly string[] {
  return [...new Set([...known, ...[...found].sort()])];
}

export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** A list in the address: `a,b`. */
export function listOf(text: string | undefined): readonly string[] {
  return text ? text.split(',') : [];
}
