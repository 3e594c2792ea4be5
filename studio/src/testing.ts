import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(cleanup);

// What Mantine asks a browser for and jsdom has not; a test without a browser's surroundings needs neither.
if (typeof window !== 'undefined') {
  window.matchMedia = query => Object.assign(new EventTarget(), { matches: false, media: query, onchange: null }) as MediaQueryList;
  window.ResizeObserver = class {
    observe() { /* nothing has a size here */ }
    unobserve() { /* likewise */ }
    disconnect() { /* likewise */ }
  };
}
