import { createTheme, type MantineColorScheme, type MantineColorSchemeManager, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = ['#e6f5f7', '#cfe8ec', '#9fd1d9', '#6cb8c5', '#43a3b3', '#288fa1', '#167a8c', '#0b6575', '#0b5563', '#08434e'];

// Mantine's greys of the dark, with the tint of ours: 6 is the ground of fields, 4 the line around them.
const dark: MantineColorsTuple = ['#e3eaec', '#b4c1c5', '#93a1a5', '#6d7b80', '#3b484c', '#2d383c', '#1e272a', '#192124', '#151c1f', '#12181a'];

/** Where what opens over the page is in the document. */
export const OpenedId = 'opened';

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.375rem', lineHeight: '1.3' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '1rem' } } },
  colors: { petrol, dark },
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // The head of a dialog is no second banner of the page.
    ModalHeader: { defaultProps: { component: 'div' } },
    DrawerHeader: { defaultProps: { component: 'div' } },
    // A menu has items in it and nothing else that can be focused; the first of them has the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // Within a landmark, as all of the page is.
    Portal: { defaultProps: { target: `#${OpenedId}` } },
    // The list itself scrolls, which the field with the keyboard controls, and not something within that would have to be focused;
    // that nothing is in it is something in it too.
    Select: { defaultProps: { withScrollArea: false } },
    MultiSelect: { defaultProps: { withScrollArea: false } },
    ComboboxOptions: { defaultProps: { tabIndex: -1 } },
    ComboboxEmpty: { defaultProps: { role: 'option', 'aria-selected': false, 'aria-disabled': true } },
    // What scrolls does so by keyboard as well, whatever is in it.
    ScrollArea: { defaultProps: { viewportProps: { tabIndex: 0 } } },
    // Ours take any word and offer none: a list that nobody sees is not open, and takes no Escape.
    TagsInput: { defaultProps: { dropdownOpened: false } },
  },
});

const Key = 'switchboard.theme';

/** Kept where the designer keeps it, so that both wear the same; no entry means as the system does. */
export const colorSchemeManager: MantineColorSchemeManager = {
  get: otherwise => known(localStorage.getItem(Key)) ?? otherwise,
  set: value => {
    if (value === 'auto') localStorage.removeItem(Key);
    else localStorage.setItem(Key, value);
  },
  subscribe: onUpdate => {
    listener = event => {
      if (event.key === Key) onUpdate(known(event.newValue) ?? 'auto');
    };
    window.addEventListener('storage', listener);
  },
  unsubscribe: () => {
    if (listener) window.removeEventListener('storage', listener);
  },
  clear: () => localStorage.removeItem(Key),
};

let listener: ((event: StorageEvent) => void) | undefined;

function known(value: string | null): MantineColorScheme | null {
  return value === 'light' || value === 'dark' ? value : null;
}
