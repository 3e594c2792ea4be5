import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

/**
 * The one place where answers of the service are kept. What is shown is at most as old as the last event: live.ts marks
 * as stale what an event is about. Keys begin with what they are of: `['records', type, …]`, `['tasks', …]`, `['me']`.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      retry: (failures, error) => failures < 3 && isPassing(error),
      retryDelay: failures => Math.min(1000 * 2 ** failures, 8000),
    },
    // A change carries an idempotency key (client.ts); but whether it is repeated is for the person to say.
    mutations: { retry: false },
  },
});

/** Whether the same request may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502);
}
