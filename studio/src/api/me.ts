import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from './client';

export interface Me {
  readonly user: { readonly id: string; readonly name: string; readonly email: string };
  readonly tenant: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => api<Me>('/api/me', { signal }), staleTime: 5 * 60_000 });

export function useMe(): Me | undefined {
  return useQuery(meQuery).data;
}

/** Whether the person who is signed in may do something, such as `tasks:work`; never while that is not known. */
export function useMay(): (permission: string) => boolean {
  const me = useMe();
  return permission => me !== undefined && allows(me.permissions, permission);
}

/** The rules of docs/permissions.md: `*`, `*:*`, `phone-numbers:*`, `*:read` and the permission itself. */
export function allows(granted: readonly string[], permission: string): boolean {
  const [resource, verb] = permission.split(':');
  return granted.some(pattern => pattern === '*' || pattern === '*:*' || pattern === permission || pattern === `${resource}:*` || pattern === `*:${verb}`);
}
