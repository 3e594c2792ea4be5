import { useParams, useRouter, useRouterState, type RouterHistory } from '@tanstack/react-router';
import { useCallback } from 'react';

/** What the address says after the `?`; every filter, tab, sort and selection of a view is there, so that a link opens the same view. */
export type UrlState = Readonly<Record<string, string>>;

/** The state and a way to change it: null takes a name away. `push` makes a step for the Back button. */
export function useUrlState(): [UrlState, (change: Readonly<Record<string, string | null>>, how?: 'push' | 'replace') => void] {
  const history = useAppHistory();
  const search = useRouterState({ select: state => state.location.search as UrlState });
  const change = useCallback((next: Readonly<Record<string, string | null>>, how: 'push' | 'replace' = 'replace') => {
    const { pathname, search: now } = history.location;
    const merged = Object.entries({ ...fromSearch(now), ...next }).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== '');
    history[how](pathname + toSearch(Object.fromEntries(merged)));
  }, [history]);
  return [search, change];
}

/** Goes to an address of the studio. */
export function useGo(): (to: string) => void {
  const history = useAppHistory();
  return useCallback((to: string) => history.push(to), [history]);
}

/** The steps that the browser goes back and forth on. */
export function useAppHistory(): RouterHistory {
  return (useRouter() as { readonly history: RouterHistory }).history;
}

/** As people read addresses: no JSON in them, every value a text. */
export function fromSearch(text: string): UrlState {
  return Object.fromEntries(new URLSearchParams(text));
}

export function toSearch(state: Readonly<Record<string, unknown>>): string {
  const text = new URLSearchParams(Object.entries(state).filter((entry): entry is [string, string] => typeof entry[1] === 'string')).toString();
  return text ? `?${text}` : '';
}

/** What stands in the places of the page's address that begin with `$`. */
export function useAddress(): Readonly<Record<string, string | undefined>> {
  return useParams({ strict: false });
}
