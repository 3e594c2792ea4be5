import { useEffect, useRef, useSyncExternalStore } from 'react';

/** One thing that keys do. `keys`: `j`, `?`, `Enter`, `g t` (one after the other), `mod+k` (Ctrl, on a Mac ⌘). */
export interface KeyBinding {
  readonly keys: string;
  /** What it does, for the list of all keys. */
  readonly label: string;
  readonly run: () => void;
  /** Also while somebody types; keys with `mod` always are. */
  readonly whileTyping?: boolean;
}

const SequenceWithin = 1500;

const bindings: { current: readonly KeyBinding[] }[] = [];
const watchers = new Set<() => void>();
let snapshot: readonly KeyBinding[] = [];
let isInDialog = false;
let begun: { key: string; at: number } | null = null;

/** The keys of a view, while it is there; those of what came later win. */
export function useKeys(own: readonly KeyBinding[]): void {
  const entry = useRef<readonly KeyBinding[]>(own);
  useEffect(() => {
    entry.current = own;
    changed();
  });
  useEffect(() => {
    bindings.push(entry);
    changed();
    return () => {
      bindings.splice(bindings.indexOf(entry), 1);
      changed();
    };
  }, []);
}

/** All keys that do something now. */
export function useAllKeys(): readonly KeyBinding[] {
  return useSyncExternalStore(
    watcher => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => snapshot);
}

function changed(): void {
  const all = bindings.flatMap(entry => entry.current);
  if (all.length === snapshot.length && all.every((binding, i) => binding.keys === snapshot[i]?.keys && binding.label === snapshot[i].label))
    return;
  snapshot = all;
  for (const watcher of watchers) watcher();
}

/** Whether keys that are one letter, digit or sign do anything: people who dictate switch them off (WCAG 2.1.4). */
export function areLettersOn(): boolean {
  return localStorage.getItem('switchboard.keys') !== 'off';
}

export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isSign = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase();
  return [event.ctrlKey || event.metaKey ? 'mod' : '', event.altKey ? 'alt' : '', event.shiftKey && !isSign ? 'shift' : '', key].filter(Boolean).join('+');
}

/** Notes, before anybody answers a key, whether a dialog or a menu has the keyboard, be it over the page or beside a button: Escape takes it away before it comes to us. */
export function noteDialog(): void {
  isInDialog = document.querySelector('[role="dialog"][aria-modal="true"]') !== null || document.activeElement?.closest('[role="dialog"], [role="menu"]') != null;
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return;
  const name = nameOf(event);
  const isLetter = event.key.length === 1 && !name.startsWith('mod') && !name.startsWith('alt');
  if (isLetter && !areLettersOn()) return;
  const typing = isTyping(event.target);
  const pair = begun && performance.now() - begun.at < SequenceWithin ? `${begun.key} ${name}` : null;
  const all = bindings.flatMap(entry => entry.current).reverse();
  const usable = all.filter(binding => !typing || binding.whileTyping === true || binding.keys.startsWith('mod+'));
  // A dialog keeps the keyboard to itself.
  if (isInDialog) return;
  const found = (pair && usable.find(binding => binding.keys === pair)) || usable.find(binding => binding.keys === name);
  begun = null;
  if (found) {
    if (found.keys === 'Enter' && isControl(event.target)) return; // the button's own
    event.preventDefault();
    found.run();
  } else if (isLetter && !typing && usable.some(binding => binding.keys.startsWith(`${name} `))) {
    begun = { key: name, at: performance.now() };
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement
    && (target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=button])') || target.closest('[role=combobox], [role=listbox], [role=menu]') !== null);
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('a, button, summary, input, [role=button], [role=tab]') !== null;
}
