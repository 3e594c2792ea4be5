import { createRoute, lazyRouteComponent, type AnyRoute } from '@tanstack/react-router';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Allowed } from '../components/Allowed';
import type { AppKey } from './useAppTexts';

interface Navigation {
  readonly name: AppKey;
  readonly icon: Icon;
  /** With `g` before it. */
  readonly keys?: string;
  /** Where the entry leads, if not to the page's own address. */
  readonly to?: string;
}

export interface StudioPage {
  readonly path: string;
  readonly permission: string | null;
  readonly navigation: (Navigation & { readonly to: string }) | null;
  readonly routeUnder: (shell: AnyRoute) => AnyRoute;
}

/** @param permission Who may see it; null for everybody, because the page shows only what its reader may see. */
export function page(path: string, permission: string | null, load: () => Promise<{ default: () => ReactNode }>, navigation?: Navigation): StudioPage {
  return {
    path,
    permission,
    navigation: navigation ? { to: path, ...navigation } : null,
    routeUnder: shell => {
      const Loaded = lazyRouteComponent(load);
      const component = () => <Allowed permission={permission}><Loaded /></Allowed>;
      return createRoute({ getParentRoute: () => shell, path, component: Object.assign(component, Loaded.preload && { preload: Loaded.preload }) });
    },
  };
}
