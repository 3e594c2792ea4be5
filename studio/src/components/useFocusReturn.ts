import { useEffect, useState } from 'react';

/**
 * When what calls it goes, the keyboard is where it was before it came, unless it has gone elsewhere meanwhile. Mantine's own
 * return of the focus is for dialogs that stay and are opened; ours exist only while they are open.
 */
export function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(() => () => {
    setTimeout(() => {
      if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    });
  }, [before]);
}
