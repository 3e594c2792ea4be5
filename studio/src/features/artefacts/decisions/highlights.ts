import type { Trial } from '../trial/trial';

/** The rows that matched, and of those that almost did the cells that failed, as styles: what dmn-js draws again keeps them. */
export function highlights(trial: Trial, columnOf: (label: string) => string | undefined): string {
  const rules = trial.matched.flatMap(one => one.rowId == null ? [] : [
    `[data-row-id=${quoted(one.rowId)}] { background: var(--sb-chip-good-back) !important; box-shadow: inset 0 2px var(--sb-chip-good), inset 0 -2px var(--sb-chip-good); }`,
  ]);
  for (const miss of trial.nearMisses) {
    for (const cell of miss.failed) {
      const column = columnOf(cell.column);
      if (miss.rowId == null || column === undefined) continue;
      rules.push(`[data-row-id=${quoted(miss.rowId)}][data-col-id=${quoted(column)}] { background: var(--sb-chip-bad-back) !important; box-shadow: inset 0 0 0 2px var(--sb-bad); }`);
    }
  }
  return rules.join('\n');
}

const quoted = (id: string) => `"${id.replaceAll(/["\\<]/g, '')}"`;
