import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { api } from '../../api/client';
import { queryClient } from '../../api/query';
import { listPath, recordPageQuery, type Page } from '../../api/records';
import { inOrder, sectionsOf, type GroupCount, type Grouping } from './groups';
import type { Task } from './tasks';

const NoTasks: readonly Task[] = [];

const groupsQuery = (asked: Readonly<Record<string, string>>) => queryOptions({
  queryKey: ['records', 'tasks', 'list', 'groups', asked],
  queryFn: ({ signal }) => api<{ readonly items: readonly GroupCount[] }>(`/api/tasks/groups?${new URLSearchParams(asked).toString()}`, { signal }),
  placeholderData: (before, of) => isPartedAlike(of?.queryKey, asked) ? keepPreviousData(before) : undefined,
});

/** What was there before may stand until the next is; but not what was parted in another way. */
function isPartedAlike(key: readonly unknown[] | undefined, asked: Readonly<Record<string, string>>): boolean {
  return (key?.at(-1) as Readonly<Record<string, string>> | undefined)?.['groupBy'] === asked['groupBy'];
}

/** The tasks that a query finds, as far as one has scrolled; parted into sections, with the numbers of all of them in one more request. */
export function useTasks(query: Readonly<Record<string, string>>, grouping: Grouping | null) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { sort = '', ...conditions } = query;
  const by = grouping && { groupBy: grouping.by, zone };
  const closed = grouping?.closed.join(',') ?? '';
  const asked = { ...query, ...by, limit: '100' };
  const found = useInfiniteQuery({
    // Without what is closed: a section that closes hides what has been read of it at once, and what is read from then on leaves it out.
    queryKey: ['records', 'tasks', 'list', asked],
    queryFn: ({ pageParam, signal }) =>
      api<Page<Task>>(listPath('tasks', { ...asked, ...(closed && { closed }), ...(pageParam && { after: pageParam }) }), { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: (before, of) => isPartedAlike(of?.queryKey, asked) ? keepPreviousData(before) : undefined,
  });
  const counts = useQuery({ ...groupsQuery({ ...conditions, ...by }), enabled: by !== null });

  const { refetch } = found;
  const before = useRef(closed);
  useEffect(() => {
    const isOpened = before.current.split(',').some(key => key !== '' && !closed.split(',').includes(key));
    before.current = closed;
    if (isOpened) void refetch();
  }, [closed, refetch]);

  const rows = useMemo(() => {
    const all = found.data?.pages.flatMap(page => page.items) ?? NoTasks;
    return grouping && closed ? all.filter(task => !grouping.closed.includes(grouping.keyOf(task))) : all;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a grouping is what it is by and what is closed of it
  }, [found.data, grouping?.by, closed]);
  const sections = useMemo(
    () => grouping && counts.data ? sectionsOf(rows, inOrder(counts.data.items, sort), grouping, found.hasNextPage) : undefined,
    // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
    [rows, counts.data, grouping?.by, closed, sort, found.hasNextPage]);
  return { found, rows, sections };
}

const LongestTimer = 2 ** 31 - 1;

/** What was put aside comes back by itself: when the time of the first has come, the lists are read again. */
export function useReturns(): void {
  const first = useQuery(recordPageQuery<Task>('tasks', { assignee: 'me,none', candidate: 'me', waiting: 'true', sort: 'followUpAt', limit: '1' }));
  const at = first.data?.items[0]?.followUpAt ?? null;
  const { dataUpdatedAt } = first;
  useEffect(() => {
    if (at === null) return;
    // Not at once again where the clock here is before that of the service.
    const wait = Math.min(Math.max(new Date(at).getTime() - Date.now(), 1000), LongestTimer);
    const timer = setTimeout(() => void queryClient.invalidateQueries({ queryKey: ['records', 'tasks'] }), wait);
    return () => clearTimeout(timer);
  }, [at, dataUpdatedAt]);
}
