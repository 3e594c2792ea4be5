import { createRootRoute, createRouter } from '@tanstack/react-router';
import { LoadingState } from '../components/LoadingState';
import { fromSearch, toSearch } from '../components/useUrl';
import { HomePage } from './HomePage';
import { NotFoundPage } from './NotFoundPage';
import { PageError } from './PageError';
import { page } from './page';
import { pages } from './routes';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const home = page('/', null, () => Promise.resolve({ default: HomePage }));

export const router = createRouter({
  routeTree: root.addChildren([home, ...pages].map(one => one.routeUnder(root))),
  parseSearch: fromSearch,
  stringifySearch: toSearch,
  defaultPendingComponent: LoadingState,
  defaultErrorComponent: PageError,
  scrollRestoration: true,
});
