import { useCallback, useState } from 'react';
import { same, type Fields } from '../../components/merge/threeWay';

interface Kept<Base> {
  readonly changes: Fields;
  /** What was shown when the first of them was typed: what they are changes of, whatever others have saved since. */
  readonly base: Base | null;
}

const Nothing = { changes: {}, base: null };

/**
 * What somebody has typed into a form and not saved. It is kept in the browser's tab as well, so that a reload, a sign-in
 * that ended or a click on the wrong link lose nothing; two tabs have two drafts.
 */
export function useChanges<Base>(key: string, read: Base) {
  const name = `switchboard.draft.${key}`;
  const [{ changes, base }, setKept] = useState<Kept<Base>>(() => JSON.parse(sessionStorage.getItem(name) ?? 'null') as Kept<Base> | null ?? Nothing);
  const keep = useCallback((next: Kept<Base>) => {
    setKept(next);
    if (next === Nothing) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(next));
  }, [name]);
  /** A value that is again as it was is no change. */
  const put = useCallback((field: string, value: unknown, saved: unknown) => {
    const others = Object.fromEntries(Object.entries(changes).filter(([one]) => one !== field));
    const next = same(value, saved) ? others : { ...others, [field]: value };
    keep(Object.keys(next).length === 0 ? Nothing : { changes: next, base: base ?? read });
  }, [changes, base, read, keep]);
  const clear = useCallback(() => keep(Nothing), [keep]);
  return { changes, base: base ?? read, put, clear };
}
